package io.cloister.client.code;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.attestation.testkit.TestWheel;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.RuntimeRef;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// Real pip, with a folder of wheels for a package index.
final class PackageLockerTest {
    private static final PythonTarget TARGET = new PythonTarget(11, "x86_64");
    private static final RuntimePackages RUNTIME =
            new RuntimePackages(
                    new RuntimeRef("base", Sha256.of(Bytes.utf8("lock"))), Map.of("shelf", "2.0"));

    @TempDir private Path folder;
    private Path project = Path.of("");
    private Path index = Path.of("");

    @BeforeEach
    void anIndexAndAProject() throws Exception {
        Process pip = new ProcessBuilder("python3", "-I", "-m", "pip", "--version").start();
        Assumptions.assumeTrue(
                pip.waitFor(60, TimeUnit.SECONDS) && pip.exitValue() == 0, "python3 has no pip");
        project = Files.createDirectory(folder.resolve("project"));
        index = Files.createDirectory(folder.resolve("index"));
        Files.writeString(project.resolve("run.py"), "import greet\n");
        TestWheel.requiring(
                        "greet",
                        "1.0",
                        Map.of("greet/__init__.py", "x = 1\n"),
                        List.of("word>=1", "shelf>=1"))
                .write(index);
        TestWheel.honest("word", "1.5", Map.of("word.py", "y = 1\n")).write(index);
        TestWheel.honest("shelf", "2.0", Map.of("shelf.py", "")).write(index);
        TestWheel.honest("shelf", "3.0", Map.of("shelf.py", "")).write(index);
    }

    private List<String> lock(String requirements, Map<String, String> more) throws Exception {
        Files.writeString(project.resolve("requirements.txt"), requirements);
        var environment = new HashMap<>(System.getenv());
        environment.keySet().removeIf(name -> name.startsWith("PIP_"));
        environment.put("PIP_CONFIG_FILE", "/dev/null");
        environment.put("PIP_NO_INDEX", "1");
        environment.put("PIP_FIND_LINKS", index.toString());
        environment.putAll(more);
        return new PackageLocker(Path.of("python3"), environment).lock(project, RUNTIME, TARGET);
    }

    private List<String> lock(String requirements) throws Exception {
        return lock(requirements, Map.of());
    }

    private void refuses(String code, String text, String requirements) throws Exception {
        var refusal = assertThrows(PackagesException.class, () -> lock(requirements));
        assertEquals(code, refusal.code(), refusal.getMessage());
        assertTrue(String.valueOf(refusal.getMessage()).contains(text), refusal.getMessage());
        assertFalse(refusal.hint().isEmpty());
        assertFalse(Files.exists(project.resolve("requirements.lock")));
        assertFalse(Files.exists(project.resolve("wheels")));
    }

    private List<String> wheels() throws IOException {
        try (var entries = Files.list(project.resolve("wheels"))) {
            return entries.map(one -> String.valueOf(one.getFileName())).sorted().toList();
        }
    }

    @Test
    void locksWhatIsAskedForAndWhatThatNeedsButWhatTheRuntimeHas() throws Exception {
        assertEquals(
                List.of("greet-1.0-py3-none-any.whl", "word-1.5-py3-none-any.whl"),
                lock("greet\n"));

        assertEquals(List.of("greet-1.0-py3-none-any.whl", "word-1.5-py3-none-any.whl"), wheels());
        String expected =
                "# Made by `cloister code lock`; don't edit.\n# requirements.txt "
                        + Sha256.of(Bytes.utf8("greet\n"))
                        + "\n# runtime base "
                        + RUNTIME.ref().digest()
                        + "\n# CPython 3.11 on Linux x86_64\ngreet==1.0 \\\n    --hash="
                        + Sha256.of(Files.readAllBytes(index.resolve("greet-1.0-py3-none-any.whl")))
                        + "\nword==1.5 \\\n    --hash="
                        + Sha256.of(Files.readAllBytes(index.resolve("word-1.5-py3-none-any.whl")))
                        + "\n";
        assertEquals(expected, Files.readString(project.resolve("requirements.lock")));
        assertFalse(CodeCheck.check(project, Optional.of(RUNTIME)).hasErrors());
    }

    @Test
    void locksNothingWhereTheRuntimeHasAllOfIt() throws Exception {
        assertEquals(List.of(), lock("shelf\n"));
        assertFalse(Files.exists(project.resolve("wheels")));
        assertFalse(CodeCheck.check(project, Optional.of(RUNTIME)).hasErrors());
    }

    @Test
    void replacesTheWheelsOfTheLockBeforeAndNothingElse() throws Exception {
        lock("greet\n");
        TestWheel.honest("mine", "1.0", Map.of("mine.py", "")).write(project.resolve("wheels"));
        lock("word\n");

        assertEquals(List.of("mine-1.0-py3-none-any.whl", "word-1.5-py3-none-any.whl"), wheels());
    }

    @Test
    void takesAWheelFromTheProjectsOwnFolder() throws Exception {
        Path wheels = Files.createDirectory(project.resolve("wheels"));
        TestWheel.honest("mine", "1.0", Map.of("mine.py", "")).write(wheels);

        assertEquals(List.of("mine-1.0-py3-none-any.whl"), lock("mine\n"));
        assertFalse(CodeCheck.check(project, Optional.of(RUNTIME)).hasErrors());
    }

    @Test
    void takesTheWheelOfTheEnclavesPythonWhateverItsOwnIs() throws Exception {
        for (int minor = 11; minor <= 14; minor++) {
            String tag = "cp3" + minor + "-cp3" + minor + "-manylinux_2_17_x86_64";
            TestWheel.honest("fast", "1.0", Map.of("fast.py", "")).tagged(tag).write(index);
        }
        assertEquals(List.of("fast-1.0-cp311-cp311-manylinux_2_17_x86_64.whl"), lock("fast\n"));
    }

    @Test
    void refusesAConflictWithWhatTheRuntimeHas() throws Exception {
        refuses("requirement-conflict", "the runtime has shelf 2.0", "shelf>=3\n");
        TestWheel.requiring("picky", "1.0", Map.of("picky.py", ""), List.of("shelf>=3"))
                .write(index);
        refuses("requirement-conflict", "the runtime has shelf 2.0", "picky\n");
    }

    @Test
    void refusesASourceDistribution() throws Exception {
        Files.writeString(index.resolve("source-1.0.tar.gz"), "not looked at");
        refuses("requirement-sdist", "source comes as a source distribution only", "source\n");
    }

    @Test
    void refusesWhatHasNoWheelForThePlatform() throws Exception {
        TestWheel.honest("fast", "1.0", Map.of("fast.py", ""))
                .tagged("cp311-cp311-win_amd64")
                .write(index);
        refuses("requirement-platform", "none for CPython 3.11 on Linux x86_64", "fast\n");
    }

    @Test
    void refusesWhatNobodyHas() throws Exception {
        refuses("requirement-unknown", "no index that was asked has a package gone", "gone\n");
        refuses("requirement-unknown", "there is no word>9", "word>9\n");
    }

    @Test
    void refusesWhatIsNoRequirement() throws Exception {
        refuses("requirement-invalid", "Invalid requirement", "???\n");
    }

    @Test
    void refusesAProjectWithoutRequirements() {
        var refusal =
                assertThrows(
                        PackagesException.class,
                        () ->
                                new PackageLocker(Path.of("python3"), System.getenv())
                                        .lock(project, RUNTIME, TARGET));
        assertEquals("requirements-missing", refusal.code());
    }

    @Test
    void saysThatTheIndexCannotBeReached() {
        var refusal =
                assertThrows(
                        PackagesException.class,
                        () ->
                                lock(
                                        "greet\n",
                                        Map.of(
                                                "PIP_NO_INDEX", "0",
                                                "PIP_INDEX_URL", "http://127.0.0.1:9/",
                                                "PIP_FIND_LINKS", "",
                                                "PIP_RETRIES", "0")));
        assertEquals("requirement-network", refusal.code(), refusal.getMessage());
    }
}
