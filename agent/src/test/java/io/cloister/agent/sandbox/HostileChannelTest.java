package io.cloister.agent.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.link.LinkSettings;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/// A program speaks to the agent in the loader's place, or makes an end of its own.
final class HostileChannelTest {
    private static Run.Result sending(String frames) {
        return Run.of(
                        "import os, struct, time",
                        "def frame(kind, body): return struct.pack('>BI', kind, len(body)) + body",
                        "def number(n): return struct.pack('>I', n)",
                        "os.write(3, " + frames + ")",
                        "time.sleep(1000)")
                .run();
    }

    private static void assertMisbehaved(String rule, String frames) {
        RunReport report = sending(frames).report();
        assertEquals(new RunOutcome.Misbehaved(), report.outcome());
        assertEquals(Optional.of(rule), report.violation());
        assertEquals(List.of(), report.outputs());
    }

    @Test
    void garbageIsMisbehaviour() {
        assertMisbehaved("a frame of an unknown kind", "b'\\xff' * 100");
        assertMisbehaved("a frame of an unknown kind", "frame(0, b'')");
        assertMisbehaved("a frame of an unknown kind", "frame(0x04, b'data')");
    }

    @Test
    void anImpossibleLengthIsMisbehaviourAtOnce() {
        assertMisbehaved(
                "a frame of kind write of an impossible length", "b'\\x14\\x7f\\xff\\xff\\xff'");
        assertMisbehaved(
                "a frame of kind write of an impossible length", "b'\\x14\\xff\\xff\\xff\\xff'");
        assertMisbehaved(
                "a frame of kind traceback of an impossible length", "b'\\x17\\0\\1\\0\\1'");
        assertMisbehaved(
                "a frame of kind finished of an impossible length", "frame(0x18, bytes(7))");
        assertMisbehaved("a frame of kind close of an impossible length", "frame(0x15, bytes(3))");
    }

    @Test
    void textThatIsNotUtf8IsMisbehaviour() {
        assertMisbehaved("text of kind traceback that is not UTF-8", "frame(0x17, b'\\xc0\\x80')");
        assertMisbehaved(
                "text of kind open that is not UTF-8",
                "frame(0x13, number(0) + b'\\0\\0\\xed\\xa0\\x80')");
    }

    @Test
    void aResultNamedWithAPathOrControlCharactersIsMisbehaviour() {
        for (String name : List.of("a/b", "..", "a\\n", "\\x1b[31m", "\\u202e", "x' * 201 + b'")) {
            assertMisbehaved(
                    "a result with an impossible name",
                    "frame(0x13, number(0) + b'\\0\\0' + b'"
                            + name.replace("\\u202e", "\\xe2\\x80\\xae")
                            + "')");
        }
    }

    @Test
    void framesOutOfPlaceAreMisbehaviour() {
        assertMisbehaved("a frame that belongs before the start", "frame(0x11, bytes(8))");
        assertMisbehaved("a frame that belongs before the start", "frame(0x19, b'')");
        assertMisbehaved("a frame that belongs before the start", "frame(0x12, b'')");
        assertMisbehaved("a result opened out of turn", "frame(0x13, number(1) + b'\\0\\0')");
        assertMisbehaved(
                "a result for a consumer there is not", "frame(0x13, number(0) + b'\\0\\2')");
        assertMisbehaved("bytes for a result that is not open", "frame(0x14, number(0) + b'x')");
        assertMisbehaved("the end of a result that is not open", "frame(0x15, number(0))");
        assertMisbehaved("a second traceback", "frame(0x17, b'a') * 2");
        assertMisbehaved("a frame of an unknown kind", "frame(0x16, b'\\0\\0')");
        assertMisbehaved("an impossible end", "frame(0x18, b'\\1\\xff' + number(0))");
        assertMisbehaved("an impossible end", "frame(0x18, b'\\2\\0' + number(0))");
        assertMisbehaved("a frame after the last one", "frame(0x18, bytes(6)) + frame(0x17, b'')");
    }

    @Test
    void moreResultsThanAllowedAreMisbehaviour() {
        assertMisbehaved("more results than allowed", completed(257, "b'%d' % n"));
        assertMisbehaved(
                "more results open at a time than allowed",
                "b''.join(struct.pack('>BIIH', 0x13, 6, n, 0) for n in range(17))");
        assertMisbehaved(
                "more results in the place of others than allowed", completed(18, "b'same'"));
    }

    /// Frames of `count` results for one consumer, each complete, named by a Python expression.
    private static String completed(int count, String name) {
        return "b''.join(frame(0x13, number(n) + b'\\0\\0' + "
                + name
                + ") + frame(0x15, number(n)) for n in range("
                + count
                + "))";
    }

    private static void assertUserError(String most, String... lines) {
        Run.Result result = Run.of(lines).run();
        assertEquals(
                new RunOutcome.Failed(FailureClass.USER_ERROR, OptionalInt.of(lines.length)),
                result.report().outcome());
        String traceback = result.report().traceback().orElse("");
        assertTrue(traceback.contains(most), traceback);
    }

    @Test
    void tooManyResultsAreAUserErrorBeforeTheyAreMisbehaviour() {
        assertUserError(
                "no more than 16 results may be open at a time, or be given up",
                "from cloister import Enclave",
                "opened = [Enclave().output(str(n)) for n in range(16)]",
                "Enclave().output('17th')");
        assertUserError(
                "no more than 16 results may be open at a time, or be given up",
                "from cloister import Enclave",
                "for n in range(16): Enclave().output(str(n)).give_up()",
                "Enclave().output('17th')");
        assertUserError(
                "no more than 256 results in a run",
                "from cloister import Enclave",
                "for n in range(256): Enclave().write(b'x', 0, name=str(n))",
                "Enclave().write(b'x', 0, name='257th')");
        assertUserError(
                "no more than 16 results may replace others",
                "from cloister import Enclave",
                "for n in range(17): Enclave().write(b'x')",
                "Enclave().write(b'x', 1)");
    }

    /// Each copy of an open result takes a stream of the agent's link.
    @Test
    void resultsAreOpenForAsManyConsumersAsTheLinkHasStreamsFor() throws Exception {
        String[] lines = {
            "from cloister import Enclave",
            "opened = [Enclave().output(str(n)) for n in range(3)]",
            "opened[0].close()",
            "opened.append(Enclave().output('after one was closed'))",
            "Enclave().output('for one', n=0)"
        };
        Run.Result result = Run.of(lines).consumers(64).run();
        assertEquals(
                new RunOutcome.Failed(FailureClass.USER_ERROR, OptionalInt.of(lines.length)),
                result.report().outcome());
        String traceback = result.report().traceback().orElse("");
        assertTrue(
                traceback.contains(
                        "results open at a time, or given up, are for at most 192 consumers in"
                                + " all"),
                traceback);

        var ledger = new OutputLedger(64, 1 << 20, _ -> OutputStream.nullOutputStream());
        for (int id = 0; id < 3; id++) {
            ledger.open(opened(id));
        }
        assertThrows(ViolationException.class, () -> ledger.open(opened(3)));
        assertTrue(
                OutputLedger.MOST_OPEN_COPIES + StreamServer.MOST_OPEN
                        < LinkSettings.DEFAULT.maxStreams());
    }

    private static LoaderMessage.Open opened(int id) {
        return new LoaderMessage.Open(id, OptionalInt.empty(), Optional.of("n" + id));
    }

    @Test
    void asManyResultsAsAllowedAreAllowed() {
        Run.Result result =
                Run.of(
                                "from cloister import Enclave",
                                "for n in range(17): Enclave().write(b'x')",
                                "for n in range(15): Enclave().output(f'given up {n}').give_up()",
                                "for n in range(224): Enclave().write(b'x', name=str(n))")
                        .run();
        assertEquals(new RunOutcome.Success(), result.report().outcome());
        assertEquals(225, result.standing(1).size());
    }

    @Test
    void aFrameCutShortByTheEndIsACrash() {
        Run.Result result =
                Run.of("import os", "os.write(3, b'\\x14\\0\\0\\1\\0abc')", "os._exit(0)").run();

        assertEquals(new RunOutcome.Crashed(OptionalInt.empty()), result.report().outcome());
    }

    @Test
    void closingTheChannelIsACrashAndReleasesNothing() {
        Run.Result result =
                Run.of(
                                "import os",
                                "from cloister import Enclave",
                                "Enclave().write(b'x')",
                                "os.close(3)")
                        .run();

        assertEquals(new RunOutcome.Crashed(OptionalInt.empty()), result.report().outcome());
        assertEquals(List.of(), result.report().outputs());
    }

    @Test
    void aForgedSuccessIsASuccessOnlyIfTheProcessEndsWell() {
        String forged = "os.write(3, b'\\x18\\0\\0\\0\\x06' + bytes(6))";

        assertEquals(
                new RunOutcome.Success(),
                Run.of("import os", forged, "os._exit(0)").run().report().outcome());
        assertEquals(
                new RunOutcome.Crashed(OptionalInt.empty()),
                Run.of("import os", forged, "os._exit(5)").run().report().outcome());
        assertEquals(
                new RunOutcome.Crashed(OptionalInt.of(6)),
                Run.of("import os", forged, "os.abort()").run().report().outcome());
    }

    @Test
    void aForgedLineBeyondTheProgramIsDropped() {
        String program =
                "os.write(3, b'\\x18\\0\\0\\0\\x06\\1\\0' + struct.pack('>I', %d)); os._exit(1)";

        assertEquals(
                new RunOutcome.Failed(FailureClass.OTHER, OptionalInt.of(3)),
                Run.of("import os, struct", program.formatted(3)).run().report().outcome());
        assertEquals(
                new RunOutcome.Failed(FailureClass.OTHER, OptionalInt.empty()),
                Run.of("import os, struct", program.formatted(4)).run().report().outcome());
    }

    @Test
    void leavingByAnyOtherDoorIsACrash() {
        assertEquals(
                new RunOutcome.Crashed(OptionalInt.empty()),
                Run.of("import os", "os._exit(0)").run().report().outcome());
        assertEquals(
                new RunOutcome.Crashed(OptionalInt.of(11)),
                Run.of("import ctypes", "ctypes.string_at(0)").run().report().outcome());
        assertEquals(
                new RunOutcome.Crashed(OptionalInt.of(11)),
                Run.of("import os", "os.kill(os.getpid(), 11)").run().report().outcome());
        assertEquals(
                new RunOutcome.Crashed(OptionalInt.of(9)),
                Run.of("import os", "os.kill(0, 9)").run().report().outcome());
        assertEquals(
                new RunOutcome.Crashed(OptionalInt.of(6)),
                Run.of("import os", "os.abort()").run().report().outcome());
    }

    @Test
    void aProgramThatBreaksItsInterpreterFailsAlone() {
        assertEquals(
                new RunOutcome.Failed(FailureClass.RECURSION_ERROR, OptionalInt.of(1)),
                Run.of("def f(): f()", "f()").run().report().outcome());
        assertEquals(
                new RunOutcome.Failed(FailureClass.OTHER, OptionalInt.of(3)),
                Run.of("class X(BaseException):", "    def __str__(self): raise X", "raise X")
                        .run()
                        .report()
                        .outcome());
        assertEquals(
                new RunOutcome.Success(),
                Run.of("import sys", "sys.stdout = sys.stderr = None").run().report().outcome());
        assertEquals(
                new RunOutcome.Failed(FailureClass.VALUE_ERROR, OptionalInt.of(4)),
                Run.of(
                                "import os, sys",
                                "os.closerange(0, 3)",
                                "sys.meta_path.clear()",
                                "raise ValueError")
                        .run()
                        .report()
                        .outcome());
    }

    @Test
    void aForkedChildCannotWriteResults() {
        Run.Result result =
                Run.of(
                                "import os",
                                "from cloister import Enclave, InternalError",
                                "e = Enclave()",
                                "if os.fork() == 0:",
                                "    try: e.write(b'child')",
                                "    except InternalError as x: print(x, flush=True)",
                                "    os._exit(0)",
                                "os.wait()",
                                "e.write(b'parent')")
                        .processes(2)
                        .run();

        assertEquals(
                "only the process that runs run.py can reach the agent: hand results over to it\n",
                result.printed());
        assertEquals(Map.of("", "parent"), result.standing(0));
    }

    /// A connection that lies in another one's queue would outlive every process of the run, and
    /// the agent wait for its end. One that is sent over itself would keep itself there.
    @Test
    void aConnectionCannotBeSentOverItself() {
        assertEquals(new RunOutcome.Success(), leaving("4, 4").outcome());
    }

    @Test
    void theLoadersConnectionCannotBeLeftInTheStreams() {
        assertEquals(new RunOutcome.Success(), leaving("4, 3, 4").outcome());
    }

    @Test
    void theConnectionOfPrintedTextCannotBeLeftInTheLoaders() {
        Run.Result result =
                within(
                        Run.of(
                                "import _socket, socket, struct, time",
                                "loader = socket.socket(fileno=3)",
                                "rights = [(1, 1, struct.pack('2i', 1, 2))]",
                                "for _ in range(50):",
                                "    try: _socket.socket.sendmsg(loader, [b'\\xff' * 10], rights)",
                                "    except PermissionError as e: print(e.strerror, flush=True)",
                                "loader.send(b'\\xff' * 100)",
                                "time.sleep(1000)"));
        assertEquals(new RunOutcome.Misbehaved(), result.report().outcome());
        assertEquals("Operation not permitted\n".repeat(50), result.printed());
    }

    /// Asks for more than is taken, so that the agent waits until it can answer and what comes
    /// after the request is not read; then sends descriptors: over which, and which.
    private static RunReport leaving(String overAndWhich) {
        Run.Result result =
                within(
                        Run.of(
                                        "import _socket, os, socket, struct",
                                        "over, *which = " + overAndWhich,
                                        "for _ in range(20): os.write(4, struct.pack('>II', 0, 1 <<"
                                                + " 20))",
                                        "over = socket.socket(fileno=over)",
                                        "which = struct.pack(f'{len(which)}i', *which)",
                                        "try: _socket.socket.sendmsg(over, [b'x'], [(1, 1,"
                                                + " which)])",
                                        "except PermissionError as e: print(e.strerror,"
                                                + " flush=True)")
                                .streamed(
                                        0,
                                        "large",
                                        () -> new ByteArrayInputStream(new byte[4 << 20])));
        assertEquals("Operation not permitted\n", result.printed());
        return result.report();
    }

    private static Run.Result within(Run run) {
        return assertTimeoutPreemptively(Duration.ofSeconds(20), run::run);
    }

    @Test
    void anObserverThatGivesUpEndsTheRun() throws Exception {
        Run run = Run.of("from cloister import Enclave", "while True: Enclave().write(b'x')");
        try (Sandbox sandbox = Sandbox.start(run.settings())) {
            try (OutputStream file = sandbox.addFile("run.py", false)) {
                file.write(
                        "from cloister import Enclave\nwhile True: Enclave().write(b'x')\n"
                                .getBytes(java.nio.charset.StandardCharsets.UTF_8));
            }
            IOException lost =
                    assertThrows(
                            IOException.class,
                            () ->
                                    sandbox.run(
                                            new RunRequest(
                                                    Run.COMPUTATION, Run.PROVIDERS, Run.CONSUMERS),
                                            key -> {
                                                if (key.sequence() > 5) {
                                                    throw new IOException("the store is full");
                                                }
                                                return new ByteArrayOutputStream();
                                            }));
            assertEquals("the store is full", lost.getMessage());
        }
    }
}
