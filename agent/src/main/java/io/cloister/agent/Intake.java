package io.cloister.agent;

import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/// Decides on what participants hand to this enclave and knows when a run may start, as its dialect
/// has it. A run number is handed out once, in ascending order. Safe for use by several threads.
sealed interface Intake permits NativeIntake, CosmianIntake {
    /// Decides on an item.
    Verdict take(Item.Given item);

    /// The next run, once everything for exactly it is there.
    Optional<RunPlan> ready();

    /// Counts `plan`'s run: user code is about to start.
    ///
    /// @return whether it may start; if not, nothing was counted
    boolean start(RunPlan plan);

    /// Takes note that `plan`'s run did not start with what was served.
    ///
    /// @return whether something else may still come in the place of what was at fault; if not,
    ///   only the same again could help
    boolean refused(RunPlan plan, RunRefusedException refusal);

    /// The item that brought what `refusal` is about.
    OptionalLong item(RunPlan plan, RunRefusedException refusal);

    /// Whether nothing can run here any more, and why.
    Optional<AgentStop> over();

    /// The instant after which no run starts.
    Instant notAfter();
}
