package io.cloister.agent;

import io.cloister.protocol.Email;

/// A run may not start with what the control plane served; nothing was counted, no user code ran.
/// The message is fixed text and may be shown to everyone.
final class RunRefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final RefusalCode code;
    private final transient Email whose;

    RunRefusedException(RefusalCode code, Email whose, String sentence) {
        super(sentence);
        this.code = code;
        this.whose = whose;
    }

    RefusalCode code() {
        return code;
    }

    /// Whose code or data it is about.
    Email whose() {
        return whose;
    }

    Verdict.Refused verdict() {
        return new Verdict.Refused(code, String.valueOf(getMessage()));
    }
}
