package io.cloister.agent.sandbox;

/// A sandbox could not be had or could not be fed. Its message says which step failed, why, and
/// what the administrator of the machine can do. Never the user code's doing: that is a
/// [RunOutcome].
public sealed class SandboxException extends Exception permits WheelsRefusedException {
    private static final long serialVersionUID = 1L;

    SandboxException(String message) {
        super(message);
    }

    SandboxException(String message, Throwable cause) {
        super(message, cause);
    }
}
