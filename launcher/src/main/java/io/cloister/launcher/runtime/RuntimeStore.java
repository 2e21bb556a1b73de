package io.cloister.launcher.runtime;

import io.cloister.attestation.measurement.MeasuredFiles;
import io.cloister.attestation.runtime.RuntimeCheck;
import io.cloister.attestation.runtime.RuntimeFolder;
import io.cloister.attestation.runtime.RuntimeLock;
import io.cloister.attestation.runtime.RuntimeVerifier;
import io.cloister.attestation.runtime.WheelName;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.Shown;
import io.cloister.protocol.document.RuntimeRef;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/// Builds locked runtimes into a cache folder, once each, and hands them out from there.
///
/// The layout is `CACHE/DIGEST/ABI/`, each with the lock, the wheels and what they unpack to. A
/// folder appears whole or not at all. Several processes may share a cache. What is handed out has
/// been checked; the enclave checks it again. Safe for use by several threads.
public final class RuntimeStore {
    private static final Duration DOWNLOAD_PATIENCE = Duration.ofMinutes(15);
    private static final int MAX_PIP_TEXT = 600;

    private final Path cache;
    private final Map<String, String> environment;
    private final Consumer<String> progress;

    /// @param cache folder, made if needed
    /// @param environment of this process, which pip gets
    /// @param progress told in one short sentence what is being done, whenever that takes long
    public RuntimeStore(Path cache, Map<String, String> environment, Consumer<String> progress) {
        this.cache = cache.toAbsolutePath().normalize();
        this.environment = Map.copyOf(environment);
        this.progress = progress;
    }

    /// The folder to use where nothing else is said: `$XDG_CACHE_HOME/cloister/runtimes`,
    /// `XDG_CACHE_HOME` being `$HOME/.cache` where it is not set (XDG Base Directory
    /// Specification).
    public static Path defaultCache(Map<String, String> environment) {
        String home = environment.getOrDefault("HOME", "/var/lib/cloister");
        String base = environment.getOrDefault("XDG_CACHE_HOME", "");
        Path folder = Path.of(base.isEmpty() ? "." : base);
        return (folder.isAbsolute() && !base.isEmpty() ? folder : Path.of(home, ".cache"))
                .resolve("cloister/runtimes");
    }

    /// The runtime of `lockFile` for `python`: from the cache, or built now.
    ///
    /// @param name what proposals call it
    /// @throws RuntimeUnavailableException if it can't be built, with what to do
    /// @throws IOException if files can't be read or written
    public BuiltRuntime prepare(String name, Path lockFile, PythonInterpreter python)
            throws RuntimeUnavailableException, IOException, InterruptedException {
        Bytes bytes = bytes(lockFile);
        RuntimeLock lock = lock(bytes, lockFile);
        BuiltRuntime runtime = at(name, lock, python);
        RuntimeFolder folder = runtime.folder();
        try (var _ = exclusively(lock.digest())) {
            if (!Files.isDirectory(folder.folder()) || !isIntact(folder, lock)) {
                build(name, lock, bytes, runtime);
            }
        }
        return runtime;
    }

    /// The runtime of `lockFile` for `python`, if it was built into this cache. It is not checked.
    ///
    /// @throws RuntimeUnavailableException if the lock is none
    /// @throws IOException if the lock can't be read
    public Optional<BuiltRuntime> find(String name, Path lockFile, PythonInterpreter python)
            throws RuntimeUnavailableException, IOException {
        BuiltRuntime runtime = at(name, read(lockFile), python);
        return Optional.of(runtime).filter(built -> Files.isDirectory(built.folder().folder()));
    }

    /// What `lockFile` locks.
    ///
    /// @throws RuntimeUnavailableException if it is no lock
    /// @throws IOException if it can't be read
    public static RuntimeLock read(Path lockFile) throws RuntimeUnavailableException, IOException {
        return lock(bytes(lockFile), lockFile);
    }

    /// Removes a built runtime, whole. Enclaves that have it copied go on.
    ///
    /// @return whether there was one
    /// @throws IOException if files can't be removed; it is then no longer found all the same
    public boolean remove(BuiltRuntime runtime) throws IOException, InterruptedException {
        Path folder = runtime.folder().folder();
        try (var _ = exclusively(runtime.ref().digest())) {
            Path going = folder.resolveSibling(".removing-" + runtime.python().abi());
            delete(going);
            delete(building(runtime));
            boolean found = Files.isDirectory(folder);
            if (found) {
                Files.move(folder, going, StandardCopyOption.ATOMIC_MOVE);
                delete(going);
            }
            return found;
        }
    }

    private static Path building(BuiltRuntime runtime) {
        return runtime.folder().folder().resolveSibling(".building-" + runtime.python().abi());
    }

    private BuiltRuntime at(String name, RuntimeLock lock, PythonInterpreter python) {
        return new BuiltRuntime(
                new RuntimeRef(name, lock.digest()),
                new RuntimeFolder(cache.resolve(lock.digest().hex()).resolve(python.abi())),
                python);
    }

    private FileLock exclusively(Sha256 lock) throws IOException, InterruptedException {
        Files.createDirectories(cache);
        return FileLock.acquire(cache.resolve(lock.hex() + ".lock"));
    }

    /// The runtime of that digest, if it is in the cache. It is not checked: good enough to look at
    /// its names, not to run anything.
    public Optional<BuiltRuntime> find(RuntimeRef runtime, PythonInterpreter python) {
        var folder = new RuntimeFolder(cache.resolve(runtime.digest().hex()).resolve(python.abi()));
        return Files.isDirectory(folder.folder())
                ? Optional.of(new BuiltRuntime(runtime, folder, python))
                : Optional.empty();
    }

    private static Bytes bytes(Path lockFile) throws IOException {
        try (InputStream input = Files.newInputStream(lockFile)) {
            return Bytes.copyOf(input.readNBytes(RuntimeLock.MAX_BYTES + 1));
        }
    }

    private static RuntimeLock lock(Bytes bytes, Path lockFile) throws RuntimeUnavailableException {
        try {
            return RuntimeLock.parse(bytes);
        } catch (MalformedException e) {
            throw new RuntimeUnavailableException(
                    lockFile + ": " + e.getMessage(),
                    "make the lock anew; runtimes/README.md says how");
        }
    }

    /// Whatever was altered in the cache (a Python that wrote `.pyc` files into it, for one) is
    /// built anew.
    private boolean isIntact(RuntimeFolder folder, RuntimeLock lock) throws IOException {
        if (RuntimeVerifier.verify(folder, lock.digest())
                instanceof RuntimeCheck.Altered(var problems)) {
            progress.accept(
                    "the cached runtime was altered ("
                            + problems.getFirst()
                            + "); building it anew");
            delete(folder.folder());
            return false;
        }
        return true;
    }

    private void build(String name, RuntimeLock lock, Bytes bytes, BuiltRuntime runtime)
            throws RuntimeUnavailableException, IOException, InterruptedException {
        Path target = runtime.folder().folder();
        Files.createDirectories(target.getParent());
        Path temporary = building(runtime);
        // Left by a process that was killed; whoever holds the lock is the only builder.
        delete(temporary);
        Files.createDirectory(temporary);
        try {
            var folder = new RuntimeFolder(temporary);
            Files.createDirectories(folder.wheels());
            Files.createDirectories(folder.sitePackages());
            Files.write(folder.lock(), bytes.toArray());
            if (!lock.packages().isEmpty()) {
                progress.accept(
                        "downloading the "
                                + lock.packages().size()
                                + " packages of runtime "
                                + name);
                download(folder, runtime.python());
                progress.accept("unpacking runtime " + name);
                unpack(folder, lock);
            }
            requireIntact(folder, lock);
            Permissions.readableByAll(temporary);
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            delete(temporary);
        }
    }

    private void download(RuntimeFolder folder, PythonInterpreter python)
            throws RuntimeUnavailableException, IOException, InterruptedException {
        if (!python.hasPip()) {
            throw new RuntimeUnavailableException(
                    python.executable() + " has no pip, which downloads the packages",
                    "install it (`apt install python3-pip` on Debian, or `"
                            + python.executable()
                            + " -m ensurepip`), or set "
                            + PythonFinder.VARIABLE
                            + " to a Python that has it");
        }
        List<String> command =
                List.of(
                        python.executable().toString(),
                        "-m",
                        "pip",
                        "--disable-pip-version-check",
                        "--no-input",
                        "--quiet",
                        "download",
                        "--require-hashes",
                        "--only-binary=:all:",
                        "--no-deps",
                        "--progress-bar=off",
                        "--dest",
                        folder.wheels().toString(),
                        "--requirement",
                        folder.lock().toString());
        var outcome = ShortProgram.run(command, environment, folder.folder(), DOWNLOAD_PATIENCE);
        if (outcome.status() != 0) {
            throw new RuntimeUnavailableException(
                    "pip could not download the packages: " + lastLines(outcome.errors()),
                    hint(outcome, python));
        }
    }

    private static String hint(ShortProgram.Outcome outcome, PythonInterpreter python) {
        if (outcome.errors().contains("No matching distribution")) {
            return "the lock has no wheel for CPython "
                    + python.version()
                    + " on this machine; set "
                    + PythonFinder.VARIABLE
                    + " to a CPython 3.11 to 3.14";
        }
        return "this needs a connection to the package index once; a mirror can be named with"
                + " PIP_INDEX_URL";
    }

    private static String lastLines(String errors) {
        List<String> lines =
                errors.lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
        String last = String.join(" ", lines.subList(Math.max(0, lines.size() - 3), lines.size()));
        return Shown.escaped(last.isEmpty() ? "it gave no reason" : last, MAX_PIP_TEXT);
    }

    /// Every hash is checked before the first wheel is opened: pip's word for it is not enough.
    private static void unpack(RuntimeFolder folder, RuntimeLock lock)
            throws RuntimeUnavailableException, IOException {
        List<Path> wheels;
        try (var entries = Files.list(folder.wheels())) {
            wheels = entries.sorted().toList();
        }
        try {
            for (Path wheel : wheels) {
                WheelName name =
                        WheelName.parse(String.valueOf(wheel.getFileName()), "downloaded file");
                var locked = lock.find(name);
                if (locked.isEmpty()
                        || !locked.get().hashes().contains(MeasuredFiles.digest(wheel))) {
                    throw refused(name.fileName() + " is not what the lock names");
                }
            }
            var unpacker = new WheelUnpacker(folder.sitePackages());
            for (Path wheel : wheels) {
                unpacker.unpack(wheel);
            }
        } catch (MalformedException e) {
            throw refused(String.valueOf(e.getMessage()));
        }
    }

    private static void requireIntact(RuntimeFolder folder, RuntimeLock lock)
            throws RuntimeUnavailableException, IOException {
        if (RuntimeVerifier.verify(folder, lock.digest())
                instanceof RuntimeCheck.Altered(var problems)) {
            throw refused(String.join("; ", problems));
        }
    }

    private static RuntimeUnavailableException refused(String why) {
        return new RuntimeUnavailableException(
                "the packages are not what the lock says: " + why,
                "nothing was kept; if this happens again, the package index is not to be trusted");
    }

    private static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        List<Path> all;
        try (var walk = Files.walk(folder)) {
            all = walk.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : all) {
            Files.deleteIfExists(path);
        }
    }
}
