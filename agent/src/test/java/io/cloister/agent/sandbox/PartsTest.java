package io.cloister.agent.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;

/// Packages that are copied when they are first imported.
final class PartsTest {
    private static final String OTHERWISE =
            "try: import shelf.x\nexcept ImportError as e: print(e)\nelse: print(shelf.x.X)";

    /// Nobody but its owner can reach it, as a home's cache may be.
    @TempDir Path closed;

    private Path folder;

    @BeforeEach
    void writePackages() throws IOException {
        folder = Files.createDirectory(closed.resolve("site-packages"));
        write("shelf/__init__.py", "");
        write("shelf/x.py", "X = 7\n");
        write("shelf/y.txt", "seven\n");
        write("other/__init__.py", "import shelf.x; Y = shelf.x.X + 1\n");
        write("single.py", "Z = 9\n");
    }

    private void write(String path, String content) throws IOException {
        Path file = folder.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, content, StandardCharsets.UTF_8);
    }

    private Run run(String... lines) {
        return Run.of(lines).packagesOnDemand(folder);
    }

    @Test
    void arePresentOnceTheyAreImported() {
        assertEquals(
                "['single.py']\n"
                        + "7 seven\n"
                        + "['shelf', 'single.py']\n"
                        + "8\n"
                        + "['other', 'shelf', 'single.py']\n",
                run(
                                "import os, importlib.resources",
                                "print(sorted(os.listdir('/runtime')))",
                                "import shelf.x, single",
                                "text ="
                                    + " importlib.resources.files('shelf').joinpath('y.txt').read_text()",
                                "print(shelf.x.X, text.strip())",
                                "print(sorted(os.listdir('/runtime')))",
                                "import other",
                                "print(other.Y)",
                                "print(sorted(os.listdir('/runtime')))")
                        .run()
                        .printed());
    }

    @Test
    void areThereForWhoeverOnlyLooksForThem() {
        assertEquals(
                "/runtime/shelf/__init__.py True\nNone\n",
                run(
                                "import importlib.util, os",
                                "spec = importlib.util.find_spec('shelf')",
                                "print(spec.origin, os.path.exists(spec.origin))",
                                "print(importlib.util.find_spec('shelves'))")
                        .run()
                        .printed());
    }

    @Test
    void areCopiedForWorkersAndThreadsThatAskAtOnce() {
        assertEquals(
                "[8, 8, 8, 8, 8, 8]\n[7, 7, 7, 7]\n",
                run(
                                "import multiprocessing, concurrent.futures",
                                "def in_worker(_):",
                                "    import other",
                                "    return other.Y",
                                "def in_thread(_):",
                                "    import shelf.x",
                                "    return shelf.x.X",
                                "with multiprocessing.Pool(2) as pool:",
                                "    print(pool.map(in_worker, range(6)))",
                                "with concurrent.futures.ThreadPoolExecutor(4) as threads:",
                                "    print(list(threads.map(in_thread, range(4))))")
                        .processes(4)
                        .run()
                        .printed());
    }

    /// Memory files are counted by what the loader put into them: nobody may put more.
    @Test
    void leaveNoMemoryFileThatTheCodeCouldFill() {
        assertEquals(
                "True {'PermissionError'}\n",
                run(
                                "import os",
                                "found = []",
                                "for number in map(int, os.listdir('/proc/self/fd')):",
                                "    try: name = os.readlink(f'/proc/self/fd/{number}')",
                                "    except OSError: continue",
                                "    if 'memfd:' in name: found.append(number)",
                                "def attempt(number):",
                                "    try: return os.pwrite(number, b'x' * 4096, 0)",
                                "    except OSError as error: return type(error).__name__",
                                "answers = {attempt(number) for number in found}",
                                "import shelf.x",
                                "print(len(found) >= 2, answers)")
                        .input(0, "a", "data")
                        .run()
                        .printed());
    }

    @Test
    void areImportedAheadOfTheRunWhenTheyArePreloaded() {
        assertEquals(
                "True\n",
                Run.of("import sys", "print('other' in sys.modules)")
                        .packagesOnDemand(folder, "other")
                        .run()
                        .printed());
    }

    @Test
    void arePreciselyWhatWasCheckedOrAreNotLoaded() throws Exception {
        String refusal =
                "shelf cannot be had: shelf/x.py of the runtime is not what it was when it was"
                        + " checked\n";
        assertEquals("7\n", afterStart("X = 7\n"));
        for (String altered : new String[] {"X = 8\n", "X = 7\n\n", "X = 7", ""}) {
            assertEquals(refusal, afterStart(altered));
        }
    }

    private String afterStart(String content) throws Exception {
        write("shelf/x.py", "X = 7\n");
        Run run = run(OTHERWISE);
        try (Sandbox sandbox = Sandbox.start(run.settings())) {
            write("shelf/x.py", content);
            return run.runIn(sandbox).printed();
        }
    }

    @Test
    void thatAreAlteredAreNotLeftToBeReadEither() throws Exception {
        write("shelf/x.py", "X = 7\n");
        Run run =
                run(
                        "import os",
                        "try: import shelf.x",
                        "except ImportError: print(os.path.exists('/runtime/shelf/x.py'))");
        try (Sandbox sandbox = Sandbox.start(run.settings())) {
            write("shelf/x.py", "X = 8\n");
            assertEquals("False\n", run.runIn(sandbox).printed());
        }
    }

    @Test
    void thatBecomeLinksOrAreGoneAreNotLoaded() throws Exception {
        Path file = folder.resolve("shelf/x.py");
        Path elsewhere = closed.resolve("elsewhere");
        Run run = run(OTHERWISE);
        try (Sandbox sandbox = Sandbox.start(run.settings())) {
            Files.move(file, elsewhere);
            Files.createSymbolicLink(file, elsewhere);
            assertEquals(
                    "shelf cannot be had: copy of shelf/x.py: ELOOP (Too many levels of symbolic"
                            + " links)\n",
                    run.runIn(sandbox).printed());
        }
        Files.delete(file);
        Files.move(elsewhere, file);
        try (Sandbox sandbox = Sandbox.start(run.settings())) {
            Files.delete(file);
            assertEquals(
                    "shelf cannot be had: copy of shelf/x.py: ENOENT (No such file or"
                            + " directory)\n",
                    run.runIn(sandbox).printed());
        }
    }

    @Test
    void thatAreAlteredAndPreloadedEndTheStart() throws Exception {
        SandboxSettings settings = Run.of("pass").packagesOnDemand(folder, "other").settings();
        write("shelf/x.py", "X = 8\n");
        SandboxException refused =
                assertThrows(SandboxException.class, () -> Sandbox.start(settings).close());
        assertEquals(
                "other cannot be imported: ImportError: shelf cannot be had: shelf/x.py of the"
                        + " runtime is not what it was when it was checked",
                refused.getMessage());
    }

    @Test
    void stayAsTheyWereCopiedWhateverBecomesOfTheMachinesFiles() throws Exception {
        Run run = Run.of(OTHERWISE).packagesOnDemand(folder, "shelf");
        try (Sandbox sandbox = Sandbox.start(run.settings())) {
            write("shelf/x.py", "X = 8\n");
            assertEquals("7\n", run.runIn(sandbox).printed());
        }
    }

    @Test
    void cannotBeChangedFromInside() {
        assertEquals(
                "Read-only file system\n".repeat(4),
                run(
                                "import os, shelf",
                                "def attempt(what, *args):",
                                "    try: what(*args)",
                                "    except OSError as e: print(e.strerror)",
                                "attempt(os.unlink, '/runtime/shelf/x.py')",
                                "attempt(open, '/runtime/shelf/z.py', 'w')",
                                "attempt(os.mkdir, '/runtime/scipy')",
                                "attempt(os.chmod, '/runtime/shelf', 0o777)")
                        .run()
                        .printed());
    }

    @Test
    void areStillToBeHadAfterNonsenseWasAskedFor() {
        assertEquals(
                "7\n",
                run(
                                "import socket",
                                "asked = socket.socket(fileno=5)",
                                "for message in (b'x', b'\\xff\\xff', b'abc', bytes(2), b'x' *"
                                        + " 10000, b'\\0\\1'):",
                                "    asked.send(message)",
                                "import shelf.x",
                                "print(shelf.x.X)")
                        .run()
                        .printed());
    }

    @Test
    void areStillToBeHadAfterOneThatAskedWasKilledWhileItWaited() {
        assertEquals(
                "8\n",
                run(
                                "import os, signal",
                                "for _ in range(20):",
                                "    child = os.fork()",
                                "    if child == 0:",
                                "        import shelf.x",
                                "        os._exit(0)",
                                "    os.kill(child, signal.SIGKILL)",
                                "    os.waitpid(child, 0)",
                                "import other",
                                "print(other.Y)")
                        .processes(4)
                        .run()
                        .printed());
    }

    /// Whoever copies them is the second child of the supervisor; the first keeps the sandbox.
    @Test
    void failToBeImportedWhenWhoCopiesThemHasDied() throws Exception {
        Run run = run(OTHERWISE);
        try (Sandbox sandbox = Sandbox.start(run.settings())) {
            ProcessHandle supervisor =
                    ProcessHandle.current()
                            .children()
                            .max(Comparator.comparingLong(ProcessHandle::pid))
                            .orElseThrow();
            List<ProcessHandle> children =
                    supervisor
                            .children()
                            .sorted(Comparator.comparingLong(ProcessHandle::pid))
                            .toList();
            assertEquals(2, children.size());
            // The keeper's own child, the init, was there first, so it is not taken for a helper.
            assertTrue(children.getFirst().children().findAny().isPresent());
            children.getLast().destroyForcibly();
            assertEquals(
                    "shelf cannot be had: who copies packages has gone\n",
                    run.runIn(sandbox).printed());
        }
    }

    @Test
    void areNoLongerToBeHadWhenNobodyIsAskedAnyMore() {
        assertEquals(
                "ImportError 9\n",
                run(
                                "import os, socket, single",
                                "os.close(5)",
                                "try: import shelf",
                                "except ImportError: print('ImportError', single.Z)")
                        .run()
                        .printed());
    }

    @Test
    void takeNoneOfTheMemoryWhenTheyAreMapped() throws IOException {
        try (var library = new RandomAccessFile(folder.resolve("shelf/big.so").toFile(), "rw")) {
            library.setLength(160L << 20);
        }
        assertEquals(
                "167772160\nTrue\n",
                run(
                                "import mmap, os, shelf",
                                "with open('/runtime/shelf/big.so', 'rb') as file:",
                                "    library = mmap.mmap(file.fileno(), 0, mmap.MAP_PRIVATE,"
                                        + " mmap.PROT_READ)",
                                "print(len(library))",
                                "try: bytearray(120 << 20)",
                                "except MemoryError: print(True)")
                        .memory(128L << 20)
                        .run()
                        .printed());
    }

    @Test
    void mayComeInsteadOfMemoryButNotMakeMoreOfIt() throws IOException {
        try (var library = new RandomAccessFile(folder.resolve("shelf/big.so").toFile(), "rw")) {
            library.setLength(160L << 20);
        }
        Run.Result result =
                run("held = []", "while True: held.append(bytearray(1 << 20))")
                        .memory(128L << 20)
                        .run();
        assertEquals(new RunOutcome.LimitReached(Limit.MEMORY), result.report().outcome());
        assertTrue(result.report().usage().peakMemoryBytes() <= 128L << 20);
    }

    @Test
    void leaveNobodyBehindWhoCopiesThem() throws Exception {
        Run run = run("import shelf");
        List<ProcessHandle> processes;
        try (Sandbox sandbox = Sandbox.start(run.settings())) {
            processes = ProcessHandle.current().descendants().toList();
            run.runIn(sandbox);
        }
        assertTrue(processes.size() > 3, processes.toString());
        assertEquals(List.of(), processes.stream().filter(ProcessHandle::isAlive).toList());
        try (Sandbox _ = Sandbox.start(run.settings())) {
            processes = ProcessHandle.current().descendants().toList();
        }
        assertEquals(List.of(), processes.stream().filter(ProcessHandle::isAlive).toList());
    }
}
