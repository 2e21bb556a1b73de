package io.cloister.cli;

import io.cloister.protocol.MalformedException;
import io.cloister.protocol.document.FileName;
import io.cloister.protocol.document.Receipt;
import io.cloister.protocol.document.Roster;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// What a trial process says of its run.
sealed interface TrialAnswer {
    /// This machine can't run it.
    ///
    /// @param why for people
    record Cannot(String why) implements TrialAnswer {}

    /// An enclave would not start user code.
    ///
    /// @param why for people
    record Refused(String why) implements TrialAnswer {}

    /// It ran.
    ///
    /// @param report as everyone of a computation would get it
    /// @param wall exact time
    /// @param cpu exact processor time
    /// @param peakMemoryBytes exact peak
    /// @param peakProcesses exact peak
    /// @param printedTruncated whether more was printed than an enclave keeps
    /// @param traceback of a failed run
    /// @param violation the rule that a run broke which was ended for it
    /// @param failure class of the exception, also of an exit
    /// @param failureLine line of run.py
    /// @param signal that ended the interpreter
    /// @param exitStatus with which the interpreter ended by itself
    /// @param results that stand
    record Ended(
            Receipt.Report report,
            Duration wall,
            Duration cpu,
            long peakMemoryBytes,
            long peakProcesses,
            boolean printedTruncated,
            Optional<String> traceback,
            Optional<String> violation,
            Optional<String> failure,
            Optional<Long> failureLine,
            Optional<Long> signal,
            Optional<Long> exitStatus,
            List<Result> results)
            implements TrialAnswer {
        private static final int MAX_TEXT = 100_000;
        private static final int MAX_RESULTS = 100_000;

        static Ended read(Json value, String path) throws MalformedException {
            Fields fields = Fields.of(value, path);
            var ended =
                    new Ended(
                            Receipt.Report.read(fields.any("report"), fields.path("report")),
                            Duration.ofMillis(fields.integer("wallMillis", 0, Json.MAX_INTEGER)),
                            Duration.ofMillis(fields.integer("cpuMillis", 0, Json.MAX_INTEGER)),
                            fields.integer("peakMemoryBytes", 0, Json.MAX_INTEGER),
                            fields.integer("peakProcesses", 0, Json.MAX_INTEGER),
                            fields.bool("printedTruncated"),
                            text(fields, "traceback"),
                            text(fields, "violation"),
                            text(fields, "failure"),
                            number(fields, "failureLine"),
                            number(fields, "signal"),
                            number(fields, "exitStatus"),
                            fields.list("results", MAX_RESULTS, Result::read));
            fields.end();
            return ended;
        }

        private static Optional<String> text(Fields fields, String name) throws MalformedException {
            return fields.has(name)
                    ? Optional.of(fields.string(name, 0, MAX_TEXT))
                    : Optional.empty();
        }

        private static Optional<Long> number(Fields fields, String name) throws MalformedException {
            return fields.has(name)
                    ? Optional.of(fields.integer(name, 0, Json.MAX_INTEGER))
                    : Optional.empty();
        }
    }

    /// A result that stands.
    ///
    /// @param consumer whose, from 0
    /// @param name what the code called it
    /// @param file where it is in the folder of results
    /// @param bytes its length
    record Result(int consumer, FileName name, String file, long bytes) {
        static Result read(Json value, String path) throws MalformedException {
            Fields fields = Fields.of(value, path);
            var result =
                    new Result(
                            (int) fields.integer("consumer", 0, Roster.MAX_PER_ROLE),
                            fields.text("name", FileName::parse),
                            fields.string("file", 1, 20),
                            fields.integer("bytes", 0, Json.MAX_INTEGER));
            fields.end();
            return result;
        }
    }

    /// Reads an answer.
    static TrialAnswer read(Json value) throws MalformedException {
        Fields fields = Fields.of(value, "trial");
        TrialAnswer answer;
        if (fields.has("cannot")) {
            answer = new Cannot(fields.string("cannot", 0, Ended.MAX_TEXT));
        } else if (fields.has("refused")) {
            answer = new Refused(fields.string("refused", 0, Ended.MAX_TEXT));
        } else {
            answer = Ended.read(fields.any("ended"), fields.path("ended"));
        }
        fields.end();
        return answer;
    }
}
