package io.cloister.agent.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/// What the watchdog makes of processes that are gone by the time it looks.
final class WatchTest {
    @TempDir Path proc;

    /// The peak of a run for which 1,000 bytes are held, and the largest resident set of a process
    /// of it.
    private List<Long> peakAndLargest() throws Exception {
        var python =
                new ProcessBuilder(
                                TestPython.interpreter().path().toString(),
                                "-IB",
                                "-c",
                                """
                                import os, resource, sys, time
                                sys.path.insert(0, sys.argv[1])
                                from cloister._internal.watch import Watch
                                watch = Watch(None)
                                watch.proc = os.open(sys.argv[2], os.O_RDONLY)
                                watch.start(1000)
                                used = resource.getrusage(resource.RUSAGE_SELF)
                                watch.close(time.monotonic(), used, 0, False)
                                print(watch.peak_memory, used.ru_maxrss * 1024)
                                """,
                                TestPython.packageFolder().toString(),
                                proc.toString())
                        .start();
        String said =
                new String(python.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        assertEquals(0, python.waitFor(), said);
        return Arrays.stream(said.split(" ")).map(Long::valueOf).toList();
    }

    @Test
    void aRunThatIsOverBeforeTheFirstLookTookWhatItsLargestProcessHad() throws Exception {
        List<Long> figures = peakAndLargest();
        assertTrue(figures.getLast() > 1 << 20, figures::toString);
        assertEquals(1_000 + figures.getLast(), figures.getFirst());
    }

    @Test
    void aProcessThatIsSeenCountsByWhatIsItsAlone() throws Exception {
        Path process = Files.createDirectory(proc.resolve("7"));
        Files.writeString(process.resolve("stat"), "7 (python3) S" + " 0".repeat(49));
        Files.writeString(process.resolve("status"), "VmRSS:\t9000 kB\nRssAnon:\t2048 kB\n");
        assertEquals(1_000 + (2L << 20), peakAndLargest().getFirst());
    }
}
