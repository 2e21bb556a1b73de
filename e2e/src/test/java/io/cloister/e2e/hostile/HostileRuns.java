package io.cloister.e2e.hostile;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cloister.client.DataDesk;
import io.cloister.client.OpenedFile;
import io.cloister.client.ResultDesk;
import io.cloister.client.server.Progress;
import io.cloister.e2e.stage.Cast;
import io.cloister.e2e.stage.HostTraces;
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

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/// What a hostile Code Provider's program does to a Data Provider: one honest computation with
/// small limits whose enclave makes as many runs as are asked for. The secret module holds every
/// attack, the input says which one to try, and the receipt how it ended.
public final class HostileRuns implements AutoCloseable {
    private static final String RUN =
            """
            from cosmian_lib_sgx import Enclave

            with Enclave() as enclave:
                import attacks

                attacks.begin(enclave)
            """;

    private static final String ATTACKS =
            """
            import _socket, ctypes, os, signal, socket, struct, sys, time

            libc = ctypes.CDLL(None, use_errno=True)


            def begin(enclave):
                attack, argument, secret = next(iter(enclave.read())).read().decode().split("\\n")
                globals()["attack_" + attack](enclave, argument, secret)


            def told(enclave, attempts):
                enclave.write(attempted(attempts).encode())


            def attempted(attempts):
                said = []
                for attempt in attempts:
                    try:
                        attempt()
                        said.append("done")
                    except Exception as failure:
                        said.append(type(failure).__name__)
                return " ".join(said)


            def sent(over, what, *descriptors):
                rights = [(1, 1, struct.pack("i", one)) for one in descriptors]
                _socket.socket.sendmsg(over, what, rights)


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


            def core(argument):
                loader = socket.socket(fileno=os.dup(3))
                return attempted(
                    [
                        socket.socket,
                        lambda: sent(loader, [b"x"], 1),
                        lambda: os.execv("/proc/self/exe", ["python3"]),
                        lambda: os.stat(argument),
                        lambda: os.stat("/etc/passwd"),
                        lambda: open("/proc/1/mem", "rb"),
                        lambda: kernel(libc.unshare(0x10000000)),
                        lambda: kernel(libc.mount(b"none", b"/tmp", b"tmpfs", 0, None)),
                    ],
                )


            def attack_descriptors(enclave, argument, secret):
                loader = socket.socket(fileno=os.dup(3))
                told(
                    enclave,
                    [
                        lambda: sent(loader, [b"\\xff"], 1),
                        lambda: sent(loader, [b"\\xff"]),
                    ],
                )


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


            def attack_traces(enclave, argument, secret, before=""):
                import importlib, mmap, py_compile, tempfile

                end, *machines = argument.split(":")
                sys.dont_write_bytecode = False
                secret += carrier()
                said = []
                own = ["", "/tmp", os.path.expanduser("~"), "/dev/shm", tempfile.gettempdir()]
                for folder in own + ["/", "/var/tmp", "/run", "/runtime", "/cloister", *machines]:
                    try:
                        path = os.path.join(folder, "left-behind.py")
                        with open(path, "w+b") as file:
                            file.write(f"LEFT = {secret!r}  #".encode().ljust(1 << 14))
                            file.flush()
                            os.fsync(file.fileno())
                            with mmap.mmap(file.fileno(), 0) as mapped:
                                mapped[1 << 13 : (1 << 13) + len(secret)] = secret.encode()
                                mapped.flush()
                        py_compile.compile(path, doraise=True)
                        said.append("written" if folder in own else "WRITTEN " + folder)
                    except OSError:
                        said.append("refused")
                sys.path.insert(0, "/tmp")
                importlib.import_module("left_behind_twice")

                if end == "crash":
                    ctypes.string_at(0)
                if end == "abort":
                    os.abort()
                enclave.write((before + " ".join(said)).encode())


            def attack_core(enclave, argument, secret):
                end, site, *_ = argument.split(":")
                attack_traces(enclave, argument, secret, core(site) + " ")


            def carrier():
                open("/tmp/left_behind_twice.py", "w").write("import hidden_carrier")
                import hidden_carrier

                return hidden_carrier.CARRIED
            """;

    private static final String LEFT_ONLY_INSIDE =
            "written written written written written"
                    + " refused refused refused refused refused refused refused";

    private static final String CARRIER = "hidden_carrier";
    private final Email coder = new Email("coder@example.org");
    private final Email victim = new Email("victim@example.org");
    private final String marker = "clear-data-marker-" + UUID.randomUUID();
    private final String carried = "clear-code-marker-" + UUID.randomUUID();
    private final Path folder;
    private final Site site;
    private final Cast cast;
    private final String first;
    private long runs;

    /// Starts it at a site, with a first run that does no harm.
    ///
    /// @param folder of this test alone
    HostileRuns(Site site, Path folder) throws Exception {
        this(site, folder, "bare", 100, "none");
        assertEquals(marker, first);
    }

    /// @param runtime its Python packages
    /// @param times how many runs there may be
    /// @param attack what the first run tries; it succeeds
    private HostileRuns(Site site, Path folder, String runtime, long times, String attack)
            throws Exception {
        this.site = site;
        this.folder = folder;
        Path code = Files.createDirectories(folder.resolve("play/code"));
        Files.writeString(code.resolve("run.py"), RUN);
        Files.writeString(code.resolve("attacks.py"), ATTACKS);
        Files.writeString(code.resolve(CARRIER + ".py"), "CARRIED = '%s'\n".formatted(carried));
        var play =
                new Play(
                        "Hostile",
                        runtime,
                        new Roster(coder, List.of(victim), List.of(victim)),
                        code,
                        Map.of(victim, List.of(order(attack, "end:" + places()))),
                        smallTerms(times, runtime.equals("bare") ? 256L << 20 : 1L << 30));
        Cast begun = Cast.proposing(site, play, folder.resolve("homes"));
        try {
            cast = begun.played();
            runs = 1;
            first = result(ended(Outcome.SUCCESS));
        } catch (Exception | AssertionError e) {
            begun.close();
            throw e;
        }
    }

    @Override
    public void close() {
        cast.close();
    }

    /// Tries to gain what a run may not have, then takes too much of everything, and crashes.
    public static void assertGainNothing(Site site, Path folder, String runtime) throws Exception {
        HostTraces traces = HostTraces.from(Clock.systemUTC().instant());
        try (var runs = new HostileRuns(site, folder, runtime, 100, "core")) {
            runs.assertEnds(Outcome.LIMIT_MEMORY, "memory_bomb");
            runs.assertEnds(Outcome.LIMIT_PROCESSES, "fork_bomb");
            runs.assertEnds(Outcome.LIMIT_CPU, "endless_loop");
            runs.assertEnds(Outcome.LIMIT_OUTPUT, "huge_output");
            runs.assertEnds(Outcome.CRASH, "traces", "crash:" + runs.places());
            runs.assertGainedNothing(traces);
        }
    }

    private void assertGainedNothing(HostTraces traces) throws Exception {
        assertEquals(
                "PermissionError PermissionError PermissionError FileNotFoundError"
                        + " FileNotFoundError PermissionError PermissionError PermissionError "
                        + LEFT_ONLY_INSIDE,
                first);
        assertNone(traces);
    }

    /// Where the victim has their keys.
    Path victimsHome() {
        return folder.resolve("homes").resolve(victim.value());
    }

    /// Tries to leave data and secret code wherever it can, by files, maps, compiled modules and
    /// the core of a crash, then searches all files of this machine that were changed meanwhile.
    void assertLeavesNoTrace() throws Exception {
        HostTraces traces = HostTraces.from(Clock.systemUTC().instant());
        assertTells(LEFT_ONLY_INSIDE, "traces", "end:" + places());
        for (String end : List.of("crash", "abort")) {
            assertEnds(Outcome.CRASH, "traces", end + ":" + places());
        }
        assertNone(traces);
    }

    /// Folders of this machine that nothing may be left in.
    private String places() {
        return site.folder() + ":" + victimsHome();
    }

    private void assertNone(HostTraces traces) throws Exception {
        site.assertNothingInClear();
        assertEquals(
                List.of(),
                traces.holding(List.of(marker, carried, CARRIER), List.of(folder, site.folder())));
    }

    private static Terms smallTerms(long times, long memory) {
        Terms terms = Terms.defaults(Clock.systemUTC().instant());
        return terms.toBuilder()
                .runs(times)
                .cpuSeconds(1)
                .memoryBytes(memory)
                .processes(4)
                .wallSeconds(5)
                .outputBytes(1L << 20)
                .dataMayChange(true)
                .build();
    }

    /// An input that tells the code what to try, and has something to give away.
    private Path order(String attack, String argument) throws IOException {
        return Files.writeString(
                folder.resolve("play/order.txt"), attack + "\n" + argument + "\n" + marker);
    }

    /// Gives the next run an input that tells the code what to try.
    void begin(String attack, String argument) throws Exception {
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
    Receipt ended(Outcome outcome) throws Exception {
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
    String result(Receipt receipt) throws Exception {
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

    void assertEnds(Outcome outcome, String attack) throws Exception {
        assertEnds(outcome, attack, "");
    }

    private void assertEnds(Outcome outcome, String attack, String argument) throws Exception {
        begin(attack, argument);
        ended(outcome);
    }

    void assertRaises(String exception, String attack, String argument) throws Exception {
        begin(attack, argument);
        assertEquals(Optional.of(exception), ended(Outcome.EXCEPTION).report().exception());
    }

    void assertTells(String expected, String attack, String argument) throws Exception {
        begin(attack, argument);
        assertEquals(expected, result(ended(Outcome.SUCCESS)));
    }
}
