package io.cloister.agent;

/// The agent leaves, for a reason the control plane is told. The detail holds nothing secret.
final class AgentStop extends Exception {
    private static final long serialVersionUID = 1L;

    private final Reason reason;

    AgentStop(Reason reason, String detail) {
        super(detail);
        this.reason = reason;
    }

    /// This agreement can't be served here.
    static AgentStop refused(String detail) {
        return new AgentStop(Reason.REFUSED, detail);
    }

    /// Why (spec/agent-link.md §4.9).
    enum Reason {
        /// It did all runs it was granted.
        EXHAUSTED("exhausted"),
        /// The agreement or its grants expired.
        EXPIRED("expired"),
        /// It can't serve this agreement here.
        REFUSED("refused");

        private final String word;

        Reason(String word) {
            this.word = word;
        }

        String word() {
            return word;
        }
    }

    Reason reason() {
        return reason;
    }

    String detail() {
        return String.valueOf(getMessage());
    }
}
