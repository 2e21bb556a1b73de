package io.cloister.client.server;

/// The server could not be asked, or did not do what was asked. Nothing was checked by it: never a
/// refusal of a document, and never an acceptance. The message is fit to be shown.
public abstract sealed class ServerException extends Exception
        permits ServerProblemException, UnreachableException, BadAnswerException {
    private static final long serialVersionUID = 1L;

    ServerException(String message) {
        super(message);
    }

    ServerException(String message, Throwable cause) {
        super(message, cause);
    }
}
