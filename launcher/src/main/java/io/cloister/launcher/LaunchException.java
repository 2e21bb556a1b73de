package io.cloister.launcher;

/// An enclave could not be started. The message is for the operator and holds nothing secret.
public final class LaunchException extends Exception {
    private static final long serialVersionUID = 1L;

    /// @param message what failed, with what to do where that is known
    public LaunchException(String message) {
        super(message);
    }

    /// @param message what failed, with what to do where that is known
    /// @param cause how it showed
    public LaunchException(String message, Throwable cause) {
        super(message, cause);
    }
}
