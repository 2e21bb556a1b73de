package io.cloister.protocol.document;

/// Documents are well formed and signed but do not fit together. The code is stable; the sentence
/// is for people.
public final class DocumentRefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final String code;

    DocumentRefusedException(String code, String sentence) {
        super(sentence);
        this.code = code;
    }

    /// A stable code such as `agreement.card-missing`.
    public String code() {
        return code;
    }
}
