package io.cloister.e2e.byhand;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.client.ApprovalDesk;
import io.cloister.client.ResultDesk;
import io.cloister.e2e.stage.Cast;
import io.cloister.e2e.stage.Checkout;
import io.cloister.e2e.stage.Play;
import io.cloister.e2e.stage.Site;
import io.cloister.protocol.Email;
import io.cloister.protocol.document.Outcome;
import io.cloister.protocol.document.Receipt;
import io.cloister.protocol.document.Roster;
import io.cloister.protocol.document.Terms;
import io.cloister.protocol.dsse.Signed;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// What works by `code test` works in an enclave, what fails there fails in an enclave for the same
/// reason, and a failed computation can be mended.
final class CodeTestTest {
    private static final JsonLimits LIMITS = new JsonLimits(1 << 20, 16, 10_000);
    private static final Email ALICE = new Email("alice@example.org");
    private static final Email CODER = new Email("coder@example.org");
    private static final Email CAROL = new Email("carol@example.org");

    @TempDir Path folder;

    /// What a failed run tells everyone, and what its author reads by `code test` alone.
    ///
    /// @param text in the traceback, or in what the code printed
    record Told(Outcome outcome, Optional<String> exception, Optional<Long> line, String text) {
        static Told exception(String name, long line, String text) {
            return new Told(Outcome.EXCEPTION, Optional.of(name), Optional.of(line), text);
        }

        static Told other(Outcome outcome, String text) {
            return new Told(outcome, Optional.empty(), Optional.empty(), text);
        }

        /// What the receipt has of it.
        Told toEveryone() {
            return new Told(outcome, exception, line, "");
        }
    }

    /// Code that fails.
    record Bad(String name, String run, Told told) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static Bad inside(String name, String body, Told told) {
        return new Bad(
                name,
                "from cloister import Enclave\n"
                        + "import atexit, os, sys, threading\n"
                        + "with Enclave() as enclave:\n"
                        + body.indent(4),
                told);
    }

    static Stream<Bad> badCode() {
        return Stream.of(
                inside(
                        "import",
                        "import broken_module",
                        Told.exception("ZeroDivisionError", 4, "<encrypted broken_module>")),
                inside(
                        "exit handler",
                        "atexit.register(lambda: {}['gone'])",
                        Told.exception("KeyError", 4, "KeyError: 'gone'")),
                inside(
                        "thread",
                        "threading.Thread(target=lambda: [].pop()).start()",
                        Told.exception("IndexError", 4, "pop from empty list")),
                inside(
                        "signal",
                        "os.abort()",
                        Told.other(Outcome.CRASH, "ended by SIGABRT (signal 6)")),
                inside(
                        "exit with a text",
                        "sys.exit('no such study')",
                        Told.other(Outcome.EXIT, "no such study")),
                inside(
                        "wrong type",
                        "enclave.write('text')",
                        Told.exception("UserError", 4, "write text.encode()")),
                inside(
                        "provider that isn't there",
                        "list(enclave.read(3))",
                        Told.exception("UserError", 4, "there is no Data Provider 3")),
                inside(
                        "no result",
                        "enclave.inputs",
                        Told.other(Outcome.NO_OUTPUT, "neither write() nor output() was called")),
                new Bad(
                        "outside the block",
                        """
                        from cloister import Enclave
                        def main():
                            import secret_module
                        main()
                        """,
                        Told.exception(
                                "ModuleNotFoundError", 3, "import it inside `with Enclave()`")),
                new Bad(
                        "never entering the block",
                        "print('done')\n",
                        Told.other(Outcome.NO_OUTPUT, "run.py never entered `with Enclave()`")));
    }

    private Path project(String run) throws Exception {
        Path code = Files.createDirectories(folder.resolve("project"));
        Files.writeString(code.resolve("run.py"), run);
        Files.writeString(
                code.resolve("secret_module.py"),
                "def shout(text):\n    return text.read().upper()\n");
        Files.writeString(code.resolve("broken_module.py"), "rate = 1 / 0\n");
        return code;
    }

    private Path data() throws Exception {
        return Files.writeString(folder.resolve("words.txt"), "clear-words-of-alice");
    }

    private Play play(Path code) throws Exception {
        return new Play(
                "Test",
                "bare",
                new Roster(CODER, List.of(ALICE), List.of(CAROL)),
                code,
                Map.of(ALICE, List.of(data())),
                Terms.defaults(Clock.systemUTC().instant()));
    }

    private static Fields json(Shell.Outcome outcome) throws Exception {
        return Fields.of(
                Json.parse(outcome.lastLine().getBytes(StandardCharsets.UTF_8), LIMITS, "test"),
                "test");
    }

    private static Fields onlyRun(Shell.Outcome outcome) throws Exception {
        return json(outcome).list("runs", 1, Fields::of).getFirst();
    }

    private static Told told(Receipt.Report report) {
        return new Told(report.outcome(), report.exception(), report.line(), "");
    }

    @ParameterizedTest
    @MethodSource("badCode")
    void badCodeIsReportedAlikeHereAndInAnEnclave(Bad bad) throws Exception {
        Path code = project(bad.run());
        Told expected = bad.told().toEveryone();
        Shell shell = Shell.in(folder.resolve("shell"));
        Shell.Outcome here =
                shell.attempt(
                        "./cloister code test --json --runtime bare --data " + data() + " " + code);
        assertEquals(14, here.exit(), here::toString);
        Fields run = onlyRun(here);
        Receipt.Report report = Receipt.Report.read(run.any("report"), "report");
        assertEquals(expected, told(report));
        // Everyone's figures are the exact ones, rounded up.
        assertTrue(run.integer("wallMillis", 0, 60_000) <= report.wallSeconds() * 1_000, here::out);
        assertTrue(run.integer("cpuMillis", 0, 60_000) <= report.cpuSeconds() * 1_000, here::out);
        long memory = run.integer("peakMemoryBytes", 1, 1 << 30);
        assertTrue(
                memory <= report.peakMemoryBytes() && report.peakMemoryBytes() < 2 * memory,
                here::out);
        String seen = (run.has("traceback") ? run.string("traceback", 0, 70_000) : "") + here.err();
        assertTrue(seen.contains(bad.told().text()), seen);

        try (Site site = Site.open(folder.resolve("site"), List.of(Checkout.runtime("bare")));
                Cast cast = Cast.proposing(site, play(code), folder.resolve("homes")).played()) {
            assertEquals(expected, told(report(cast)));
        }
    }

    private static Receipt.Report report(Cast cast) throws Exception {
        ResultDesk desk = cast.seat(CODER).results();
        ResultDesk.Run run = desk.await(Cast.PATIENCE);
        return Signed.readUnverified(desk.receipt(run.identity(), run.run()), Receipt.TYPE)
                .report();
    }

    /// Whatever ended the run, the same computation goes on with other code, and each time anew.
    @Test
    void aFailedComputationIsMendedWithNewCode() throws Exception {
        List<String> causes =
                List.of(
                        "wrong type",
                        "signal",
                        "exit with a text",
                        "no result",
                        "never entering the block");
        List<Bad> codes = badCode().filter(bad -> causes.contains(bad.name())).toList();
        assertEquals(causes.size(), codes.size());
        Path code = project(codes.getFirst().run());
        try (Site site = Site.open(folder.resolve("site"), List.of(Checkout.runtime("bare")));
                Cast cast = Cast.proposing(site, play(code), folder.resolve("homes")).played()) {
            for (int i = 0; i < codes.size(); i++) {
                if (i > 0) {
                    bringInstead(codes.get(i).run(), cast);
                }
                assertEquals(codes.get(i).told().toEveryone(), told(report(cast)));
                assertFalse(cast.seat(CAROL).results().await(Cast.PATIENCE).succeeded());
            }
            bringInstead(
                    """
                    from cloister import Enclave
                    with Enclave() as enclave:
                        import secret_module
                        for words in enclave.read():
                            enclave.write(secret_module.shout(words))
                    """,
                    cast);
            assertArrayEquals(
                    "CLEAR-WORDS-OF-ALICE".getBytes(StandardCharsets.UTF_8),
                    cast.onlyResult(CAROL));
        }
    }

    /// Everything up to the approvals, with other code.
    private void bringInstead(String run, Cast cast) throws Exception {
        cast.coder().code().reset();
        project(run);
        cast.codePushed();
        cast.owner().owner().signAgreementAllowingTwoVersions();
        cast.awaitEnclave();
        for (Email person : cast.people()) {
            cast.approve(
                    person,
                    new ApprovalDesk.Request(
                            cast.policy(), Optional.empty(), Optional.empty(), true));
        }
    }

    /// [io.cloister.e2e.WholeComputationTest] and [io.cloister.e2e.StandardRuntimeTest] have
    /// enclaves give the same.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "seed",
                "join",
                "json",
                "sqlite",
                "pickle",
                "mean",
                "consumers",
                "package",
                "formats"
            })
    void exampleGivesTheBytesThatAnEnclaveGives(String name) throws Exception {
        Play play = Play.example(name);
        List<Email> consumers = play.roster().resultConsumers();
        var line =
                new StringBuilder(
                        "./cloister code test --output out --consumers "
                                + consumers.size()
                                + " --runtime "
                                + play.runtime());
        play.data()
                .forEach((provider, files) ->
                        files.forEach(file ->
                                line.append(" --data ").append(provider).append('=').append(file)));
        Shell shell = Shell.in(folder.resolve("shell"));
        shell.run(line + " " + play.code());
        Path out = shell.folder().resolve("out");
        for (int i = 0; i < consumers.size(); i++) {
            Path result =
                    consumers.size() == 1
                            ? out.resolve("result")
                            : out.resolve("consumer-" + i).resolve("result");
            assertArrayEquals(Play.expected(name, consumers.get(i)), Files.readAllBytes(result));
        }
    }

    @Test
    void aNewProjectPassesCheckAndTest() throws Exception {
        Shell shell = Shell.in(folder.resolve("shell"));
        shell.run("./cloister code init project");
        shell.run("./cloister code check project");
        Shell.Outcome tested =
                shell.run("./cloister code test --runtime bare --repeat 2 -o out project");
        assertTrue(tested.out().contains("2 input(s) of 2 provider(s)"), tested::toString);
        assertFalse(tested.out().contains("different results"), tested::toString);
        for (String run : List.of("run-1", "run-2")) {
            assertEquals(
                    "group,count\n40 to 60,39\nover 60,40\nunder 40,17\n",
                    Files.readString(shell.folder().resolve("out").resolve(run).resolve("result")));
        }
    }

    @Test
    void saysWhichRunsGiveDifferentResults() throws Exception {
        Path code =
                project(
                        """
                        import os
                        from cloister import Enclave
                        with Enclave() as enclave:
                            enclave.write(os.urandom(8))
                        """);
        Shell shell = Shell.in(folder.resolve("shell"));
        String data = data().toString();
        Shell.Outcome tested =
                shell.run(
                        "./cloister code test --runtime bare --repeat 2 --data "
                                + data
                                + " "
                                + code);
        assertTrue(tested.out().contains("The runs gave different results"), tested::toString);
    }

    @Test
    void saysWhichLimitWasReached() throws Exception {
        Path code =
                project(
                        """
                        from cloister import Enclave
                        with Enclave() as enclave:
                            print("before", flush=True)
                            held = [bytes(range(256)) * 4096 for _ in range(1000)]
                        """);
        Shell shell = Shell.in(folder.resolve("shell"));
        String data = data().toString();
        Shell.Outcome tested =
                shell.attempt(
                        "./cloister code test --runtime bare --memory 256MiB --data "
                                + data
                                + " "
                                + code);
        assertEquals(14, tested.exit(), tested::toString);
        assertTrue(tested.out().contains("| before\n"), tested::toString);
        assertTrue(tested.out().contains("limit-memory"), tested::toString);
        assertTrue(tested.out().contains(" of 256 MiB"), tested::toString);
    }

    @Test
    void streamsInputsWhereTheTermsAskForIt() throws Exception {
        Path code =
                project(
                        """
                        from cloister import Enclave
                        with Enclave() as enclave:
                            for words in enclave.read():
                                assert not words.seekable()
                                enclave.write(words.read().upper())
                        """);
        Shell shell = Shell.in(folder.resolve("shell"));
        shell.run(
                "./cloister code test --streaming --runtime bare -o out --data "
                        + data()
                        + " "
                        + code);
        assertEquals(
                "CLEAR-WORDS-OF-ALICE",
                Files.readString(shell.folder().resolve("out").resolve("result")));
    }

    @Test
    void keepsNoMoreThanAnAgentUntilStreamsAreRead() throws Exception {
        Path code =
                project(
                        """
                        from cloister import Enclave
                        with Enclave() as enclave:
                            enclave.write(bytes(33 << 20))
                        """);
        Shell shell = Shell.in(folder.resolve("shell"));
        String line = "./cloister code test --runtime bare --data " + data() + " " + code;
        shell.run(line);
        Shell.Outcome tested = shell.attempt(line + " --streaming");
        assertEquals(14, tested.exit(), tested::toString);
        assertTrue(tested.out().contains("limit-output"), tested::toString);
    }

    @Test
    void saysWithWhichStatusTheCodeLeft() throws Exception {
        for (String leaving : List.of("import sys; sys.exit(7)", "import os; os._exit(7)")) {
            Shell.Outcome tested =
                    Shell.in(Files.createTempDirectory(folder, "shell"))
                            .attempt(
                                    "./cloister code test --runtime bare --data "
                                            + data()
                                            + " "
                                            + project(leaving + "\n"));
            assertEquals(14, tested.exit(), tested::toString);
            assertTrue(tested.out().contains("exit status:   7\n"), tested::toString);
        }
    }

    @Test
    void refusesInputsThatAnEnclaveWouldRefuse() throws Exception {
        Path code = project("print('never')\n");
        Files.write(folder.resolve("large.bin"), new byte[80 << 20]);
        Shell.Outcome tested =
                Shell.in(folder.resolve("shell"))
                        .attempt(
                                "./cloister code test --runtime bare --memory 64MiB --data "
                                        + folder.resolve("large.bin")
                                        + " "
                                        + code);
        assertEquals(5, tested.exit(), tested::toString);
        assertTrue(tested.err().contains("more than the"), tested::toString);
        assertFalse(tested.out().contains("| never"), tested::toString);
    }

    @Test
    void namesThatTheCodeChoseLeadNowhere() throws Exception {
        Path code =
                project(
                        """
                        from cloister import Enclave
                        with Enclave() as enclave:
                            for name in ("..\\\\up", ".bashrc", "con", "fine.txt"):
                                enclave.write(name.encode(), name=name)
                        """);
        Shell shell = Shell.in(folder.resolve("shell"));
        String data = data().toString();
        shell.run("./cloister code test --runtime bare -o out --data " + data + " " + code);
        try (Stream<Path> written = Files.list(shell.folder().resolve("out"))) {
            assertEquals(
                    List.of("fine.txt", "result-2", "result-3", "unnamed-0"),
                    written.map(path -> path.getFileName().toString()).sorted().toList());
        }
    }

    @Test
    void keepsTheSandboxOfAnEnclave() throws Exception {
        Path code =
                project(
                        """
                        import os, socket
                        from cloister import Enclave
                        with Enclave() as enclave:
                            tried = []
                            for attempt in (
                                lambda: socket.socket(),
                                lambda: os.fork(),
                                lambda: open("/etc/passwd"),
                                lambda: os.execv("/bin/true", ["true"]),
                                lambda: open("secret_module.py"),
                            ):
                                try:
                                    attempt()
                                    tried.append("done")
                                except OSError as error:
                                    tried.append(type(error).__name__)
                            enclave.write(" ".join(tried).encode())
                        """);
        Shell shell = Shell.in(folder.resolve("shell"));
        String data = data().toString();
        shell.run("./cloister code test --runtime bare -o out --data " + data + " " + code);
        String tried = Files.readString(shell.folder().resolve("out").resolve("result"));
        assertFalse(tried.contains("done"), tried);
    }
}
