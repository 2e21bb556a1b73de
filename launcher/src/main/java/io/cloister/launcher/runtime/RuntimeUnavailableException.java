package io.cloister.launcher.runtime;

/// There is no suitable Python here, or a runtime can't be built with it. The message says what is
/// missing, the hint how to get it.
public final class RuntimeUnavailableException extends Exception {
    private static final long serialVersionUID = 1L;

    private final String hint;

    /// @param message what is missing
    /// @param hint what to do, as a sentence for the operator
    public RuntimeUnavailableException(String message, String hint) {
        super(message);
        this.hint = hint;
    }

    /// What to do about it.
    public String hint() {
        return hint;
    }
}
