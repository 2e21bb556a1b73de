package io.cloister.cli;

import io.cloister.attestation.runtime.RuntimeLock;
import io.cloister.client.code.RuntimePackages;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.Shown;
import io.cloister.protocol.document.RuntimeRef;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// The runtimes whose locks come with this installation.
final class KnownRuntimes {
    private final List<RuntimePackages> all;
    private final Map<Sha256, RuntimeLock> locks;

    private KnownRuntimes(Map<String, RuntimeLock> locks) {
        this.all =
                locks.entrySet().stream()
                        .map(one -> RuntimePackages.of(one.getKey(), one.getValue()))
                        .toList();
        this.locks =
                locks.values().stream()
                        .collect(
                                Collectors.toMap(
                                        RuntimeLock::digest, lock -> lock, (one, _) -> one));
    }

    /// Those below `cloister.home`; none where nobody says where that is.
    static KnownRuntimes here() throws IOException {
        String root = System.getProperty("cloister.home", "");
        Path folder = Path.of(root.isEmpty() ? "." : root, "runtimes");
        Map<String, RuntimeLock> all = new TreeMap<>();
        if (!root.isEmpty() && Files.isDirectory(folder)) {
            try (var entries = Files.list(folder)) {
                for (Path entry : entries.sorted().toList()) {
                    Path lock = entry.resolve(RuntimeLock.FILE_NAME);
                    if (Files.isRegularFile(lock)) {
                        all.put(String.valueOf(entry.getFileName()), read(lock));
                    }
                }
            }
        }
        return new KnownRuntimes(all);
    }

    private static RuntimeLock read(Path lock) throws IOException {
        try {
            return RuntimeLock.parse(Bytes.copyOf(Files.readAllBytes(lock)));
        } catch (MalformedException e) {
            throw new IOException(lock + ": " + e.getMessage(), e);
        }
    }

    /// The one called `name`.
    RuntimePackages named(String name) throws CommandException {
        return all.stream()
                .filter(one -> one.ref().name().equals(name))
                .findFirst()
                .orElseThrow(() ->
                        new CommandException(
                                Exit.NOT_FOUND,
                                "this installation knows no runtime " + Shown.bounded(name),
                                "it knows: "
                                        + String.join(
                                                ", ",
                                                all.stream()
                                                        .map(one -> one.ref().name())
                                                        .toList())));
    }

    /// The one of that lock.
    Optional<RuntimePackages> find(Sha256 digest) {
        return all.stream().filter(one -> one.ref().digest().equals(digest)).findFirst();
    }

    /// The lock of that digest.
    Optional<RuntimeLock> lock(Sha256 digest) {
        return Optional.ofNullable(locks.get(digest));
    }

    /// The one a proposal names; what it has is not known if its lock is not here.
    RuntimePackages of(RuntimeRef ref) {
        return find(ref.digest()).orElseGet(() -> new RuntimePackages(ref, Map.of()));
    }
}
