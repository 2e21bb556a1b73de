package io.cloister.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cloister.client.ApprovalDesk;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import picocli.CommandLine;

import java.io.ByteArrayInputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/// What the approval desk is asked for, as it was typed.
final class ApproveCommandTest {
    @TempDir private Path folder;

    private ApprovalDesk.Request asked(String... options) throws Exception {
        var nowhere =
                new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8);
        var approve =
                new ApproveCommand(
                        new World(
                                new ByteArrayInputStream(new byte[0]),
                                nowhere,
                                nowhere,
                                false,
                                folder,
                                Map.of("HOME", folder.toString()),
                                Clock.systemUTC(),
                                new SecureRandom()));
        new CommandLine(approve).parseArgs(options);
        return approve.request();
    }

    /// The desk refuses 0, as any number that is not below the agreed one.
    @Test
    void noRunsAreNotAsManyAsAgreed() throws Exception {
        assertEquals(Optional.of(0L), asked("--runs", "0").runs());
    }

    @Test
    void asksForWhatWasTypedAndElseForWhatWasAgreed() throws Exception {
        assertEquals(Optional.empty(), asked().runs());
        assertEquals(Optional.empty(), asked().notAfter());
        assertEquals(Optional.of(2L), asked("--runs", "2").runs());
        assertEquals(
                Optional.of(Instant.parse("2026-12-01T00:00:00Z")),
                asked("--not-after", "2026-12-01T00:00:00Z").notAfter());
    }
}
