package io.cloister.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.client.server.Progress;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.Map;

class ProgressLineTest {
    private static final String GONE = "\r\u001b[K";

    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private Instant now = Instant.parse("2026-11-23T12:00:00Z");

    private Progress progress(boolean terminal, boolean json) {
        InstantSource source = () -> now;
        Clock clock = source.withZone(ZoneOffset.UTC);
        PrintStream stream = new PrintStream(err, true, StandardCharsets.UTF_8);
        var world =
                new World(
                        new ByteArrayInputStream(new byte[0]),
                        stream,
                        stream,
                        terminal,
                        Path.of(""),
                        Map.of(),
                        clock,
                        new SecureRandom());
        return new Screen(world, json).progress();
    }

    private void after(Duration time) {
        now = now.plus(time);
    }

    /// What was printed since this was asked last.
    private String printed() {
        String text = err.toString(StandardCharsets.UTF_8);
        err.reset();
        return text;
    }

    @Test
    void showsNothingInTheFirstSecondThenABarAndNothingAtTheEnd() {
        Progress progress = progress(true, false);
        progress.at("upload sales.csv", 0, 2_048);
        after(Duration.ofSeconds(1));
        progress.at("upload sales.csv", 512, 2_048);
        assertEquals("", printed());

        after(Duration.ofMillis(1));
        progress.at("upload sales.csv", 1_024, 2_048);
        assertEquals(
                "\rupload sales.csv [############            ] 50% of 2 KiB\u001b[K", printed());

        progress.at("upload sales.csv", 2_048, 2_048);
        assertEquals(GONE, printed());
    }

    @Test
    void drawsAtMostTenTimesASecond() {
        Progress progress = progress(true, false);
        progress.at("upload", 0, 100);
        after(Duration.ofSeconds(2));
        progress.at("upload", 10, 100);
        assertTrue(printed().contains(" 10% of "));
        after(Duration.ofMillis(100));
        progress.at("upload", 20, 100);
        assertEquals("", printed());
        after(Duration.ofMillis(1));
        progress.at("upload", 30, 100);
        assertTrue(printed().contains(" 30% of "));
    }

    @Test
    void takesTheLineAwayWhenOtherWorkBegins() {
        Progress progress = progress(true, false);
        progress.at("upload one", 0, 100);
        after(Duration.ofSeconds(2));
        progress.at("upload one", 50, 100);
        printed();
        progress.at("upload two", 1, 100);
        assertEquals(GONE, printed());
    }

    @Test
    void leavesNothingOfWorkThatWasDoneAtOnce() {
        Progress progress = progress(true, false);
        progress.at("upload", 0, 0);
        progress.at("upload", 100, 100);
        assertEquals("", printed());
    }

    @Test
    void escapesAndBoundsANameThatSomebodyElseChose() {
        Progress progress = progress(true, false);
        String name = "fetch \u001b[2J\u202e" + "x".repeat(200);
        progress.at(name, 0, 100);
        after(Duration.ofSeconds(2));
        progress.at(name, 50, 100);
        String line = printed();
        assertTrue(line.startsWith("\rfetch \\u{1b}[2J\\u{202e}xxx"), line);
        assertTrue(line.contains("x… ["), line);
        assertFalse(line.contains("x".repeat(40)), line);
    }

    @Test
    void showsNothingWhereNobodySitsOrAProgramReads() {
        for (Progress progress : new Progress[] {progress(false, false), progress(true, true)}) {
            progress.at("upload", 0, 100);
            after(Duration.ofSeconds(2));
            progress.at("upload", 50, 100);
            progress.at("upload", 100, 100);
            assertEquals("", printed());
        }
    }
}
