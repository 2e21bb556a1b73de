package io.cloister.server;

/// The server can't start as it was told to, or an administrator's command can't do what it was
/// told. The message is for the operator.
public final class SetupException extends Exception {
    private static final long serialVersionUID = 1L;

    SetupException(String message) {
        super(message);
    }

    SetupException(String message, Throwable cause) {
        super(message, cause);
    }
}
