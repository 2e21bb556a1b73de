package io.cloister.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cloister.client.ApprovalDesk;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import picocli.CommandLine;

import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/// What the approval desk is asked for, as it was typed.
final class ApproveCommandTest {
    @TempDir private Path folder;

    private ApprovalDesk.Request asked(String... options) throws Exception {
        var approve = new ApproveCommand(SilentWorld.in(folder));
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
