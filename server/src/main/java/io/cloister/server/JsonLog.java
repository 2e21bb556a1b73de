package io.cloister.server;

import io.cloister.launcher.Launcher;
import io.cloister.protocol.Shown;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonObjectBuilder;

import java.io.PrintStream;
import java.time.Clock;
import java.time.temporal.ChronoUnit;

/// The log: one JSON object a line. Callers pass ids, digests, sizes and states; never a token, a
/// header or a body. Safe for use by several threads.
final class JsonLog {
    private static final String SIMULATED = "simulated: protects nothing from the operator";
    private static final int MAX_TEXT = 2_000;

    private final PrintStream out;
    private final Clock clock;

    JsonLog(PrintStream out, Clock clock) {
        this.out = out;
        this.clock = clock;
    }

    /// One line to be; ends with [#write].
    final class Line {
        private final JsonObjectBuilder json = Json.object();

        private Line(String level, String event) {
            json.put("at", clock.instant().truncatedTo(ChronoUnit.MILLIS).toString())
                    .put("level", level)
                    .put("event", event);
        }

        /// Adds a text, escaped and cut.
        Line with(String name, Object value) {
            json.put(name, Shown.escaped(value.toString(), MAX_TEXT));
            return this;
        }

        Line with(String name, long value) {
            json.put(name, value);
            return this;
        }

        /// Adds that a launcher's enclaves are simulated, if they are.
        Line of(Launcher launcher) {
            if (launcher.isSimulated()) {
                json.put("evidence", SIMULATED);
            }
            return this;
        }

        /// Adds where and why something failed: classes and lines, and the messages of our own
        /// exceptions, escaped as every text: they may quote what somebody sent.
        Line because(Throwable failure) {
            var trace = new StringBuilder(failure.toString());
            int lines = 0;
            for (StackTraceElement element : failure.getStackTrace()) {
                if (lines++ == 12) {
                    break;
                }
                trace.append(" < ").append(element);
            }
            with("cause", trace);
            Throwable cause = failure.getCause();
            if (cause != null) {
                json.put("rootCause", Shown.bounded(cause.toString()));
            }
            return this;
        }

        void write() {
            out.println(json.build().text());
        }
    }

    Line info(String event) {
        return new Line("info", event);
    }

    Line warning(String event) {
        return new Line("warning", event);
    }

    Line error(String event) {
        return new Line("error", event);
    }
}
