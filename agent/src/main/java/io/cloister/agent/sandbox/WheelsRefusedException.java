package io.cloister.agent.sandbox;

/// The sandbox does not install the wheels that come with the code. Its message says which one, and
/// why; it was made from public bytes alone, before anything secret was there, and is escaped.
public final class WheelsRefusedException extends SandboxException {
    private static final long serialVersionUID = 1L;

    WheelsRefusedException(String message) {
        super(message);
    }
}
