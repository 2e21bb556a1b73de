package io.cloister.protocol;

/// How the parties of a computation speak to each other. An enclave serves exactly one.
public enum Dialect {
    /// Ours: every participant's own client verifies the enclave.
    CLOISTER("cloister/1"),

    /// The one of the client `cosmian_secure_computation_client` 0.5.0. Nothing in it protects from
    /// an active operator a participant who uses that client alone.
    COSMIAN("cosmian/1");

    private final String word;

    Dialect(String word) {
        this.word = word;
    }

    /// Reads the word in documents.
    ///
    /// @throws MalformedException if there is no such dialect, naming `path`
    public static Dialect parse(String text, String path) throws MalformedException {
        for (Dialect dialect : values()) {
            if (dialect.word.equals(text)) {
                return dialect;
            }
        }
        throw new MalformedException(path, CLOISTER.word + " or " + COSMIAN.word, text);
    }

    /// The word in documents.
    public String word() {
        return word;
    }

    @Override
    public String toString() {
        return word;
    }
}
