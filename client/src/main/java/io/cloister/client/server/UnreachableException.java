package io.cloister.client.server;

/// No whole answer came from the server: no connection, another certificate than pinned, time out,
/// connection lost.
public final class UnreachableException extends ServerException {
    private static final long serialVersionUID = 1L;

    UnreachableException(String message, Throwable cause) {
        super(message, cause);
    }
}
