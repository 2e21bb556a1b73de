package io.cloister.agent.sandbox;

import java.util.OptionalInt;

/// How a run ended. Only [Success] releases results.
public sealed interface RunOutcome {
    /// `run.py` came to its end, or left by `sys.exit(0)`.
    record Success() implements RunOutcome {}

    /// An exception left `run.py`, or it left by `sys.exit` with anything else than 0.
    ///
    /// @param failure which, from a fixed vocabulary
    /// @param line line of the clear `run.py`, from 1, where it came through; empty if it came
    ///   through none. Reported by code that may lie, and bounded by the number of lines there are
    record Failed(FailureClass failure, OptionalInt line) implements RunOutcome {}

    /// The run was killed because it used more than allowed, or was refused memory and ended with a
    /// `MemoryError`.
    ///
    /// @param limit of what
    record LimitReached(Limit limit) implements RunOutcome {}

    /// The interpreter ended without coming to the end of `run.py`.
    ///
    /// @param signal the signal that ended it; empty if the code left by itself, as `os._exit` does
    record Crashed(OptionalInt signal) implements RunOutcome {}

    /// The run was killed because it sent its agent what the loader never sends. The rule it broke
    /// is in [RunReport#violation].
    record Misbehaved() implements RunOutcome {}

    /// The run was killed by [Sandbox#stop].
    record Stopped() implements RunOutcome {}
}
