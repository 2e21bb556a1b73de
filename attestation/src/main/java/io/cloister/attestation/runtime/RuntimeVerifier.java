package io.cloister.attestation.runtime;

import io.cloister.attestation.measurement.MeasuredFiles;
import io.cloister.attestation.runtime.RuntimeCheck.Altered;
import io.cloister.attestation.runtime.RuntimeCheck.Intact;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;

/// Checks that a built runtime is exactly what its lock says (spec/runtime.md §4): the lock has the
/// expected digest; each locked package has one wheel, whose hash is in the lock; each installed
/// file is what its wheel's RECORD says; nothing else is there, and nothing is a link. Files are
/// hashed on all cores. Used by one thread, once.
public final class RuntimeVerifier {
    private final RuntimeFolder folder;
    private final Queue<String> problems = new ConcurrentLinkedQueue<>();
    private final Queue<InstalledPackage> packages = new ConcurrentLinkedQueue<>();

    private RuntimeVerifier(RuntimeFolder folder) {
        this.folder = folder;
    }

    /// Checks `folder`.
    ///
    /// @param expected digest of the lock that the caller wants, never one it read beside the lock
    /// @throws IOException if something can't be read: neither intact nor altered
    public static RuntimeCheck verify(RuntimeFolder folder, Sha256 expected) throws IOException {
        var verifier = new RuntimeVerifier(folder);
        Map<String, Wheel.Installed> installed = verifier.run(expected);
        return verifier.problems.isEmpty()
                ? new Intact(
                        new VerifiedRuntime(
                                expected,
                                folder,
                                installed,
                                verifier.packages.stream()
                                        .sorted(Comparator.comparing(InstalledPackage::name))
                                        .toList()))
                : new Altered(List.copyOf(verifier.problems));
    }

    private Map<String, Wheel.Installed> run(Sha256 expected) throws IOException {
        Optional<RuntimeLock> lock = lock(expected);
        if (lock.isEmpty()) {
            return Map.of();
        }
        Map<String, Wheel.Installed> installed = installed(lock.get(), wheels(lock.get()));
        if (!problems.isEmpty()) {
            return Map.of();
        }
        Map<String, Long> present = present(folder.sitePackages(), folders(installed.keySet()));
        for (String missing : installed.keySet()) {
            if (!present.containsKey(missing)) {
                problems.add("missing: " + missing);
            }
        }
        forEachInParallel(List.copyOf(present.entrySet()), file -> installedFile(file, installed));
        return installed;
    }

    private Optional<RuntimeLock> lock(Sha256 expected) throws IOException {
        Bytes file;
        try (InputStream input = Files.newInputStream(folder.lock())) {
            file = Bytes.copyOf(input.readNBytes(RuntimeLock.MAX_BYTES + 1));
        }
        if (!Sha256.of(file).equals(expected)) {
            problems.add("the lock is " + Sha256.of(file) + ", expected " + expected);
            return Optional.empty();
        }
        try {
            return Optional.of(RuntimeLock.parse(file));
        } catch (MalformedException e) {
            problems.add(String.valueOf(e.getMessage()));
            return Optional.empty();
        }
    }

    private List<Path> wheels(RuntimeLock lock) throws IOException {
        List<Path> files = new ArrayList<>();
        var packages = new HashSet<String>();
        for (String name : present(folder.wheels(), Set.of("")).keySet()) {
            try {
                WheelName wheel = WheelName.parse(name, "wheel");
                if (lock.find(wheel).isEmpty()) {
                    problems.add("not in the lock: " + name);
                } else if (!packages.add(wheel.normalisedName())) {
                    problems.add("a second wheel of one package: " + name);
                } else {
                    files.add(folder.wheels().resolve(name));
                }
            } catch (MalformedException e) {
                problems.add(String.valueOf(e.getMessage()));
            }
        }
        for (String name : lock.packages().keySet()) {
            if (!packages.contains(name)) {
                problems.add("no wheel of " + name);
            }
        }
        return files;
    }

    private Map<String, Wheel.Installed> installed(RuntimeLock lock, List<Path> wheels)
            throws IOException {
        Queue<Wheel> read = new ConcurrentLinkedQueue<>();
        forEachInParallel(wheels, wheel -> read(lock, wheel, read));
        var installed = new HashMap<String, Wheel.Installed>();
        for (Wheel wheel : problems.isEmpty() ? read : List.<Wheel>of()) {
            try {
                wheel.installed()
                        .forEach((path, file) -> {
                            if (installed.put(path, file) != null) {
                                problems.add("installed by two wheels: " + path);
                            }
                        });
            } catch (MalformedException e) {
                problems.add(String.valueOf(e.getMessage()));
            }
        }
        return installed;
    }

    /// Takes a wheel's RECORD from the very bytes whose hash is in the lock.
    private void read(RuntimeLock lock, Path file, Queue<Wheel> into) throws IOException {
        try {
            WheelName name = WheelName.parse(String.valueOf(file.getFileName()), "wheel");
            WheelFile wheel = WheelFile.read(file);
            if (lock.find(name).orElseThrow().hashes().contains(wheel.digest())) {
                into.add(wheel.wheel());
                packages.add(
                        new InstalledPackage(
                                name.normalisedName(), name.version(), wheel.digest()));
            } else {
                problems.add("its hash is not in the lock: " + name.fileName());
            }
        } catch (MalformedException e) {
            problems.add(String.valueOf(e.getMessage()));
        }
    }

    private void installedFile(Map.Entry<String, Long> file, Map<String, Wheel.Installed> installed)
            throws IOException {
        Wheel.Installed expected = installed.get(file.getKey());
        if (expected == null) {
            problems.add("in no wheel: " + file.getKey());
        } else if (expected.size() != file.getValue()
                || !MeasuredFiles.digest(folder.sitePackages().resolve(file.getKey()))
                        .equals(expected.digest())) {
            problems.add("changed: " + file.getKey());
        }
    }

    /// The plain files under `root`, by relative path, with their sizes.
    private Map<String, Long> present(Path root, Set<String> allowedFolders) throws IOException {
        var present = new HashMap<String, Long>();
        Files.walkFileTree(
                root,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult preVisitDirectory(
                            Path directory, BasicFileAttributes attributes) {
                        String name = root.relativize(directory).toString();
                        if (!allowedFolders.contains(name)) {
                            problems.add("a folder of no wheel: " + name);
                            return FileVisitResult.SKIP_SUBTREE;
                        }
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                        String name = root.relativize(file).toString();
                        if (attributes.isRegularFile()) {
                            present.put(name, attributes.size());
                        } else {
                            problems.add("not a plain file: " + name);
                        }
                        return FileVisitResult.CONTINUE;
                    }
                });
        return present;
    }

    /// Every folder that holds one of `files`, and the root as the empty string.
    private static Set<String> folders(Set<String> files) {
        var folders = new HashSet<>(Set.of(""));
        for (String file : files) {
            for (int slash = file.lastIndexOf('/');
                    slash > 0;
                    slash = file.lastIndexOf('/', slash - 1)) {
                folders.add(file.substring(0, slash));
            }
        }
        return folders;
    }

    @FunctionalInterface
    private interface Action<T> {
        void run(T element) throws IOException;
    }

    private static <T> void forEachInParallel(List<T> elements, Action<T> action)
            throws IOException {
        try {
            elements.parallelStream()
                    .forEach(element -> {
                        try {
                            action.run(element);
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    });
        } catch (UncheckedIOException e) {
            throw new IOException(e.getMessage(), e);
        }
    }
}
