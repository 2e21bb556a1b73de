package io.cloister.cli;

import io.cloister.client.Sentences;
import io.cloister.protocol.Shown;
import io.cloister.protocol.document.Outcome;
import io.cloister.protocol.document.Receipt;

/// How a run ended, as everyone of its computation learns it.
final class ReportLines {
    private ReportLines() {}

    static void show(Screen screen, Receipt.Report report) {
        screen.field("outcome", report.outcome() + ": " + sentence(report.outcome()));
        report.exception().ifPresent(name -> screen.field("exception", Shown.bounded(name)));
        report.line().ifPresent(line -> screen.field("run.py line", line));
        screen.field(
                "used",
                "at most "
                        + report.wallSeconds()
                        + " s, "
                        + report.cpuSeconds()
                        + " s of a processor, "
                        + Sentences.size(report.peakMemoryBytes()));
    }

    /// What an outcome means.
    static String sentence(Outcome outcome) {
        return switch (outcome) {
            case SUCCESS -> "run.py came to its end and wrote results";
            case EXCEPTION -> "an exception left run.py";
            case EXIT -> "run.py left by sys.exit with something other than 0";
            case CRASH -> "the interpreter ended before run.py did";
            case LIMIT_MEMORY -> "it needed more memory than agreed";
            case LIMIT_CPU -> "it needed more processor time than agreed";
            case LIMIT_WALL -> "it took longer than agreed";
            case LIMIT_PROCESSES -> "it started more processes than agreed";
            case LIMIT_OUTPUT -> "it wrote more than agreed";
            case NO_OUTPUT -> "run.py came to its end without writing a result";
            case INPUTS -> "a streamed input was not what its provider signed";
            case STOPPED -> "it was stopped from outside";
        };
    }
}
