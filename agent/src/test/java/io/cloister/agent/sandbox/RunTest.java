package io.cloister.agent.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/// What `run.py` sees and how its end is reported.
final class RunTest {
    private static void assertPrints(String expected, Run run) {
        Run.Result result = run.run();
        assertEquals(
                new RunOutcome.Success(),
                result.report().outcome(),
                () -> result.report().traceback() + result.printed());
        assertEquals(expected, result.printed());
    }

    @Test
    void runsTheSeedsProgramUnchanged() {
        Run.Result result =
                Run.of(
                                "from cosmian_lib_sgx import Enclave",
                                "def main():",
                                "    with Enclave() as enclave:",
                                "        import secret_module",
                                "        data = next(enclave.read())",
                                "        enclave.write(secret_module.secret_function(data.read()))",
                                "    return 0",
                                "if __name__ == '__main__':",
                                "    main()")
                        .secret(
                                "secret_module.py",
                                "def secret_function(data):\n    return data.upper()\n")
                        .input(0, "words.txt", "hello")
                        .run();

        assertEquals(new RunOutcome.Success(), result.report().outcome());
        assertEquals(Map.of("", "HELLO"), result.standing(0));
        assertEquals(Map.of("", "HELLO"), result.standing(1));
    }

    @Test
    void readGroupsInputsByProviderInTheGivenOrder() {
        assertPrints(
                "['z', 'a', 'm'] ['z', 'a'] ['m']\n",
                Run.of(
                                "from cloister import Enclave",
                                "e = Enclave()",
                                "print([f.name for f in e.read()], [f.name for f in e.read(0)],"
                                        + " [f.name for f in e.read(1)])")
                        .input(0, "z", "1")
                        .input(0, "a", "2")
                        .input(1, "m", "3"));
    }

    @Test
    void readOfAProviderThereIsNotFailsAtTheFirstStep() {
        assertPrints(
                """
                made
                there is no Data Provider 2: they are numbered from 0 to 1
                the number of a Data Provider is an integer, not str
                """,
                Run.of(
                        "from cosmian_lib_sgx import Enclave, UserError",
                        "e = Enclave()",
                        "for n in (2, '0'):",
                        "    files = e.read(n)",
                        "    if n == 2: print('made')",
                        "    try: next(files)",
                        "    except UserError as x: print(x)"));
    }

    @Test
    void anInputWorksWhereABytesIOIsRead() {
        assertPrints(
                "b'name,age' b'name,age\\nx,3\\n' 13 True True b'name' [('name', 'age'), ('x',"
                        + " '3')] b'age' x,y\n",
                Run.of(
                                "import csv, io",
                                "from cloister import Enclave",
                                "f = next(Enclave().read())",
                                "line = f.readline().strip()",
                                "whole = f.getvalue()",
                                "end = f.seek(0, 2)",
                                "rows = [tuple(r) for r in"
                                        + " csv.reader(io.StringIO(f.getvalue().decode()))]",
                                "f.seek(5)",
                                "print(line, whole, end, f.seekable(), f.readable(),"
                                        + " bytes(f.getbuffer()[:4]), rows, f.read(3), f.name)")
                        .input(0, "x,y", "name,age\nx,3\n"));
    }

    @Test
    void aPathToAnInputHoldsAsLongAsTheRunAndChangesNothing() {
        assertPrints(
                "5 b'abcde' PermissionError PermissionError b'abcde' b'abcde'\n",
                Run.of(
                                "import os",
                                "from cloister import Enclave",
                                "def tried(mode):",
                                "    try:",
                                "        with open(path, mode) as file: file.write(b'x')",
                                "    except OSError as error:",
                                "        return type(error).__name__",
                                "path = next(Enclave().read()).path",
                                "with open(path, 'rb') as file:",
                                "    print(os.path.getsize(path), file.read(), tried('r+b'),"
                                        + " tried('wb'), open(path, 'rb').read(),"
                                        + " next(Enclave().read()).read())")
                        .input(0, "x.csv", "abcde"));
    }

    @Test
    void inputsOpenInZipfileSqliteAndPickle() throws Exception {
        assertPrints(
                "b'inner' (42,) [1, 2]\n",
                Run.of(
                                "import io, pickle, sqlite3, zipfile",
                                "from cloister import Enclave",
                                "zipped, database, pickled = Enclave().read()",
                                "db = sqlite3.connect(':memory:')",
                                "db.deserialize(database.getvalue())",
                                "print(zipfile.ZipFile(zipped).read('f'), db.execute('select * from"
                                        + " t').fetchone(), pickle.load(pickled))")
                        .input(
                                0,
                                "a.zip",
                                PythonBytes.of(
                                        """
                                        import io, zipfile
                                        b = io.BytesIO()
                                        with zipfile.ZipFile(b, 'w') as z: z.writestr('f', 'inner')
                                        data = b.getvalue()
                                        """))
                        .input(
                                0,
                                "a.db",
                                PythonBytes.of(
                                        """
                                        import sqlite3
                                        c = sqlite3.connect(':memory:')
                                        c.execute('create table t as select 42')
                                        c.commit()
                                        data = c.serialize()
                                        """))
                        .input(
                                1,
                                "a.pickle",
                                PythonBytes.of("import pickle; data = pickle.dumps([1, 2])")));
    }

    @Test
    void anEmptyInputIsAnEmptyFile() {
        assertPrints(
                "b'' b'' 0\n",
                Run.of(
                                "from cloister import Enclave",
                                "f = next(Enclave().read())",
                                "print(f.read(), f.getvalue(), len(f.getbuffer()))")
                        .input(1, "nothing", ""));
    }

    @Test
    void inputsTellProviderNameAndSize() {
        assertPrints(
                "[(1, 'ben@data.example', '../ü \\t.csv', 3)] [(0, 'carl@use.example'), (1,"
                        + " 'dora@use.example')]\n",
                Run.of(
                                "from cloister import Enclave",
                                "e = Enclave()",
                                "print([(i.provider, i.provider_email, i.name, i.size) for i in"
                                        + " e.inputs], [(c.index, c.email) for c in e.consumers])")
                        .input(1, "../ü \t.csv", "abc"));
    }

    @Test
    void inputsCannotBeChanged() {
        assertPrints(
                "PermissionError\nUnsupportedOperation\n",
                Run.of(
                                "import os",
                                "from cloister import Enclave",
                                "f = Enclave().inputs[0].open()",
                                "fd = os.open(f'/proc/self/fd/{f.fileno()}', os.O_RDWR)",
                                "try: os.write(fd, b'x')",
                                "except OSError as x: print(type(x).__name__)",
                                "try: f.write(b'x')",
                                "except OSError as x: print(type(x).__name__)")
                        .input(0, "a", "abc"));
    }

    @Test
    void aLaterDefaultResultReplacesTheEarlierAndNamedOnesStandBeside() {
        Run.Result result =
                Run.of(
                                "import io",
                                "from cloister import Enclave",
                                "with Enclave() as e:",
                                "    e.write(b'first')",
                                "    e.write(io.BytesIO(b'second'), 1)",
                                "    e.write(bytearray(b'table'), 0, name='table.csv')",
                                "    with e.output('log', 0) as o:",
                                "        o.write(b'a')",
                                "        o.write(b'b')")
                        .run();

        assertEquals(new RunOutcome.Success(), result.report().outcome());
        assertEquals(Map.of("", "first", "table.csv", "table", "log", "ab"), result.standing(0));
        assertEquals(Map.of("", "second"), result.standing(1));
    }

    @Test
    void aResultGivenUpOrNotClosedByAnExceptionDoesNotReplace() {
        Run.Result result =
                Run.of(
                                "from cloister import Enclave",
                                "e = Enclave()",
                                "e.write(b'good', 0)",
                                "try:",
                                "    with e.output(n=0) as o:",
                                "        o.write(b'bad'); raise ValueError",
                                "except ValueError: pass",
                                "e.output('open', 1).write(b'closed at the end')")
                        .run();

        assertEquals(Map.of("", "good"), result.standing(0));
        assertEquals(Map.of("open", "closed at the end"), result.standing(1));
    }

    @Test
    void writeTakesBytesOnly() {
        assertPrints(
                """
                UserTypeError a result is made of bytes, not of text: write text.encode()
                UserTypeError a result is made of bytes, not of int
                UserTypeError a result is made of bytes, not of StringIO
                UserError there is no Result Consumer 2: they are numbered from 0 to 1
                UserError there is no Result Consumer -1: they are numbered from 0 to 1
                UserError a result's name has 1 to 200 printable characters and no '/'
                UserError the file stands at its end, so nothing would be written: seek(0) first
                """,
                Run.of(
                        "import io, tempfile",
                        "from cloister import Enclave, UserError",
                        "e = Enclave()",
                        "f = tempfile.TemporaryFile(); f.write(b'x')",
                        "for a, k in ((('text',), {}), ((3,), {}), ((io.StringIO('a'),), {}),"
                                + " ((b'x', 2), {}),",
                        "             ((b'x', -1), {}), ((b'x',), {'name': 'a/b'}), ((f,), {})):",
                        "    try: e.write(*a, **k)",
                        "    except UserError as x: print(type(x).__name__, x)"));
    }

    @Test
    void writeTakesAFileFromItsPosition() {
        Run.Result result =
                Run.of(
                                "import tempfile",
                                "from cloister import Enclave",
                                "f = tempfile.TemporaryFile(); f.write(b'0123'); f.seek(1)",
                                "Enclave().write(f)")
                        .run();

        assertEquals(Map.of("", "123"), result.standing(0));
    }

    @Test
    void progressIsPrintedText() {
        assertPrints(
                """
                progress 25%: a quarter
                progress 100%
                """,
                Run.of(
                        "from cloister import Enclave",
                        "Enclave().progress(0.25, 'a quarter')",
                        "Enclave().progress(1)"));
    }

    @Test
    void encryptedModulesResolveOnlyInsideTheBlock() {
        assertPrints(
                """
                before m is encrypted: import it inside `with Enclave()`
                inside 1 2 3 /work/p/__init__.py
                after late is encrypted: import it inside `with Enclave()`
                still 1
                """,
                Run.of(
                                "from cloister import Enclave",
                                "try: import m",
                                "except ImportError as x: print('before', x)",
                                "with Enclave():",
                                "    import m, p.inner, space.leaf",
                                "    print('inside', m.X, p.inner.X, space.leaf.X, p.__file__)",
                                "try: import late",
                                "except ImportError as x: print('after', x)",
                                "print('still', m.X)")
                        .secret("m.py", "X = 1\n")
                        .secret("late.py", "")
                        .secret("p/__init__.py", "from . import inner\n")
                        .secret("p/inner.py", "X = 2\n")
                        .secret("space/leaf.py", "X = 3\n"));
    }

    @Test
    void anEncryptedModuleWinsOverAClearOne() {
        assertPrints(
                "secret\n",
                Run.of("from cloister import Enclave", "with Enclave():", "    import m")
                        .clear("m.py", "print('clear')\n")
                        .secret("m.py", "print('secret')\n"));
    }

    @Test
    void enclaveIsADecoratorToo() {
        assertPrints(
                "1\n",
                Run.of(
                                "from cosmian_lib_sgx import Enclave",
                                "@Enclave()",
                                "def main():",
                                "    import m",
                                "    print(m.X)",
                                "main()")
                        .secret("m.py", "X = 1\n"));
    }

    @Test
    void encryptedFilesOpenByPathAndAsResourcesInsideTheBlockAndLeaveNoTrace() {
        assertPrints(
                "WEIGHTS DATA ['data.bin'] 7\n['run.py'] []\n",
                Run.of(
                                "import os, importlib.resources as r",
                                "from cloister import Enclave",
                                "with Enclave():",
                                "    import p",
                                "    print(open('model/w.bin').read(),"
                                        + " r.files('p').joinpath('data.bin').read_text(),",
                                "          [f.name for f in r.files(p).iterdir()],"
                                        + " os.path.getsize('model/w.bin'))",
                                "print(os.listdir('.'), [m for m in os.listdir('/tmp')])")
                        .secret("model/w.bin", "WEIGHTS")
                        .secret("p/__init__.py", "")
                        .secret("p/data.bin", "DATA"));
    }

    @Test
    void tracebacksNameAnEncryptedModulesLineButShowNoSource() {
        Run.Result result =
                Run.of(
                                "from cloister import Enclave",
                                "with Enclave():",
                                "    import m",
                                "    m.f()")
                        .secret("m.py", "def f():\n    raise LookupError('why')  # VERY SECRET\n")
                        .run();

        assertEquals(
                new RunOutcome.Failed(FailureClass.LOOKUP_ERROR, OptionalInt.of(4)),
                result.report().outcome());
        String traceback = result.report().traceback().orElseThrow();
        assertTrue(
                traceback.contains("File \"<encrypted m>\", line 2, in f\nLookupError: why"),
                traceback);
        assertFalse(traceback.contains("VERY SECRET"), traceback);
    }

    @Test
    void theProgramRunsAsMainFromItsFolder() {
        assertPrints(
                "__main__ ['run.py'] /work /work/run.py True\n",
                Run.of(
                        "import os, sys",
                        "print(__name__, sys.argv, os.getcwd(), __file__,"
                                + " sys.modules['__main__'].__dict__ is globals())"));
    }

    @Test
    void everySandboxHasARandomnessOfItsOwn() {
        Run run =
                Run.of(
                        "import random",
                        "print(random.random(), hash('text'), random.SystemRandom().random())");

        String[] first = run.run().printed().split(" ", -1);
        String[] second = run.run().printed().split(" ", -1);

        for (int i = 0; i < first.length; i++) {
            assertFalse(first[i].equals(second[i]), first[i]);
        }
    }

    @Test
    void threadsRunToTheirEndAndDaemonsDoNot() {
        assertPrints(
                "late\n",
                Run.of(
                        "import threading, time",
                        "def late(): time.sleep(0.2); print('late')",
                        "threading.Thread(target=late).start()",
                        "threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()"));
    }

    @Test
    void exitHandlersRun() {
        assertPrints("bye\n", Run.of("import atexit", "atexit.register(print, 'bye')"));
    }

    @Test
    void workersOfAPoolWorkWhereProcessesAreAllowed() {
        assertPrints(
                "[1, 4, 9]\n",
                Run.of(
                                "import multiprocessing",
                                "def square(x): return x * x",
                                "with multiprocessing.Pool(2) as pool: print(pool.map(square, [1,"
                                        + " 2, 3]))")
                        .processes(3));
    }

    @Test
    void anExceptionIsReportedByClassAndLine() {
        RunReport report = Run.of("x = 1", "y = x / 0").run().report();

        assertEquals(
                new RunOutcome.Failed(FailureClass.ZERO_DIVISION_ERROR, OptionalInt.of(2)),
                report.outcome());
        assertEquals(List.of(), report.outputs());
    }

    @Test
    void anExceptionOfTheProgramsOwnIsReportedAsItsBuiltInAncestorOrAsOther() {
        assertEquals(
                new RunOutcome.Failed(FailureClass.VALUE_ERROR, OptionalInt.of(2)),
                Run.of("class Leak(ValueError): pass", "raise Leak('secret')")
                        .run()
                        .report()
                        .outcome());
        assertEquals(
                new RunOutcome.Failed(FailureClass.OTHER, OptionalInt.of(2)),
                Run.of("class Leak(Exception): pass", "raise Leak").run().report().outcome());
    }

    @Test
    void anExceptionAtImportOfAnEncryptedModuleIsReportedAtTheImport() {
        RunReport report =
                Run.of("from cloister import Enclave", "with Enclave():", "    import m")
                        .secret("m.py", "\n\n\nint('x')\n")
                        .run()
                        .report();

        assertEquals(
                new RunOutcome.Failed(FailureClass.VALUE_ERROR, OptionalInt.of(3)),
                report.outcome());
    }

    @Test
    void aMisuseOfTheLibraryIsAUserError() {
        RunReport report =
                Run.of("from cloister import Enclave", "next(Enclave().read(9))").run().report();

        assertEquals(
                new RunOutcome.Failed(FailureClass.USER_ERROR, OptionalInt.of(2)),
                report.outcome());
    }

    @Test
    void aSyntaxErrorOfRunPyIsReportedByItsLine() {
        assertEquals(
                new RunOutcome.Failed(FailureClass.SYNTAX_ERROR, OptionalInt.of(2)),
                Run.of("x = 1", "def f(:").run().report().outcome());
    }

    @Test
    void sysExitIsASuccessWithNothingOrZeroOnly() {
        assertEquals(
                new RunOutcome.Success(),
                Run.of("import sys", "sys.exit()").run().report().outcome());
        assertEquals(new RunOutcome.Success(), Run.of("exit(0)").run().report().outcome());
        assertEquals(
                new RunOutcome.Success(),
                Run.of("raise SystemExit(False)").run().report().outcome());
        var failed = new RunOutcome.Failed(FailureClass.SYSTEM_EXIT, OptionalInt.of(1));
        assertEquals(failed, Run.of("quit(77)").run().report().outcome());
        assertEquals(failed, Run.of("raise SystemExit('text')").run().report().outcome());
    }

    @Test
    void aProgramOutsideOfAnEnclaveIsToldSo() throws Exception {
        assertEquals(
                "not inside an enclave: try the program with `cloister code test`",
                new String(
                        PythonBytes.of(
                                "import sys; sys.path.insert(0, "
                                        + "'"
                                        + TestPython.packageFolder()
                                        + "')\n"
                                        + "from cosmian_lib_sgx import Enclave, SGXError\n"
                                        + "try: Enclave()\n"
                                        + "except SGXError as x: data = str(x).encode()"),
                        java.nio.charset.StandardCharsets.UTF_8));
    }
}
