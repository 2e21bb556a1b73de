package io.cloister.trial;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.agent.sandbox.PythonInterpreter;
import io.cloister.agent.sandbox.SandboxException;
import io.cloister.attestation.runtime.RuntimeFolder;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.Email;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.Outcome;
import io.cloister.protocol.document.Receipt;
import io.cloister.protocol.document.Terms;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// What a trial says of programs whose use of time, memory and processes is known, in a real
/// sandbox.
class TrialRunTest {
    private static final Bytes LOCK = Bytes.utf8("# nothing\n");
    private static final long MIB = 1 << 20;

    @TempDir private Path folder;
    private RuntimeFolder runtime;

    @BeforeEach
    void makeARuntime() throws IOException {
        runtime = new RuntimeFolder(folder.resolve("runtime"));
        Files.createDirectories(runtime.wheels());
        Files.createDirectories(runtime.sitePackages());
        Files.write(runtime.lock(), LOCK.toArray());
    }

    /// Exact figures, and what everyone would learn of them.
    private record Figures(
            Receipt.Report report, long wallMillis, long cpuMillis, long memory, long processes) {
        static Figures read(Fields ended) throws Exception {
            return new Figures(
                    Receipt.Report.read(ended.any("report"), "report"),
                    ended.integer("wallMillis", 0, Json.MAX_INTEGER),
                    ended.integer("cpuMillis", 0, Json.MAX_INTEGER),
                    ended.integer("peakMemoryBytes", 0, Json.MAX_INTEGER),
                    ended.integer("peakProcesses", 0, Json.MAX_INTEGER));
        }

        /// Whether the report has these figures, rounded up to powers of two.
        boolean areRoundedUp() {
            return report.wallSeconds() == roundedUp((wallMillis + 999) / 1000)
                    && report.cpuSeconds() == roundedUp((cpuMillis + 999) / 1000)
                    && report.peakMemoryBytes() == roundedUp(memory);
        }

        private static long roundedUp(long value) {
            long power = 1;
            while (power < value) {
                power *= 2;
            }
            return power;
        }
    }

    private static Path python() throws InterruptedException {
        try {
            return PythonInterpreter.find(System.getenv().getOrDefault("PATH", "")).path();
        } catch (SandboxException e) {
            return Assumptions.abort(String.valueOf(e.getMessage()));
        }
    }

    private static Terms terms(long cpuSeconds, long wallSeconds, long processes) {
        Terms usual = Terms.defaults(Instant.EPOCH);
        return new Terms(
                usual.runs(),
                usual.notAfter(),
                usual.cores(),
                cpuSeconds,
                512 * MIB,
                processes,
                wallSeconds,
                usual.outputBytes(),
                usual.isolation(),
                usual.inputMode(),
                usual.dataMayChange(),
                usual.outputReaders(),
                usual.tracebackReaders());
    }

    private Figures run(Terms terms, String... lines) throws Exception {
        Path run = folder.resolve("run.py");
        Files.writeString(run, String.join("\n", lines) + "\n");
        var job =
                new TrialJob(
                        python(),
                        Path.of("../agent/python").toAbsolutePath().normalize(),
                        runtime.folder(),
                        Sha256.of(LOCK),
                        Files.createDirectories(folder.resolve("s")),
                        Files.createDirectories(folder.resolve("results")),
                        List.of(new TrialJob.CodeFile("run.py", false, run)),
                        List.of(),
                        List.of(new Email("carol@test.invalid")),
                        terms);
        var printed =
                new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        Json answer = new Trial(job, Clock.systemUTC(), printed).run();
        Fields fields = Fields.of(answer, "answer");
        assertTrue(fields.has("ended"), answer::text);
        Figures figures = Figures.read(Fields.of(fields.any("ended"), "ended"));
        assertTrue(figures.areRoundedUp(), figures::toString);
        return figures;
    }

    private static void assertWithin(long least, long most, long actual) {
        assertTrue(
                least <= actual && actual <= most, () -> actual + " of " + least + " to " + most);
    }

    @Test
    void figuresAreThoseOfTheProgram() throws Exception {
        Figures figures =
                run(
                        terms(60, 60, 1),
                        "import time",
                        "from cloister import Enclave",
                        "held = b'x' * (100 << 20)",
                        "end = time.process_time() + 0.5",
                        "while time.process_time() < end: pass",
                        "Enclave().write(b'done')");
        assertEquals(Outcome.SUCCESS, figures.report().outcome());
        assertWithin(500, 30_000, figures.wallMillis());
        assertWithin(480, 2_000, figures.cpuMillis());
        assertWithin(100 * MIB, 160 * MIB, figures.memory());
        assertEquals(1, figures.processes());
    }

    /// It may end before the sandbox's watchdog looks at it for the first time.
    @Test
    void theShortestProgramTakesAnInterpretersMemory() throws Exception {
        Figures figures = run(terms(60, 60, 1), "");
        assertEquals(Outcome.NO_OUTPUT, figures.report().outcome());
        assertWithin(4 * MIB, 100 * MIB, figures.memory());
        assertEquals(1, figures.processes());
    }

    @Test
    void aWaitMeetsTheWallClockLimit() throws Exception {
        Figures figures = run(terms(60, 1, 1), "import time", "time.sleep(1000)");
        assertEquals(Outcome.LIMIT_WALL, figures.report().outcome());
        assertWithin(1_000, 10_000, figures.wallMillis());
        assertWithin(0, 900, figures.cpuMillis());
        assertEquals(Optional.empty(), figures.report().line());
    }

    @Test
    void aLoopMeetsTheProcessorLimit() throws Exception {
        Figures figures = run(terms(1, 60, 1), "while True: pass");
        assertEquals(Outcome.LIMIT_CPU, figures.report().outcome());
        assertWithin(1_000, 2_500, figures.cpuMillis());
        assertWithin(1_000, 30_000, figures.wallMillis());
    }

    @Test
    void moreProcessesThanAgreedMeetTheProcessLimit() throws Exception {
        String[] forking = {
            "import os, time",
            "from cloister import Enclave",
            "for _ in range(2):",
            "    if os.fork() == 0: time.sleep(1000)",
            "time.sleep(0.5)",
            "Enclave().write(b'done')"
        };
        Figures within = run(terms(60, 60, 3), forking);
        assertEquals(Outcome.SUCCESS, within.report().outcome());
        assertEquals(3, within.processes());
        Figures beyond = run(terms(60, 60, 2), forking);
        assertEquals(Outcome.LIMIT_PROCESSES, beyond.report().outcome());
        assertEquals(3, beyond.processes());
    }
}
