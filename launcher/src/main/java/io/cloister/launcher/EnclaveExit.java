package io.cloister.launcher;

/// How an enclave ended.
///
/// @param cause of which kind
/// @param detail one escaped, bounded text for the operator's log: exit status and the last lines
///   the agent logged
public record EnclaveExit(Cause cause, String detail) {
    /// The kinds of end.
    public enum Cause {
        /// The agent ended by itself and reported no error.
        ENDED,
        /// [EnclaveHandle#stop] or [Launcher#close] ended it.
        STOPPED,
        /// It ended by itself with an error, was killed by someone else, or its machine went away.
        FAILED
    }
}
