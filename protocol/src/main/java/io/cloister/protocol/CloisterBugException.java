package io.cloister.protocol;

/// Something that cannot happen did: a defect of Cloister, never the fault of input.
public final class CloisterBugException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /// @param message which assumption failed
    /// @param cause how it showed
    public CloisterBugException(String message, Throwable cause) {
        super(message, cause);
    }

    /// @param message which assumption failed
    public CloisterBugException(String message) {
        super(message);
    }
}
