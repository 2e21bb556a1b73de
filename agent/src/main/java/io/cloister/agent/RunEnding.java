package io.cloister.agent;

import io.cloister.agent.sandbox.FailureClass;
import io.cloister.agent.sandbox.Limit;
import io.cloister.agent.sandbox.OutputKey;
import io.cloister.agent.sandbox.RunOutcome;
import io.cloister.agent.sandbox.RunReport;
import io.cloister.agent.sandbox.Usage;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.document.FileName;
import io.cloister.protocol.document.Outcome;
import io.cloister.protocol.document.Receipt;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// What is told of a run when it has ended: an enumeration, and figures rounded up to powers of
/// two. Here for a trial run on the Code Provider's machine too, so that it tells the same.
public final class RunEnding {
    private static final FileName RESULT = new FileName("result");

    private RunEnding() {}

    /// How the run ended, as its receipt says.
    public static Outcome outcome(RunReport report) {
        return switch (report.outcome()) {
            case RunOutcome.Success _ ->
                    report.outputs().isEmpty() ? Outcome.NO_OUTPUT : Outcome.SUCCESS;
            case RunOutcome.Failed(FailureClass failure, var _) ->
                    failure == FailureClass.SYSTEM_EXIT ? Outcome.EXIT : Outcome.EXCEPTION;
            case RunOutcome.LimitReached(Limit limit) -> limit(limit);
            case RunOutcome.Crashed _, RunOutcome.Misbehaved _ -> Outcome.CRASH;
            case RunOutcome.Stopped _ -> Outcome.STOPPED;
        };
    }

    private static Outcome limit(Limit limit) {
        return switch (limit) {
            case MEMORY -> Outcome.LIMIT_MEMORY;
            case CPU -> Outcome.LIMIT_CPU;
            case WALL -> Outcome.LIMIT_WALL;
            case PROCESSES -> Outcome.LIMIT_PROCESSES;
            case OUTPUT -> Outcome.LIMIT_OUTPUT;
        };
    }

    /// What everyone of the computation learns of it.
    ///
    /// @param ended what the sandbox said, if it said anything
    public static Receipt.Report report(
            Outcome outcome, Optional<RunOutcome> ended, Usage usage, Instant startedAt) {
        Optional<String> exception = Optional.empty();
        Optional<Long> line = Optional.empty();
        if (outcome == Outcome.EXCEPTION
                && ended.orElse(null) instanceof RunOutcome.Failed(var failure, var at)) {
            exception = Optional.of(failure.python());
            // Code chooses the line: one that no receipt can name must not cost the receipt.
            line =
                    at.stream()
                            .filter(number -> number > 0 && number <= Receipt.Report.MAX_LINE)
                            .mapToObj(number -> (long) number)
                            .findFirst();
        }
        return new Receipt.Report(
                outcome,
                exception,
                line,
                Instant.ofEpochSecond(startedAt.getEpochSecond()),
                seconds(usage.wall()),
                seconds(usage.cpu()),
                coarse(usage.peakMemoryBytes()));
    }

    /// Rounded up, and never 0: that a sample saw nothing is nobody's business. What a receipt
    /// can't say must not cost the receipt.
    private static long coarse(long figure) {
        return Receipt.Report.roundedUp(Math.clamp(figure, 1, Receipt.Report.MAX_FIGURE));
    }

    private static long seconds(Duration duration) {
        return coarse(duration.plusNanos(999_999_999).toSeconds());
    }

    /// What a result is called: what user code called it, if that is a file's name.
    ///
    /// @param position of the result among those of the same consumer, from 0
    public static FileName name(OutputKey key, long position) {
        if (key.name().isEmpty()) {
            return RESULT;
        }
        try {
            return FileName.parse(key.name().get(), "output");
        } catch (MalformedException _) {
            return new FileName("unnamed-" + position);
        }
    }
}
