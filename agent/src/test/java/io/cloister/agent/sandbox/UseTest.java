package io.cloister.agent.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.protocol.document.IsolationLevel;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/// How the agent may use a sandbox, and what it is told when it cannot have one.
final class UseTest {
    private static final Run NOTHING = Run.of("pass");

    @Test
    void saysItsLevel() throws Exception {
        try (Sandbox sandbox = Sandbox.start(NOTHING.settings())) {
            assertEquals(IsolationLevel.NAMESPACES, sandbox.level());
        }
    }

    @Test
    void runsOnce() throws Exception {
        try (Sandbox sandbox = Sandbox.start(NOTHING.settings())) {
            NOTHING.runIn(sandbox);

            assertThrows(IllegalStateException.class, () -> NOTHING.runIn(sandbox));
        }
    }

    @Test
    void refusesPathsThatLeaveTheFolder() throws Exception {
        try (Sandbox sandbox = Sandbox.start(NOTHING.settings())) {
            for (String path :
                    List.of(
                            "",
                            "/run.py",
                            "../run.py",
                            "a/../b",
                            "a//b",
                            "a/",
                            ".",
                            "a\nb",
                            "x".repeat(256))) {
                IllegalArgumentException refused =
                        assertThrows(
                                IllegalArgumentException.class, () -> sandbox.addFile(path, true));
                assertEquals("not a path inside the code's folder", refused.getMessage());
            }
        }
    }

    @Test
    void refusesInputsOfUnknownProviders() throws Exception {
        try (Sandbox sandbox = Sandbox.start(NOTHING.settings())) {
            sandbox.addInput(new InputDescription(2, "c")).close();
            sandbox.addInput(new InputDescription(1, "b")).close();

            assertThrows(
                    IllegalArgumentException.class,
                    () ->
                            sandbox.run(
                                    new RunRequest(Run.COMPUTATION, Run.PROVIDERS, Run.CONSUMERS),
                                    _ -> OutputStream.nullOutputStream()));
        }
    }

    @Test
    void refusesASecondFileWhileOneIsOpen() throws Exception {
        try (Sandbox sandbox = Sandbox.start(NOTHING.settings())) {
            OutputStream first = sandbox.addFile("run.py", false);

            assertThrows(IllegalStateException.class, () -> sandbox.addFile("other.py", true));
            first.close();
            assertThrows(IOException.class, () -> first.write(1));
        }
    }

    @Test
    void stopEndsARun() {
        Run.Result result =
                Run.of("import time", "time.sleep(1000)").duringRun(Sandbox::stop).run();

        assertEquals(new RunOutcome.Stopped(), result.report().outcome());
    }

    @Test
    void stopFromAnotherThreadEndsARun() {
        Run.Result result =
                Run.of("import time", "print('here')", "time.sleep(1000)")
                        .duringRun(sandbox -> Thread.ofVirtual().start(sandbox::stop))
                        .run();

        assertEquals(new RunOutcome.Stopped(), result.report().outcome());
    }

    @Test
    void manyInputsAndLargeOnesArriveWhole() {
        Run run =
                Run.of(
                        "import hashlib",
                        "from cloister import Enclave",
                        "inputs = list(Enclave().read())",
                        "print(len(inputs), hashlib.sha256(inputs[-1].read()).hexdigest())");
        for (int i = 0; i < 2000; i++) {
            run.input(0, "f" + i, "x");
        }
        byte[] large = new byte[100_000_001];
        for (int i = 0; i < large.length; i++) {
            large[i] = (byte) (i * 31 + (i >> 8));
        }

        String printed = run.input(1, "large", large).run().printed();

        assertEquals("2001 " + io.cloister.protocol.Sha256.of(large).hex() + "\n", printed);
    }

    @Test
    void anImportThatFailsIsSaidAtTheStart(@TempDir Path folder) throws IOException {
        Path packages = Files.createDirectory(folder.resolve("site-packages"));
        Files.writeString(
                packages.resolve("broken.py"), "import nowhere\n", StandardCharsets.UTF_8);

        SandboxException refused =
                assertThrows(
                        SandboxException.class,
                        () ->
                                Sandbox.start(
                                        NOTHING.settings()
                                                .withPackages(
                                                        Folders.runtime(packages),
                                                        List.of("broken"))));
        assertEquals(
                "broken cannot be imported: ModuleNotFoundError: No module named 'nowhere'",
                refused.getMessage());
    }

    /// What a start with one package says once `change` was made after its packages were checked.
    private static String startAfter(Path folder, Change change) throws IOException {
        Path packages = Files.createDirectories(folder.resolve("site-packages/shelf"));
        Path file = Files.writeString(packages.resolve("x.py"), "X = 7\n", StandardCharsets.UTF_8);
        RuntimeFiles checked = Folders.runtime(folder.resolve("site-packages"));
        change.make(file);
        SandboxException refused =
                assertThrows(
                        SandboxException.class,
                        () -> Sandbox.start(NOTHING.settings().withPackages(checked, List.of())));
        return String.valueOf(refused.getMessage());
    }

    private interface Change {
        void make(Path file) throws IOException;
    }

    @Test
    void aPackageThatIsAlteredAfterItWasCheckedIsNotStarted(@TempDir Path folder)
            throws IOException {
        String refusal =
                "this machine cannot isolate a run: shelf/x.py of the runtime is not what it was"
                        + " when it was checked";
        for (String altered : List.of("X = 8\n", "X = 7\n\n", "X = 7", "")) {
            assertEquals(
                    refusal,
                    startAfter(
                            folder,
                            file -> Files.writeString(file, altered, StandardCharsets.UTF_8)));
        }
    }

    @Test
    void aPackageThatBecomesALinkIsNotStarted(@TempDir Path folder) throws IOException {
        Path elsewhere = folder.resolve("elsewhere.py");
        String message =
                startAfter(
                        folder,
                        file -> {
                            Files.move(file, elsewhere);
                            Files.createSymbolicLink(file, elsewhere);
                        });
        assertEquals(
                "this machine cannot isolate a run: copy of "
                        + folder
                        + "/site-packages/shelf/x.py: ELOOP (Too many levels of symbolic links)",
                message);
    }

    @Test
    void aPackageThatIsGoneIsSaidAtTheStart(@TempDir Path folder) throws IOException {
        String message = startAfter(folder, Files::delete);
        assertEquals(
                "this machine cannot isolate a run: copy of "
                        + folder
                        + "/site-packages/shelf/x.py: ENOENT (No such file or directory)",
                message);
    }

    @Test
    void whatTheMachineChangesAfterTheStartIsNotWhatRuns(@TempDir Path folder) throws Exception {
        Path packages = Files.createDirectories(folder.resolve("site-packages"));
        Path file = Files.writeString(packages.resolve("x.py"), "X = 7\n", StandardCharsets.UTF_8);
        Run run = Run.of("import x", "print(x.X)").packages(packages);
        try (Sandbox sandbox = Sandbox.start(run.settings())) {
            Files.writeString(file, "X = 8\n", StandardCharsets.UTF_8);
            assertEquals("7\n", run.runIn(sandbox).printed());
        }
    }

    @Test
    void aPackageFolderWithoutTheSupervisorIsSaidAtTheStart(@TempDir Path folder) {
        Run run = Run.of("pass");
        SandboxException refused =
                assertThrows(
                        SandboxException.class,
                        () ->
                                Sandbox.start(
                                        SandboxSettings.of(
                                                run.settings().python(),
                                                folder,
                                                run.settings().limits())));
        String message = String.valueOf(refused.getMessage());
        assertTrue(message.startsWith("the sandbox's supervisor did not start: "), message);
        assertTrue(message.contains("supervise.py"), message);
    }

    @Test
    void anInterpreterThatIsNoneIsRefused(@TempDir Path folder) throws IOException {
        Path fake =
                Files.writeString(
                        folder.resolve("python3"),
                        "#!/bin/sh\necho cpython 3 9 /bin/x\n",
                        StandardCharsets.UTF_8);
        Files.setPosixFilePermissions(fake, PosixFilePermissions.fromString("rwxr-xr-x"));

        assertEquals(
                fake + " is Python 3.9",
                assertThrows(SandboxException.class, () -> PythonInterpreter.at(fake))
                        .getMessage());
        assertEquals(
                "/bin/true is not a CPython interpreter",
                assertThrows(
                                SandboxException.class,
                                () -> PythonInterpreter.at(Path.of("/bin/true")))
                        .getMessage());
    }

    @Test
    void theVocabularyOfFailuresIsTheSameOnBothSides() throws Exception {
        String python =
                new String(
                        PythonBytes.of(
                                "import sys; sys.path.insert(0, '"
                                        + TestPython.packageFolder()
                                        + "')\nfrom cloister._internal.vocabulary import FAILURES\n"
                                        + "data = ' '.join(FAILURES).encode()"),
                        StandardCharsets.UTF_8);

        assertEquals(
                python,
                String.join(
                        " ",
                        List.of(FailureClass.values()).stream()
                                .map(FailureClass::python)
                                .toList()));
    }
}
