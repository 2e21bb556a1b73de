package io.cloister.agent.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.protocol.Sha256;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/// However a sandbox ends, none of its processes and files is left on the machine.
///
/// The sandboxes of a test are told from others by the path of the package folder in their command
/// line, a copy of the test's own.
final class LeftoversTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Limits LIMITS =
            new Limits(
                    512L << 20,
                    Duration.ofSeconds(60),
                    Duration.ofSeconds(60),
                    8,
                    2,
                    1 << 20,
                    1 << 20);

    @TempDir private Path folder;
    private Path packageFolder;

    @BeforeEach
    void copyThePackage() throws IOException {
        packageFolder = folder.resolve("package");
        Folders.copy(TestPython.packageFolder(), packageFolder);
    }

    private SandboxSettings settings() {
        SandboxSettings settings =
                SandboxSettings.of(TestPython.interpreter(), packageFolder, LIMITS);
        return new SandboxSettings(
                settings.python(),
                settings.packageFolder(),
                settings.runtime(),
                settings.preload(),
                settings.limits(),
                settings.uid(),
                folder,
                settings.least());
    }

    /// Processes of this test's sandboxes.
    private List<Long> processes() throws IOException {
        try (Stream<Path> entries = Files.list(Path.of("/proc"))) {
            return entries.map(entry -> entry.getFileName().toString())
                    .filter(name -> name.matches("[0-9]+"))
                    .map(Long::parseLong)
                    .filter(pid -> commandLine(pid).contains(packageFolder.toString()))
                    .filter(pid -> pid != ProcessHandle.current().pid() && !isJava(pid))
                    .toList();
        }
    }

    private static String commandLine(long pid) {
        try {
            return Files.readString(
                    Path.of("/proc/" + pid + "/cmdline"), StandardCharsets.ISO_8859_1);
        } catch (IOException _) {
            return "";
        }
    }

    private static boolean isJava(long pid) {
        return commandLine(pid).contains("SandboxMain");
    }

    private void assertNothingIsLeft() throws IOException {
        assertEquals(List.of(), processes());
        try (Stream<Path> entries = Files.list(folder)) {
            assertEquals(List.of(packageFolder), entries.toList());
        }
    }

    private void awaitNothingLeft() throws IOException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!processes().isEmpty() && System.nanoTime() < end) {
            Thread.onSpinWait();
        }
        assertNothingIsLeft();
    }

    private RunReport run(String... lines) throws IOException, SandboxException {
        try (Sandbox sandbox = Sandbox.start(settings())) {
            return Run.of(lines).runIn(sandbox).report();
        }
    }

    @Test
    void afterASuccess() throws Exception {
        assertEquals(new RunOutcome.Success(), run("pass").outcome());
        assertNothingIsLeft();
    }

    @Test
    void afterAProgramThatMakesDaemons() throws Exception {
        RunOutcome outcome =
                run(
                                "import os, signal, sys, time",
                                "def daemon():",
                                "    for s in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT):",
                                "        signal.signal(s, signal.SIG_IGN)",
                                "    os.setsid()",
                                "    if os.fork(): os._exit(0)",
                                "    for fd in range(64):",
                                "        try: os.close(fd)",
                                "        except OSError: pass",
                                "    while True: time.sleep(1)",
                                "for _ in range(2):",
                                "    if os.fork() == 0: daemon()")
                        .outcome();

        assertEquals(new RunOutcome.Success(), outcome);
        assertNothingIsLeft();
    }

    @Test
    void whenTheRunHasReturnedAndBeforeTheSandboxIsClosed() throws Exception {
        try (Sandbox sandbox = Sandbox.start(settings())) {
            Run.of("import os, time", "if os.fork() == 0: time.sleep(1000)").runIn(sandbox);

            assertEquals(0, processes().stream().filter(pid -> commandLine(pid).isEmpty()).count());
            assertTrue(processes().size() <= 1, "only the supervisor may still be leaving");
        }
        assertNothingIsLeft();
    }

    @Test
    void afterALimitOrACrash() throws Exception {
        assertEquals(
                new RunOutcome.LimitReached(Limit.PROCESSES),
                run(
                                "import os, time",
                                "while True:",
                                "    try: os.fork()",
                                "    except OSError: time.sleep(1)")
                        .outcome());
        assertNothingIsLeft();
        assertEquals(
                new RunOutcome.Crashed(OptionalInt.of(9)),
                run("import os", "os.kill(os.getpid(), 9)").outcome());
        assertNothingIsLeft();
    }

    @Test
    void afterAWaitingSandboxIsClosed() throws Exception {
        Sandbox sandbox = Sandbox.start(settings());
        assertTrue(processes().size() >= 4, "supervisor, keeper, init, interpreter");

        sandbox.close();

        assertNothingIsLeft();
    }

    @Test
    void afterTheSandboxIsClosedDuringARun() throws Exception {
        try (Sandbox sandbox = Sandbox.start(settings())) {
            Run run =
                    Run.of("import time", "time.sleep(1000)")
                            .duringRun(running -> Thread.ofVirtual().start(running::close));

            assertThrows(SandboxException.class, () -> run.runIn(sandbox));
        }
        assertNothingIsLeft();
    }

    @Test
    void afterARefusedStart() throws Exception {
        assertThrows(
                SandboxException.class,
                () -> Sandbox.start(settings().withPackages(missing(), List.of())));
        assertNothingIsLeft();
    }

    private RuntimeFiles missing() {
        return new RuntimeFiles(
                folder, Map.of("nowhere.py", new RuntimeFiles.Content(1, Sha256.of(new byte[1]))));
    }

    @Test
    void afterTheSupervisorIsKilled() throws Exception {
        try (Sandbox sandbox = Sandbox.start(settings())) {
            long supervisor = processes().getFirst();
            Run run =
                    Run.of("import os, time", "os.fork()", "time.sleep(1000)")
                            .duringRun(_ ->
                                    ProcessHandle.of(supervisor).orElseThrow().destroyForcibly());

            SandboxException lost = assertThrows(SandboxException.class, () -> run.runIn(sandbox));
            assertTrue(
                    String.valueOf(lost.getMessage())
                            .startsWith("the sandbox's supervisor was lost"),
                    lost.getMessage());
        }
        awaitNothingLeft();
    }

    @Test
    void afterTheAgentIsKilled() throws Exception {
        Process agent = SandboxMain.spawn(Optional.empty(), packageFolder, folder, "endless");
        try (BufferedReader said = agent.inputReader(StandardCharsets.UTF_8);
                OutputStream stdin = agent.getOutputStream()) {
            assertEquals("started", said.readLine());
            assertTrue(processes().size() >= 5, "the run has made a process of its own");

            agent.destroyForcibly().waitFor();
            stdin.flush();
        }
        awaitNothingLeft();
    }
}
