package io.cloister.protocol.state;

import io.cloister.protocol.MalformedException;

import java.util.Locale;

/// Why an enclave is gone, as the control plane says.
public enum StopReason {
    /// All runs of its grants are done.
    EXHAUSTED,
    /// The agreement expired.
    EXPIRED,
    /// A grant expired before the agreement; another enclave can be granted to.
    GRANT_EXPIRED,
    /// Nobody granted for a set time.
    IDLE,
    /// It could not be started.
    FAILED_TO_START,
    /// It refused its job, such as an isolation level it can't give.
    REFUSED,
    /// It died, hung or broke its link.
    LOST,
    /// The control plane was stopped or restarted.
    SERVER_STOPPED,
    /// A participant withdrew or declined.
    WITHDRAWN,
    /// The code was reset.
    CODE_RESET,
    /// The computation was archived.
    ARCHIVED;

    /// Reads the word on the wire.
    ///
    /// @throws MalformedException if there is no such word, naming `path`
    public static StopReason parse(String text, String path) throws MalformedException {
        for (StopReason reason : values()) {
            if (reason.toString().equals(text)) {
                return reason;
            }
        }
        throw new MalformedException(path, "a reason for an enclave's stop", text);
    }

    /// The word on the wire.
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
