package io.cloister.e2e.hostile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.cloister.client.DataDesk;
import io.cloister.client.OpenedFile;
import io.cloister.client.ResultDesk;
import io.cloister.client.server.Progress;
import io.cloister.e2e.stage.Cast;
import io.cloister.e2e.stage.Checkout;
import io.cloister.e2e.stage.Enclaves;
import io.cloister.e2e.stage.Play;
import io.cloister.e2e.stage.Site;
import io.cloister.protocol.Email;
import io.cloister.protocol.document.FileName;
import io.cloister.protocol.document.Outcome;
import io.cloister.protocol.document.Receipt;
import io.cloister.protocol.document.Roster;
import io.cloister.protocol.document.Terms;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.dsse.Signed;

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
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// What a hostile Code Provider's program does to a Data Provider: one honest computation with
/// small limits whose enclave makes a run for each test. The secret module holds every attack, the
/// input says which one to try, and the receipt how it ended; after each, nothing is in clear at
/// the operator's, and the same enclave goes on to the next.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class HostileCodeTest {
    private static final String MARKER = "clear-data-marker-of-the-victim";

    /// The name an attack gives its processes, which shows on the machine.
    private static final String LEFT_BEHIND = "cl-left-behind";

    private static final String RUN =
            """
            from cosmian_lib_sgx import Enclave

            with Enclave() as enclave:
                import attacks

                attacks.begin(enclave)
            """;

    private static final String ATTACKS =
            """
            import ctypes, os, signal, socket, sys, time

            libc = ctypes.CDLL(None, use_errno=True)


            def begin(enclave):
                attack, argument, secret = next(iter(enclave.read())).read().decode().split("\\n")
                globals()["attack_" + attack](enclave, argument, secret)


            def told(enclave, attempts):
                said = []
                for attempt in attempts:
                    try:
                        attempt()
                        said.append("done")
                    except Exception as failure:
                        said.append(type(failure).__name__)
                enclave.write(" ".join(said).encode())


            def kernel(result):
                if result < 0:
                    raise OSError(ctypes.get_errno(), "refused by the kernel")


            def attack_none(enclave, argument, secret):
                enclave.write(secret.encode())


            def attack_network(enclave, argument, secret):
                with socket.create_connection(("127.0.0.1", int(argument))) as connection:
                    connection.sendall(secret.encode())


            def attack_sockets(enclave, argument, secret):
                told(enclave, [lambda kind=kind: socket.socket(kind, socket.SOCK_DGRAM) for kind in (1, 2, 10, 16, 40)])


            def attack_host_file(enclave, argument, secret):
                enclave.write(open(argument, "rb").read())


            def attack_host_files(enclave, argument, secret):
                told(enclave, [lambda path=path: os.stat(path) for path in argument.split(":")])


            def attack_environment(enclave, argument, secret):
                enclave.write(open("/proc/self/environ", "rb").read())


            def attack_fork_bomb(enclave, argument, secret):
                while True:
                    try:
                        os.fork()
                    except OSError:
                        time.sleep(1)


            def attack_memory_bomb(enclave, argument, secret):
                kept = []
                while True:
                    kept.append(bytes(1 << 20))


            def attack_endless_loop(enclave, argument, secret):
                os.fork()
                os.fork()
                while True:
                    pass


            def attack_endless_wait(enclave, argument, secret):
                for number in set(range(1, 32)) - {9, 19}:
                    signal.signal(number, signal.SIG_IGN)
                time.sleep(1_000)


            def attack_huge_output(enclave, argument, secret):
                while True:
                    enclave.write(secret.encode() * 10_000)


            def attack_printing(enclave, argument, secret):
                for stream in (sys.stdout, sys.stderr):
                    print(secret, file=stream, flush=True)
                os.write(1, secret.encode())
                raise ValueError(secret)


            def attack_own_class(enclave, argument, secret):
                raise type(secret.replace("-", "_"), (ValueError,), {})(secret)


            def attack_left_behind(enclave, argument, secret):
                for _ in range(2):
                    if os.fork() == 0:
                        os.setsid()
                        if os.fork():
                            os._exit(0)
                        libc.prctl(15, argument.encode(), 0, 0, 0)
                        for number in set(range(1, 32)) - {9, 19}:
                            signal.signal(number, signal.SIG_IGN)
                        os.closerange(0, 64)
                        while True:
                            time.sleep(1)
                time.sleep(1)
                enclave.write(b"gone")


            def attack_agent_memory(enclave, argument, secret):
                trace, read = (101, 310) if os.uname().machine == "x86_64" else (117, 270)
                told(
                    enclave,
                    [
                        lambda: open(f"/proc/{argument}/mem", "rb"),
                        lambda: open(f"/proc/{argument}/environ", "rb"),
                        lambda: os.kill(int(argument), 9),
                        lambda: open("/proc/1/mem", "rb"),
                        lambda: open("/proc/self/mem", "rb"),
                        lambda: kernel(libc.syscall(trace, 16, int(argument), 0, 0)),
                        lambda: kernel(libc.syscall(trace, 16, 1, 0, 0)),
                        lambda: kernel(libc.syscall(read, int(argument), 0, 0, 0, 0, 0)),
                    ],
                )
            """;

    private final Email coder = new Email("coder@example.org");
    private final Email victim = new Email("victim@example.org");
    private Path folder;
    private Site site;
    private Cast cast;
    private long runs;

    @BeforeAll
    void stage(@TempDir Path root) throws Exception {
        folder = root;
        Path code = Files.createDirectories(folder.resolve("play/code"));
        Files.writeString(code.resolve("run.py"), RUN);
        Files.writeString(code.resolve("attacks.py"), ATTACKS);
        var play =
                new Play(
                        "Hostile",
                        "bare",
                        new Roster(coder, List.of(victim), List.of(victim)),
                        code,
                        Map.of(victim, List.of(order("none", ""))),
                        smallTerms());
        site = Site.open(folder.resolve("site"), List.of(Checkout.runtime("bare")));
        cast = Cast.proposing(site, play, folder.resolve("homes")).played();
        runs = 1;
        assertEquals(MARKER, result(ended(Outcome.SUCCESS)));
    }

    @AfterAll
    void close() {
        if (cast != null) {
            cast.close();
        }
        if (site != null) {
            site.close();
        }
    }

    private static Terms smallTerms() {
        Terms terms = Terms.defaults(Clock.systemUTC().instant());
        return new Terms(
                100,
                terms.notAfter(),
                terms.cores(),
                1,
                256L << 20,
                4,
                5,
                1L << 20,
                terms.isolation(),
                terms.inputMode(),
                true,
                List.of(),
                List.of());
    }

    /// An input that tells the code what to try, and has something to give away.
    private Path order(String attack, String argument) throws IOException {
        return Files.writeString(
                folder.resolve("play/order.txt"), attack + "\n" + argument + "\n" + MARKER);
    }

    /// Gives the next run an input that tells the code what to try.
    private void begin(String attack, String argument) throws Exception {
        runs++;
        DataDesk desk = cast.seat(victim).data();
        desk.reset();
        desk.push(
                List.of(new DataDesk.Upload(order(attack, argument), new FileName("order.txt"))),
                Progress.NONE);
        desk.submit(runs);
    }

    /// The verified receipt of the run that was begun last, which ended so; nothing but a result of
    /// a success leaves.
    private Receipt ended(Outcome outcome) throws Exception {
        ResultDesk desk = cast.seat(victim).results();
        ResultDesk.Run run = desk.await(runs, Cast.PATIENCE);
        Envelope envelope = desk.receipt(run.identity(), runs);
        assertEquals(run.receipt(), envelope.digest());
        Receipt receipt = Signed.readUnverified(envelope, Receipt.TYPE);
        assertEquals(outcome, receipt.report().outcome(), () -> receipt.report().toString());
        assertEquals(
                outcome == Outcome.SUCCESS
                        ? List.of(Receipt.Kind.INDEX, Receipt.Kind.RESULT)
                        : List.of(),
                receipt.outputs().stream().map(Receipt.Output::kind).toList());
        return receipt;
    }

    /// What the victim, who is the only consumer, gets of a run that succeeded.
    private String result(Receipt receipt) throws Exception {
        var delivery =
                new ResultDesk.Delivery(
                        folder.resolve("results" + runs), Optional.empty(), false, false);
        List<OpenedFile> files =
                cast.seat(victim)
                        .results()
                        .get(receipt.identityDigest(), runs, delivery, Progress.NONE)
                        .files();
        assertEquals(1, files.size());
        return Files.readString(files.getFirst().path());
    }

    private void assertEnds(Outcome outcome, String attack) throws Exception {
        begin(attack, "");
        ended(outcome);
    }

    private void assertRaises(String exception, String attack, String argument) throws Exception {
        begin(attack, argument);
        assertEquals(Optional.of(exception), ended(Outcome.EXCEPTION).report().exception());
    }

    private void assertTells(String expected, String attack, String argument) throws Exception {
        begin(attack, argument);
        assertEquals(expected, result(ended(Outcome.SUCCESS)));
    }

    @Test
    void aConnectionToTheControlPlaneIsRefused() throws Exception {
        int port = site.proxy().uri().getPort();
        new Socket(InetAddress.getLoopbackAddress(), port).close();
        assertRaises("OSError", "network", Integer.toString(port));
    }

    @Test
    void noSocketCanBeMade() throws Exception {
        assertTells(
                "PermissionError PermissionError PermissionError PermissionError PermissionError",
                "sockets",
                "");
    }

    @Test
    void theVictimsKeyStoreOnTheSameMachineIsNotThere() throws Exception {
        Path keys;
        try (Stream<Path> files = Files.walk(folder.resolve("homes").resolve(victim.value()))) {
            keys = files.filter(Files::isRegularFile).findFirst().orElseThrow();
        }
        assertRaises("FileNotFoundError", "host_file", keys.toString());
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
        assertTells(
                String.join(" ", Collections.nCopies(paths.size(), "FileNotFoundError")),
                "host_files",
                String.join(":", paths));
    }

    @Test
    void theEnvironmentThatTheProcessWasStartedWithCannotBeRead() throws Exception {
        assertRaises("PermissionError", "environment", "");
    }

    @Test
    void aForkBombMeetsTheProcessLimit() throws Exception {
        assertEnds(Outcome.LIMIT_PROCESSES, "fork_bomb");
    }

    @Test
    void aMemoryBombMeetsTheMemoryLimit() throws Exception {
        assertEnds(Outcome.LIMIT_MEMORY, "memory_bomb");
    }

    @Test
    void anEndlessLoopInSeveralProcessesMeetsTheProcessorLimit() throws Exception {
        assertEnds(Outcome.LIMIT_CPU, "endless_loop");
    }

    @Test
    void anEndlessWaitThatIgnoresSignalsMeetsTheWallClockLimit() throws Exception {
        assertEnds(Outcome.LIMIT_WALL, "endless_wait");
    }

    @Test
    void aHugeOutputMeetsTheOutputLimit() throws Exception {
        assertEnds(Outcome.LIMIT_OUTPUT, "huge_output");
    }

    @Test
    void whatIsPrintedOrRaisedWithoutAReaderLeavesWithNobody() throws Exception {
        assertRaises("ValueError", "printing", "");
    }

    @Test
    void anExceptionsNameTellsNothingThatTheCodeMadeUp() throws Exception {
        assertRaises("ValueError", "own_class", "");
    }

    @Test
    void noProcessIsAliveAfterTheRunThatMadeIt() throws Exception {
        begin("left_behind", LEFT_BEHIND);
        assertTimeoutPreemptively(
                Cast.PATIENCE,
                () -> {
                    while (leftBehind().isEmpty()) {
                        Thread.onSpinWait();
                    }
                });
        assertEquals("gone", result(ended(Outcome.SUCCESS)));
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
        assertTells(
                "FileNotFoundError FileNotFoundError ProcessLookupError PermissionError"
                        + " PermissionError PermissionError PermissionError PermissionError",
                "agent_memory",
                agents.getFirst().toString());
    }
}
