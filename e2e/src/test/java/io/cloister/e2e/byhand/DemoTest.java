package io.cloister.e2e.byhand;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import io.cloister.e2e.operator.Answers;
import io.cloister.e2e.stage.Checkout;
import io.cloister.launcher.runtime.RuntimeUnavailableException;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// `demo` as whoever tries Cloister first sees it: a process, its output, and what it leaves.
@Timeout(value = 8, unit = TimeUnit.MINUTES)
final class DemoTest {
    @TempDir private Path temporary;
    @TempDir private Path folder;
    private Shell shell;

    @BeforeEach
    void offerTheRuntime() throws Exception {
        try {
            Checkout.runtime("base");
        } catch (RuntimeUnavailableException e) {
            abort("the demo's Python packages can't be had here: " + e.getMessage());
        }
        shell =
                Shell.in(folder.resolve("checkout"))
                        .export("CLOISTER_JAVA_OPTIONS", "-Djava.io.tmpdir=" + temporary)
                        .export("TMPDIR", temporary.toString());
    }

    @Test
    void playsAWholeComputationAndLeavesNothing() throws Exception {
        String out = shell.run("./cloister demo").out();
        int at = 0;
        for (String part :
                List.of(
                        "1. owner@example.org proposes",
                        "coder@example.org joins",
                        "clinic@example.org joins",
                        "laboratory@example.org joins",
                        "institute@example.org joins",
                        "sponsor@example.org joins",
                        "coder@example.org brings the code",
                        "clinic@example.org brings data",
                        "laboratory@example.org brings data",
                        "owner@example.org checks everyone's card and signs",
                        "clinic@example.org verifies agreement and enclave, and approves",
                        "simulated",
                        "institute@example.org gets the result",
                        expected().getFirst(),
                        expected().getLast(),
                        "sponsor@example.org gets the result",
                        "Verified: run 1",
                        "Searched them for patients, the method and file names: 0 found.")) {
            int found = out.indexOf(part, at);
            assertTrue(found >= 0, () -> "no \"" + part + "\" in its place in\n" + out);
            at = found;
        }
        assertNothingIsLeft();
    }

    /// The first lines of the result, which the demo shows.
    private static List<String> expected() throws Exception {
        return Files.readAllLines(Checkout.root().resolve("examples/join/expected/institute"))
                .stream()
                .limit(6)
                .toList();
    }

    @Test
    void saysInOneObjectWhatCameOfIt() throws Exception {
        Json said =
                Json.parse(
                        shell.run("./cloister demo --json").out().getBytes(StandardCharsets.UTF_8),
                        JsonLimits.MESSAGE,
                        "demo");
        assertEquals(Json.of(0), Answers.member(said, "clearTextsFoundAtServer"));
        assertEquals(2, ((Json.Arr) Answers.member(said, "results")).elements().size());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "2. ", // everyone joins
                "7. coder@example.org brings",
                "11. coder@example.org verifies", // an enclave starts
                "   Sealed a grant for " // it holds a grant
            })
    void leavesNothingWhenInterrupted(String line) throws Exception {
        try (Shell.Background demo = shell.start("demo", "./cloister demo")) {
            demo.awaitLine(line);
            List<ProcessHandle> family = demo.process().descendants().toList();
            assertNotEquals(0, demo.end("INT"));
            for (ProcessHandle one : family) {
                one.onExit().get(Shell.PATIENCE.toSeconds(), TimeUnit.SECONDS);
            }
        }
        assertNothingIsLeft();
    }

    private void assertNothingIsLeft() throws Exception {
        try (Stream<Path> left = Files.list(temporary)) {
            assertEquals(List.of(), left.filter(it -> !isOfTheJvm(it)).toList());
        }
        assertEquals(List.of(), processes());
    }

    /// What the Java runtime itself keeps in the system's temporary folder.
    private static boolean isOfTheJvm(Path file) {
        return file.getFileName().toString().startsWith("hsperfdata_");
    }

    /// Every process whose command line names this test's temporary folder.
    private List<String> processes() {
        return ProcessHandle.allProcesses()
                .map(process -> process.pid() + " " + process.info().commandLine().orElse(""))
                .filter(line -> line.contains(temporary.toString()))
                .toList();
    }
}
