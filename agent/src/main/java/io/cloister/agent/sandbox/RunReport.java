package io.cloister.agent.sandbox;

import io.cloister.protocol.Bytes;

import java.util.List;
import java.util.Optional;

/// What is left of a run.
///
/// @param outcome how it ended
/// @param usage what it used
/// @param outputs the results that stand, by consumer and then by sequence: complete, and replaced
///   by no later one. Empty unless the outcome is [RunOutcome.Success]
/// @param log what the code printed to its standard output and error, up to the bound. Secret: for
///   those the terms name
/// @param logTruncated whether more was printed
/// @param traceback why a run has failed, up to 64 KiB: its traceback, or, where nothing was
///   raised, a line that says how it ended. Secret: for those the terms name
/// @param violation the rule a [RunOutcome.Misbehaved] run broke, in words that carry nothing of
///   the run's data
public record RunReport(
        RunOutcome outcome,
        Usage usage,
        List<OutputKey> outputs,
        Bytes log,
        boolean logTruncated,
        Optional<String> traceback,
        Optional<String> violation) {
    public RunReport {
        outputs = List.copyOf(outputs);
    }

    /// Counts only: what was printed stays out of logs.
    @Override
    public String toString() {
        return "RunReport["
                + outcome
                + ", "
                + usage
                + ", "
                + outputs.size()
                + " outputs, "
                + log.length()
                + " bytes printed]";
    }
}
