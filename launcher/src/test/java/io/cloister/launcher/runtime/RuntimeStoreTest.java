package io.cloister.launcher.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.cloister.attestation.runtime.RuntimeCheck.Intact;
import io.cloister.attestation.runtime.RuntimeFolder;
import io.cloister.attestation.runtime.RuntimeVerifier;
import io.cloister.attestation.testkit.TestWheel;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;

class RuntimeStoreTest {
    private static final TestWheel SIX =
            TestWheel.honest("six", "1.17.0", Map.of("six.py", "one = 1\n"));

    @TempDir Path temporary;

    private final List<String> said = new ArrayList<>();
    private PythonInterpreter python;

    /// In the place of pip, which takes seconds to start.
    private PythonInterpreter copier;

    private Path index;
    private Path lock;

    /// A package index that is a folder, as pip allows: no network.
    @BeforeEach
    void index() throws Exception {
        python = new PythonFinder(System.getenv()).find();
        index = Files.createDirectory(temporary.resolve("index"));
        lock = temporary.resolve("requirements.lock");
        Files.writeString(lock, SIX.lockLines(SIX.write(index)));
        copier = downloader("cp " + index + "/*");
    }

    @Test
    void buildsOnceAndHandsOutFromTheCache() throws Exception {
        BuiltRuntime built = store().prepare("test", lock, python);
        BuiltRuntime again = store().prepare("test", lock, python);

        assertEquals(built, again);
        assertIntact(built);
        assertEquals(
                "one = 1\n", Files.readString(built.folder().sitePackages().resolve("six.py")));
        assertEquals(
                List.of("downloading the 1 packages of runtime test", "unpacking runtime test"),
                said);
    }

    @Test
    void buildsAnEmptyLockWithoutPip() throws Exception {
        Files.writeString(lock, "# nothing\n");
        var bare = new PythonInterpreter(python.executable(), 3, 11, python.abi(), false);

        assertIntact(store().prepare("bare", lock, bare));
        assertEquals(List.of(), said);
    }

    @Test
    void buildsAnewWhatWasAlteredInTheCache() throws Exception {
        BuiltRuntime built = store().prepare("test", lock, copier);
        Files.writeString(built.folder().sitePackages().resolve("six.py"), "evil = 1\n");
        BuiltRuntime again = store().prepare("test", lock, copier);

        assertIntact(again);
        assertTrue(
                said.toString().contains("the cached runtime was altered (changed: six.py)"),
                said.toString());
    }

    @Test
    void refusesAPackageIndexThatServesSomethingElse() throws Exception {
        TestWheel.honest("six", "1.17.0", Map.of("six.py", "evil = 1\n")).write(index);
        var refused =
                assertThrows(
                        RuntimeUnavailableException.class,
                        () -> store().prepare("test", lock, python));

        assertTrue(
                String.valueOf(refused.getMessage()).contains("pip could not download"),
                refused.getMessage());
        assertNothingKept();
    }

    /// pip is only a downloader: here it is another program, which pays no heed to the lock.
    @Test
    void refusesWheelsThatALyingDownloaderBrings() throws Exception {
        Path other = Files.createDirectory(temporary.resolve("other"));
        Path evil = TestWheel.honest("six", "1.17.0", Map.of("six.py", "evil = 1\n")).write(other);
        var refused =
                assertThrows(
                        RuntimeUnavailableException.class,
                        () -> store().prepare("test", lock, downloader("cp " + evil)));

        assertEquals(
                "the packages are not what the lock says: six-1.17.0-py3-none-any.whl is not what"
                        + " the lock names",
                refused.getMessage());
        assertNothingKept();
    }

    @Test
    void refusesAWheelThatWouldWriteOutsideItsFolder() throws Exception {
        TestWheel evil = SIX.withRecord(TestWheel.line("../../../evil.py", "") + SIX.record());
        Files.writeString(lock, evil.lockLines(evil.write(index)));
        var refused =
                assertThrows(
                        RuntimeUnavailableException.class,
                        () -> store().prepare("test", lock, copier));

        assertTrue(
                String.valueOf(refused.getMessage()).contains("a plain relative path"),
                refused.getMessage());
        assertNothingKept();
    }

    @Test
    void refusesAWheelWhoseContentIsNotInItsRecord() throws Exception {
        TestWheel lying =
                SIX.withRecord(
                        SIX.record()
                                .replace(
                                        TestWheel.line("six.py", "one = 1\n"),
                                        TestWheel.line("six.py", "one = 2\n")));
        Files.writeString(lock, lying.lockLines(lying.write(index)));
        var refused =
                assertThrows(
                        RuntimeUnavailableException.class,
                        () -> store().prepare("test", lock, copier));

        assertTrue(
                String.valueOf(refused.getMessage()).contains("changed: six.py"),
                refused.getMessage());
        assertNothingKept();
    }

    @Test
    void stopsUnpackingAtTheSizeInTheRecord() throws Exception {
        TestWheel bomb =
                TestWheel.honest("six", "1.17.0", Map.of("six.py", "0".repeat(1 << 20)))
                        .withRecord(SIX.record());
        Files.writeString(lock, bomb.lockLines(bomb.write(index)));
        var refused =
                assertThrows(
                        RuntimeUnavailableException.class,
                        () -> store().prepare("test", lock, copier));

        assertTrue(
                String.valueOf(refused.getMessage()).contains("at most 8 bytes"),
                refused.getMessage());
        assertNothingKept();
    }

    @Test
    void refusesAMalformedLock() throws Exception {
        Files.writeString(lock, "six\n");
        var refused =
                assertThrows(
                        RuntimeUnavailableException.class,
                        () -> store().prepare("test", lock, copier));

        assertTrue(
                String.valueOf(refused.getMessage()).contains("lock line 1"), refused.getMessage());
    }

    @Test
    void saysHowToGetPip() {
        var without = new PythonInterpreter(python.executable(), 3, 11, python.abi(), false);
        var refused =
                assertThrows(
                        RuntimeUnavailableException.class,
                        () -> store().prepare("test", lock, without));

        assertTrue(
                String.valueOf(refused.getMessage()).contains("has no pip"), refused.getMessage());
        assertTrue(refused.hint().contains("apt install python3-pip"), refused.hint());
    }

    @Test
    void saysWhenThePackageIndexCannotBeReached() throws Exception {
        var environment = new HashMap<>(System.getenv());
        environment.keySet().removeIf(name -> name.toLowerCase(Locale.ROOT).endsWith("_proxy"));
        environment.putAll(Map.of("PIP_INDEX_URL", "http://127.0.0.1:9/", "PIP_RETRIES", "0"));
        var store = new RuntimeStore(temporary.resolve("cache"), environment, said::add);
        var refused =
                assertThrows(
                        RuntimeUnavailableException.class,
                        () -> store.prepare("test", lock, python));

        assertTrue(
                String.valueOf(refused.getMessage()).startsWith("pip could not download"),
                refused.getMessage());
        assertNothingKept();
    }

    @Test
    void buildsOnceForManyAtATime() throws Exception {
        List<Callable<BuiltRuntime>> tasks = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            tasks.add(() -> store().prepare("test", lock, copier));
        }
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<BuiltRuntime> task : threads.invokeAll(tasks)) {
                assertIntact(task.get());
            }
        }
        assertEquals(2, said.size(), said.toString());
    }

    @Test
    void buildsOverWhatAKilledBuilderLeft() throws Exception {
        BuiltRuntime built = store().prepare("test", lock, copier);
        Path folder = built.folder().folder();
        Files.move(folder, folder.resolveSibling(".building-" + python.abi()));

        assertIntact(store().prepare("test", lock, copier));
        assertTrue(Files.notExists(folder.resolveSibling(".building-" + python.abi())));
    }

    @Test
    void findsAndRemovesWhatWasBuilt() throws Exception {
        assertEquals(Optional.empty(), store().find("test", lock, copier));
        BuiltRuntime built = store().prepare("test", lock, copier);
        var other = new PythonInterpreter(copier.executable(), 3, 99, "cpython-399", true);

        assertEquals(Optional.of(built), store().find("test", lock, copier));
        assertEquals(Optional.empty(), store().find("test", lock, other));
        assertTrue(store().remove(built));
        assertEquals(Optional.empty(), store().find("test", lock, copier));
        assertFalse(store().remove(built));
        assertIntact(store().prepare("test", lock, copier));
    }

    @Test
    void removesWhatAKilledRemoverLeft() throws Exception {
        BuiltRuntime built = store().prepare("test", lock, copier);
        Path left = built.folder().folder().resolveSibling(".removing-" + copier.abi());
        Files.createDirectories(left.resolve("wheels"));

        assertTrue(store().remove(built));
        assertFalse(Files.exists(left));
    }

    @Test
    void isReadableByOtherUsers() throws Exception {
        BuiltRuntime built = store().prepare("test", lock, copier);

        assertEquals("rwxr-xr-x", permissions(built.folder().sitePackages()));
        assertEquals("rw-r--r--", permissions(built.folder().sitePackages().resolve("six.py")));
    }

    @Test
    void cacheFollowsTheBaseDirectorySpecification() {
        assertEquals(
                Path.of("/home/x/.cache/cloister/runtimes"),
                RuntimeStore.defaultCache(Map.of("HOME", "/home/x")));
        assertEquals(
                Path.of("/c/cloister/runtimes"),
                RuntimeStore.defaultCache(Map.of("HOME", "/home/x", "XDG_CACHE_HOME", "/c")));
        assertEquals(
                Path.of("/home/x/.cache/cloister/runtimes"),
                RuntimeStore.defaultCache(Map.of("HOME", "/home/x", "XDG_CACHE_HOME", "relative")));
    }

    /// The shipped runtime, from the real package index (or the user's cache); skipped where
    /// neither is to be had.
    @Test
    void buildsTheShippedBaseRuntimeAndChecksItQuickly() throws Exception {
        Path base =
                Path.of(
                        System.getProperty("cloister.root", ".."),
                        "runtimes/base/requirements.lock");
        var store =
                new RuntimeStore(
                        RuntimeStore.defaultCache(System.getenv()), System.getenv(), said::add);
        BuiltRuntime built;
        try {
            built = store.prepare("base", base, python);
        } catch (RuntimeUnavailableException e) {
            assumeTrue(false, "not available here: " + e.getMessage());
            return;
        }
        long start = System.nanoTime();
        assertIntact(built);
        Duration taken = Duration.ofNanos(System.nanoTime() - start);

        assertTrue(taken.compareTo(Duration.ofSeconds(10)) < 0, taken.toString());
        Process imported =
                new ProcessBuilder(
                                python.executable().toString(),
                                "-I",
                                "-S",
                                "-B",
                                "-c",
                                "import sys; sys.path.append(sys.argv[1]); import pandas, numpy,"
                                        + " dateutil; print('imported')",
                                built.folder().sitePackages().toString())
                        .redirectErrorStream(true)
                        .start();
        assertEquals(
                "imported\n",
                new String(imported.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
    }

    private RuntimeStore store() {
        var environment = new HashMap<>(System.getenv());
        environment.putAll(Map.of("PIP_NO_INDEX", "1", "PIP_FIND_LINKS", index.toUri().toString()));
        Consumer<String> progress =
                sentence -> {
                    synchronized (said) {
                        said.add(sentence);
                    }
                };
        return new RuntimeStore(temporary.resolve("cache"), environment, progress);
    }

    /// An interpreter that answers `-m pip` by running `command` with the wheels' folder behind it.
    private PythonInterpreter downloader(String command) throws IOException {
        Path program = temporary.resolve("downloader");
        Files.writeString(
                program,
                """
                #!/bin/sh
                while [ $# -gt 0 ]; do [ "$1" = --dest ] && dest=$2; shift; done
                %s "$dest"
                """
                        .formatted(command));
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        return new PythonInterpreter(program, 3, 11, python.abi(), true);
    }

    private static void assertIntact(BuiltRuntime built) throws IOException {
        RuntimeFolder folder = built.folder();
        assertInstanceOf(Intact.class, RuntimeVerifier.verify(folder, built.ref().digest()));
    }

    private void assertNothingKept() throws IOException {
        try (var left = Files.walk(temporary.resolve("cache"))) {
            assertEquals(
                    List.of(),
                    left.filter(path ->
                                    Files.isRegularFile(path) && !path.toString().endsWith(".lock"))
                            .toList());
        }
        assertTrue(Files.notExists(temporary.resolve("evil.py")));
    }

    private static String permissions(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }
}
