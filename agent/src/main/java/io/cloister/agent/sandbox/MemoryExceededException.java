package io.cloister.agent.sandbox;

import java.io.IOException;

/// Code and inputs together are more than the agreed memory holds. Nothing has run.
public final class MemoryExceededException extends IOException {
    private static final long serialVersionUID = 1L;

    MemoryExceededException(long most) {
        super(
                "code and inputs are more than the "
                        + most
                        + " bytes that the agreed memory leaves for them");
    }
}
