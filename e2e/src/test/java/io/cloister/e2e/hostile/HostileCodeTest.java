package io.cloister.e2e.hostile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.cloister.e2e.stage.Cast;
import io.cloister.e2e.stage.Checkout;
import io.cloister.e2e.stage.Enclaves;
import io.cloister.e2e.stage.Site;
import io.cloister.protocol.document.Outcome;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;

/// What a hostile Code Provider's program does to a Data Provider: one honest computation with
/// small limits whose enclave makes a run for each test. The secret module holds every attack, the
/// input says which one to try, and the receipt how it ended; after each, nothing is in clear at
/// the operator's, and the same enclave goes on to the next.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class HostileCodeTest {
    /// The name an attack gives its processes, which shows on the machine.
    private static final String LEFT_BEHIND = "cl-left-behind";

    private HostileRuns runs;
    private Site site;

    @BeforeAll
    void stage(@TempDir Path root) throws Exception {
        site = Site.open(root.resolve("site"), List.of(Checkout.runtime("bare")));
        runs = new HostileRuns(site, root.resolve("runs"));
    }

    @AfterAll
    void close() {
        if (runs != null) {
            runs.close();
        }
        if (site != null) {
            site.close();
        }
    }

    @Test
    void aConnectionToTheControlPlaneIsRefused() throws Exception {
        int port = site.proxy().uri().getPort();
        new Socket(InetAddress.getLoopbackAddress(), port).close();
        runs.assertRaises("OSError", "network", Integer.toString(port));
    }

    @Test
    void noSocketCanBeMade() throws Exception {
        runs.assertTells(
                "PermissionError PermissionError PermissionError PermissionError PermissionError",
                "sockets",
                "");
    }

    @Test
    void theVictimsKeyStoreOnTheSameMachineIsNotThere() throws Exception {
        Path keys;
        try (Stream<Path> files = Files.walk(runs.victimsHome())) {
            keys = files.filter(Files::isRegularFile).findFirst().orElseThrow();
        }
        runs.assertRaises("FileNotFoundError", "host_file", keys.toString());
    }

    @Test
    void noFolderOfTheHostIsThere() throws Exception {
        List<String> paths =
                List.of(
                        "/etc/passwd",
                        "/home",
                        "/var",
                        "/sys",
                        site.folder().toString(),
                        Checkout.image().lib().toString());
        runs.assertTells(
                String.join(" ", Collections.nCopies(paths.size(), "FileNotFoundError")),
                "host_files",
                String.join(":", paths));
    }

    @Test
    void theEnvironmentThatTheProcessWasStartedWithCannotBeRead() throws Exception {
        runs.assertRaises("PermissionError", "environment", "");
    }

    @Test
    void aConnectionToTheAgentCannotBeLeftOpen() throws Exception {
        runs.assertTells("PermissionError PermissionError", "descriptors", "");
    }

    @Test
    void nothingOfItReachesAFileOfThisMachine() throws Exception {
        runs.assertLeavesNoTrace();
    }

    @Test
    void aForkBombMeetsTheProcessLimit() throws Exception {
        runs.assertEnds(Outcome.LIMIT_PROCESSES, "fork_bomb");
    }

    @Test
    void aMemoryBombMeetsTheMemoryLimit() throws Exception {
        runs.assertEnds(Outcome.LIMIT_MEMORY, "memory_bomb");
    }

    @Test
    void anEndlessLoopInSeveralProcessesMeetsTheProcessorLimit() throws Exception {
        runs.assertEnds(Outcome.LIMIT_CPU, "endless_loop");
    }

    @Test
    void anEndlessWaitThatIgnoresSignalsMeetsTheWallClockLimit() throws Exception {
        runs.assertEnds(Outcome.LIMIT_WALL, "endless_wait");
    }

    @Test
    void aHugeOutputMeetsTheOutputLimit() throws Exception {
        runs.assertEnds(Outcome.LIMIT_OUTPUT, "huge_output");
    }

    @Test
    void whatIsPrintedOrRaisedWithoutAReaderLeavesWithNobody() throws Exception {
        runs.assertRaises("ValueError", "printing", "");
    }

    @Test
    void anExceptionsNameTellsNothingThatTheCodeMadeUp() throws Exception {
        runs.assertRaises("ValueError", "own_class", "");
    }

    @Test
    void noProcessIsAliveAfterTheRunThatMadeIt() throws Exception {
        runs.begin("left_behind", LEFT_BEHIND);
        assertTimeoutPreemptively(
                Cast.PATIENCE,
                () -> {
                    while (leftBehind().isEmpty()) {
                        Thread.onSpinWait();
                    }
                });
        assertEquals("gone", runs.result(runs.ended(Outcome.SUCCESS)));
        assertEquals(List.of(), leftBehind());
    }

    /// The processes on this machine that an attack gave its name.
    private static List<Path> leftBehind() throws IOException {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> processes =
                Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path process : processes) {
                if (name(process).equals(LEFT_BEHIND)) {
                    found.add(process);
                }
            }
        }
        return found;
    }

    private static String name(Path process) {
        try {
            return Files.readString(process.resolve("comm")).strip();
        } catch (IOException _) {
            return ""; // it has ended
        }
    }

    @Test
    void neitherTheAgentNorTheInterpretersKeeperCanBeReadOrTraced() throws Exception {
        List<Long> agents = Enclaves.running().stream().map(ProcessHandle::pid).toList();
        assertEquals(1, agents.size());
        runs.assertTells(
                "FileNotFoundError FileNotFoundError ProcessLookupError PermissionError"
                        + " PermissionError PermissionError PermissionError PermissionError",
                "agent_memory",
                agents.getFirst().toString());
    }
}
