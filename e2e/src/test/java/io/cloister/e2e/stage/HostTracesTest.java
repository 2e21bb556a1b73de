package io.cloister.e2e.stage;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/// That the search of this machine's files finds what is there.
final class HostTracesTest {
    @Test
    void findsWhatWasWrittenSinceByContentAndByName(@TempDir Path folder) throws Exception {
        String marker = "marker-" + UUID.randomUUID();
        Path except = Files.createDirectory(folder.resolve("except"));
        Files.writeString(except.resolve("file"), marker);
        HostTraces traces = HostTraces.from(Clock.systemUTC().instant());
        // Across the border of two pieces, and dated back.
        Path inside =
                Files.writeString(folder.resolve("inside"), "x".repeat((1 << 22) - 10) + marker);
        Files.setLastModifiedTime(inside, FileTime.from(Instant.EPOCH));
        Path named = Files.createFile(folder.resolve("a" + marker));

        assertEquals(
                List.of(named + ": " + marker, inside + ": " + marker),
                traces.holding(List.of(marker), List.of(except)).stream().sorted().toList());
    }
}
