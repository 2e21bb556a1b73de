package io.cloister.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;

/// What the log's reader sees, on a terminal or in a program, of what others wrote.
class JsonLogTest {
    /// A C0 and a C1 control sequence, a bidi override, a line's end.
    private static final String HOSTILE = "\u001b[2J\u009b31m\u202egnp.exe\nnext";

    private static final String ESCAPED = "\\u{1b}[2J\\u{9b}31m\\u{202e}gnp.exe\\u{a}next";

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final JsonLog log =
            new JsonLog(
                    new PrintStream(out, true, StandardCharsets.UTF_8),
                    Clock.fixed(Instant.parse("2026-11-23T12:00:00.123456Z"), ZoneOffset.UTC));

    private String written() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private Fields line() throws MalformedException {
        return Fields.of(
                Json.parse(
                        written().strip().getBytes(StandardCharsets.UTF_8),
                        JsonLimits.MESSAGE,
                        "line"),
                "line");
    }

    private void assertOneHarmlessLine() {
        assertEquals(1, written().lines().count());
        assertTrue(written().endsWith("}" + System.lineSeparator()));
        assertTrue(written().strip().chars().allMatch(c -> c >= ' ' && c <= '~'), written());
    }

    @Test
    void writesOneObjectALineWithItsTime() throws Exception {
        log.info("started").with("port", 8443).write();
        assertOneHarmlessLine();
        Fields line = line();
        assertEquals("2026-11-23T12:00:00.123Z", line.string("at", 1, 100));
        assertEquals("info", line.string("level", 1, 100));
        assertEquals("started", line.string("event", 1, 100));
        assertEquals(8443, line.integer("port", 0, 65_535));
        line.end();
    }

    @Test
    void escapesWhatATerminalWouldActOn() throws Exception {
        log.info("asked").with("path", HOSTILE).write();
        assertOneHarmlessLine();
        assertEquals(ESCAPED, line().string("path", 1, 100));
    }

    @Test
    void escapesTheMessagesOfExceptionsAndOfTheirCauses() throws Exception {
        var failure = new IOException(HOSTILE, new IllegalStateException(HOSTILE));
        log.warning("failed").because(failure).write();
        assertOneHarmlessLine();
        String cause = line().string("cause", 1, 2_100);
        assertTrue(cause.startsWith("java.io.IOException: " + ESCAPED + " < "), cause);
        assertEquals(
                "java.lang.IllegalStateException: " + ESCAPED, line().string("rootCause", 1, 200));
    }

    @Test
    void cutsALongMessage() throws Exception {
        log.error("failed").because(new IOException("x".repeat(5_000))).write();
        assertEquals(2_001, line().string("cause", 1, 5_000).length());
    }
}
