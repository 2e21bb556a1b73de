package io.cloister.agent;

import static io.cloister.agent.TestComputation.ANNA;
import static io.cloister.agent.TestComputation.CODE;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.agent.sandbox.PythonInterpreter;
import io.cloister.agent.sandbox.SandboxException;
import io.cloister.protocol.Email;
import io.cloister.protocol.document.EnclaveIdentity;
import io.cloister.protocol.document.Outcome;
import io.cloister.protocol.document.Receipt;
import io.cloister.protocol.document.Terms;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Code that does not do as it should, in a whole agent around a real sandbox: what everyone learns
/// from the receipt, and the Code Provider, whom these terms name as a reader, from the traceback.
final class BrokenCodeTest {
    private static final String ENTERED =
            "from cloister import Enclave\nwith Enclave() as e:\n    ";

    @TempDir private Path folder;
    private Optional<AgentHarness> open = Optional.empty();

    @AfterEach
    void closeTheHarness() {
        open.ifPresent(AgentHarness::close);
    }

    /// What is told of a run.
    ///
    /// @param summary outcome, class of exception and line, as far as the receipt has them
    /// @param traceback its last line; empty if there is none
    /// @param printed what ANNA may read
    private record Told(String summary, String traceback, String printed) {
        /// Without what was printed.
        List<String> why() {
            return List.of(summary, traceback);
        }
    }

    private Told ran(TestComputation computation) throws Exception {
        closeTheHarness();
        var cells = new Cells(python().path(), AgentProcess.ROOT.resolve("agent/python"), folder);
        var harness = new AgentHarness(computation.terms(BrokenCodeTest::readable), folder, cells);
        open = Optional.of(harness);
        EnclaveIdentity identity = harness.identity();
        harness.grantAll(identity);
        ScriptedPlane.Finish finish = ScriptedPlane.soon(harness.plane.finished);
        Receipt receipt = harness.receipt(identity, finish).document();
        assertEquals("exhausted: every run that was granted is done", harness.end().said());
        Receipt.Report report = receipt.report();
        boolean results =
                receipt.outputs().stream().anyMatch(one -> one.kind() == Receipt.Kind.RESULT);
        assertEquals(report.outcome() == Outcome.SUCCESS, results);
        String summary =
                report.outcome()
                        + report.exception().map(name -> " " + name).orElse("")
                        + report.line().map(line -> " line " + line).orElse("");
        String traceback = read(harness, finish, receipt, CODE, Receipt.Kind.TRACEBACK);
        return new Told(
                summary,
                traceback.strip().lines().reduce("", (_, last) -> last),
                read(harness, finish, receipt, ANNA, Receipt.Kind.OUTPUT));
    }

    private Told ran(String run) throws Exception {
        return ran(new TestComputation().clear("run.py", run + "\n"));
    }

    private static PythonInterpreter python() throws InterruptedException {
        try {
            return PythonInterpreter.find(System.getenv().getOrDefault("PATH", ""));
        } catch (SandboxException e) {
            return Assumptions.abort(String.valueOf(e.getMessage()));
        }
    }

    private static Terms readable(Terms terms) {
        return terms.toBuilder()
                .outputReaders(List.of(ANNA))
                .tracebackReaders(List.of(CODE))
                .build();
    }

    private static String read(
            AgentHarness harness,
            ScriptedPlane.Finish finish,
            Receipt receipt,
            Email reader,
            Receipt.Kind kind)
            throws Exception {
        Optional<Receipt.Output> output =
                receipt.outputs().stream()
                        .filter(one -> one.reader().equals(reader) && one.kind() == kind)
                        .findFirst();
        return output.isEmpty()
                ? ""
                : AgentHarness.text(
                        harness.open(finish, output.get()),
                        harness.index(finish, receipt, reader).entries().getFirst());
    }

    @Test
    void thatDoesAsItShouldSucceeds() throws Exception {
        assertEquals(
                new Told("success", "", "hello\n"), ran(ENTERED + "e.write(b'x'); print('hello')"));
    }

    @Test
    void thatCannotBeImportedIsNamedByTheLineOfItsImport() throws Exception {
        assertEquals(
                List.of(
                        "exception ModuleNotFoundError line 1",
                        "ModuleNotFoundError: No module named 'nowhere'"),
                ran("import nowhere").why());
        assertEquals(
                List.of("exception ValueError line 3", "ValueError: while it is imported"),
                ran(new TestComputation()
                                .clear("run.py", ENTERED + "import module\n")
                                .secret("module.py", "raise ValueError('while it is imported')\n"))
                        .why());
    }

    @Test
    void thatFailsAtItsExitWithoutAResultIsNamedByItsHandler() throws Exception {
        String handler = "import atexit\natexit.register(lambda: 1 // 0)\n";
        assertEquals(
                List.of(
                        "exception ZeroDivisionError line 2",
                        "ZeroDivisionError: integer division or modulo by zero"),
                ran(handler).why());
        Told told = ran(handler + ENTERED + "e.write(b'x')");
        assertEquals(List.of("success", ""), told.why());
        assertTrue(told.printed().contains("ZeroDivisionError"), told.printed());
    }

    @Test
    void thatFailsInAThreadWithoutAResultIsNamedByTheThreadsLine() throws Exception {
        String thread =
                "import threading\ndef work():\n    {}['key']\n"
                        + "t = threading.Thread(target=work); t.start(); t.join()\n";
        assertEquals(List.of("exception KeyError line 3", "KeyError: 'key'"), ran(thread).why());
        Told told = ran(thread + ENTERED + "e.write(b'x')");
        assertEquals(List.of("success", ""), told.why());
        assertTrue(told.printed().contains("KeyError"), told.printed());
    }

    @Test
    void thatDiesBySignalIsACrash() throws Exception {
        assertEquals(
                new Told("crash", "the interpreter was ended by SIGSEGV (signal 11)", "before\n"),
                ran("import os\nprint('before', flush=True)\nos.kill(os.getpid(), 11)"));
        assertEquals(
                List.of("crash", "the interpreter was ended by SIGABRT (signal 6)"),
                ran(ENTERED + "e.write(b'x')\nimport os\nos.abort()").why());
    }

    @Test
    void thatLeavesWithoutAWordIsToldItsStatus() throws Exception {
        assertEquals(
                List.of("crash", "the interpreter left at once with status 7, as by os._exit"),
                ran("import os\nos._exit(7)").why());
    }

    @Test
    void thatExitsWithATextHasItToldToItsReaders() throws Exception {
        assertEquals(
                new Told("exit", "SystemExit: no rows left", "no rows left\n"),
                ran("import sys\nsys.exit('no rows left')"));
    }

    @Test
    void thatWritesTheWrongTypeIsToldWhatAResultIsMadeOf() throws Exception {
        assertEquals(
                List.of(
                        "exception UserError line 3",
                        "cloister.errors.UserTypeError: a result is made of bytes, not of text:"
                                + " write text.encode()"),
                ran(ENTERED + "e.write('text')").why());
    }

    @Test
    void thatReadsAProviderThereIsNotIsToldWhichThereAre() throws Exception {
        assertEquals(
                List.of(
                        "exception UserError line 3",
                        "cloister.errors.UserError: there is no Data Provider 2: they are numbered"
                                + " from 0 to 1"),
                ran(ENTERED + "next(e.read(2))").why());
    }

    @Test
    void thatWritesNothingOrNeverEntersHasNoOutput() throws Exception {
        String none = "run.py came to its end, and no result was written: ";
        assertEquals(
                List.of("no-output", none + "neither write() nor output() was called"),
                ran(ENTERED + "next(e.read())").why());
        assertEquals(
                List.of("no-output", none + "those that were begun were given up"),
                ran(ENTERED + "e.output('a').give_up()").why());
        assertEquals(
                List.of("no-output", none + "run.py never entered `with Enclave()`"),
                ran("print('never')").why());
    }

    @Test
    void thatImportsASecretModuleWithoutEnteringIsToldWhereItCanBe() throws Exception {
        assertEquals(
                List.of(
                        "exception ModuleNotFoundError line 1",
                        "ModuleNotFoundError: module is encrypted: import it inside `with"
                                + " Enclave()`"),
                ran(new TestComputation()
                                .clear("run.py", "import module\n")
                                .secret("module.py", ""))
                        .why());
    }

    /// The agent would wait for the end of a connection that lies in another one's queue.
    @Test
    void thatHidesAConnectionFromItsEndHasAReceipt() throws Exception {
        assertEquals(
                new Told(
                        "crash",
                        "the run was ended, as it broke a rule: a frame of an unknown kind",
                        "Operation not permitted\n"),
                ran(
                        """
                        import _socket, socket, struct, time
                        loader = socket.socket(fileno=3)
                        rights = [(1, 1, struct.pack('2i', 1, 2))]
                        try: _socket.socket.sendmsg(loader, [b'\\xff' * 10], rights)
                        except PermissionError as e: print(e.strerror, flush=True)
                        loader.send(b'\\xff' * 10)
                        time.sleep(1000)
                        """));
    }
}
