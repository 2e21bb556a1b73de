package io.cloister.agent.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.protocol.document.IsolationLevel;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// The level above the usual one, where the agent is given a cgroup to divide: made here at the top
/// of the hierarchies, which takes a root that may.
final class CgroupTest {
    private static final Path HIERARCHIES = Path.of("/sys/fs/cgroup");
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final String TELLS =
            """
            cgroups Success[]
            no network
            no files
            1000 ['1', '2']
            b'input'
            ['CapEff:\\t0000000000000000\\n']
            """;

    @TempDir private Path folder;

    /// The groups that are given, and those that the agent is started in.
    private final List<Path> given = new ArrayList<>();

    private final List<Path> entered = new ArrayList<>();

    @BeforeEach
    void giveACgroup() throws IOException {
        String name = "cloister-test-" + ProcessHandle.current().pid() + "-" + System.nanoTime();
        try {
            if (Files.isDirectory(HIERARCHIES.resolve("memory"))) {
                for (String controller : List.of("memory", "pids")) {
                    given.add(make(HIERARCHIES.resolve(controller).resolve(name)));
                }
                entered.addAll(given);
            } else {
                Files.writeString(HIERARCHIES.resolve("cgroup.subtree_control"), "+memory +pids");
                given.add(make(HIERARCHIES.resolve(name)));
                entered.add(make(given.getFirst().resolve("agent")));
            }
        } catch (IOException e) {
            removeThem();
            Assumptions.abort("no cgroup can be made here: " + e.getMessage());
        }
    }

    private static Path make(Path group) throws IOException {
        return Files.createDirectory(group);
    }

    @AfterEach
    void removeThem() throws IOException {
        for (Path group : Stream.concat(entered.stream(), given.stream()).distinct().toList()) {
            awaitEmpty(group);
            Files.delete(group);
        }
    }

    private static void awaitEmpty(Path group) throws IOException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!Files.readString(group.resolve("cgroup.procs")).isEmpty()
                && System.nanoTime() < end) {
            Thread.onSpinWait();
        }
    }

    private List<Path> sandboxes() throws IOException {
        List<Path> found = new ArrayList<>();
        for (Path group : given) {
            try (Stream<Path> entries = Files.list(group)) {
                entries.filter(entry -> entry.getFileName().toString().startsWith("sandbox-"))
                        .forEach(found::add);
            }
        }
        return found;
    }

    private void awaitNoSandbox() throws IOException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!sandboxes().isEmpty() && System.nanoTime() < end) {
            Thread.onSpinWait();
        }
        assertEquals(List.of(), sandboxes());
    }

    private Process agent(
            Optional<Integer> user, Path packageFolder, Path place, String classPath, String what)
            throws IOException {
        List<String> command = new ArrayList<>(List.of("/bin/sh", "-c"));
        var enter = new StringBuilder();
        entered.forEach(
                group -> enter.append("echo $$ > ").append(group).append("/cgroup.procs && "));
        command.add(enter + "exec \"$@\"");
        command.add("sh");
        user.ifPresent(uid ->
                command.addAll(
                        List.of("setpriv", "--reuid=" + uid, "--regid=" + uid, "--clear-groups")));
        command.addAll(SandboxMain.command(classPath, packageFolder, place, what));
        var builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("PATH", "/usr/bin:/bin");
        return builder.start();
    }

    private Process agent(String what) throws IOException {
        TestPython.interpreter();
        return agent(
                Optional.empty(),
                TestPython.packageFolder(),
                folder,
                SandboxMain.classPath(),
                what);
    }

    private static String saidBy(Process agent) throws IOException, InterruptedException {
        String said = new String(agent.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        agent.waitFor();
        return said;
    }

    @Test
    void isHadWhereTheAgentIsGivenAGroupAndIsGoneWithTheSandbox() throws Exception {
        assertEquals(TELLS, saidBy(agent("telling")));
        assertEquals(List.of(), sandboxes());
    }

    @Test
    void isHadByAnOrdinaryUserWhoseGroupItIs() throws Exception {
        OrdinaryUserTest.asOrdinaryUser((classPath, packageFolder, place) -> {
            for (Path group : Stream.concat(given.stream(), entered.stream()).distinct().toList()) {
                for (String file : List.of(".", "cgroup.procs", "cgroup.subtree_control")) {
                    if (Files.exists(group.resolve(file))) {
                        Files.setAttribute(group.resolve(file), "unix:uid", OrdinaryUserTest.USER);
                    }
                }
            }
            assertEquals(
                    TELLS,
                    saidBy(
                            agent(
                                    Optional.of(OrdinaryUserTest.USER),
                                    packageFolder,
                                    place,
                                    classPath,
                                    "telling")));
            assertEquals(List.of(), sandboxes());
        });
    }

    @Test
    void boundsTheMemoryAndTheTasksOfAllThatIsInTheSandboxAndOutlivesNobody() throws Exception {
        Process agent = agent("endless");
        BufferedReader said = agent.inputReader(StandardCharsets.UTF_8);
        assertEquals("started", said.readLine());
        for (Path group : sandboxes()) {
            // The keeper, the init, the interpreter and its child.
            assertEquals(4, Files.readAllLines(group.resolve("cgroup.procs")).size());
        }
        assertEquals(
                Long.toString((256 + 256) << 20), first("memory.max", "memory.limit_in_bytes"));
        assertEquals("258", first("pids.max"));

        agent.destroyForcibly().waitFor();
        awaitNoSandbox();
    }

    private String first(String... names) throws IOException {
        for (Path group : sandboxes()) {
            for (String name : names) {
                if (Files.exists(group.resolve(name))) {
                    return Files.readString(group.resolve(name)).strip();
                }
            }
        }
        throw new AssertionError("none of " + List.of(names) + " in " + sandboxes());
    }

    @Test
    void aRunThatTheKernelKillsForItsMemoryEndsByThatLimit() throws Exception {
        Process agent = agent("growing");
        BufferedReader said = agent.inputReader(StandardCharsets.UTF_8);
        assertEquals("started", said.readLine());
        long used = Long.parseLong(first("memory.current", "memory.usage_in_bytes"));
        for (Path group : sandboxes()) {
            for (String name : List.of("memory.max", "memory.limit_in_bytes")) {
                if (Files.exists(group.resolve(name))) {
                    Files.writeString(group.resolve(name), Long.toString(used + (16 << 20)));
                }
            }
        }
        assertEquals("cgroups LimitReached[limit=MEMORY]", said.readLine());
        agent.waitFor();
        assertEquals(List.of(), sandboxes());
    }

    @Test
    void isRefusedWhereItIsDemandedAndNoGroupWasGiven() throws Exception {
        Assumptions.assumeFalse(
                Files.readString(Path.of("/proc/self/cgroup")).contains("/cloister"),
                "these tests were started in such a group");
        SandboxSettings settings = Run.of("pass").settings().withLeast(IsolationLevel.CGROUPS);
        SandboxException refused =
                assertThrows(SandboxException.class, () -> Sandbox.start(settings).close());
        assertTrue(
                String.valueOf(refused.getMessage())
                        .endsWith(
                                "is not one to be divided. Start the server in a cgroup of its own"
                                        + " whose name begins with cloister, with memory and pids"
                                        + " delegated"),
                refused.getMessage());
        assertEquals(IsolationLevel.NAMESPACES, levelOf(Run.of("pass").settings()));
    }

    private static IsolationLevel levelOf(SandboxSettings settings) throws SandboxException {
        try (Sandbox sandbox = Sandbox.start(settings)) {
            return sandbox.level();
        }
    }
}
