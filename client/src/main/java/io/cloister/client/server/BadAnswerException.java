package io.cloister.client.server;

import io.cloister.protocol.MalformedException;

/// The server answered something that its API does not know.
public final class BadAnswerException extends ServerException {
    private static final long serialVersionUID = 1L;

    BadAnswerException(String message) {
        super(message);
    }

    BadAnswerException(String what, MalformedException cause) {
        super("the server's answer to " + what + " is malformed: " + cause.getMessage(), cause);
    }
}
