package io.cloister.agent.sandbox;

import java.io.IOException;

/// Nobody takes what is written to the sandbox any more. Why, it may have said.
final class GoneException extends IOException {
    private static final long serialVersionUID = 1L;

    GoneException(IOException cause) {
        super("the sandbox has ended", cause);
    }
}
