package io.cloister.agent.evidence;

import java.io.IOException;

/// What the platform offers can't be used; trying again would not help.
final class UnusableException extends IOException {
    private static final long serialVersionUID = 1L;

    UnusableException(String message) {
        super(message);
    }
}
