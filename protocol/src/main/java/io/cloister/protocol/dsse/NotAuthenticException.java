package io.cloister.protocol.dsse;

/// A well-formed document is not signed by the key it must be signed by.
public final class NotAuthenticException extends Exception {
    private static final long serialVersionUID = 1L;

    NotAuthenticException(String document, String reason) {
        super(document + ": " + reason);
    }
}
