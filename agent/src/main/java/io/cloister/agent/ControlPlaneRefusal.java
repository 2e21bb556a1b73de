package io.cloister.agent;

import java.io.IOException;

/// The control plane refused an operation.
final class ControlPlaneRefusal extends IOException {
    private static final long serialVersionUID = 1L;

    private final String code;

    ControlPlaneRefusal(String operation, String code) {
        super("the control plane refused " + operation + ": " + code);
        this.code = code;
    }

    /// The stable code of spec/agent-link.md.
    String code() {
        return code;
    }
}
