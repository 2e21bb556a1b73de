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
        return root.isEmpty() ? new KnownRuntimes(Map.of()) : below(Path.of(root));
    }

    /// Those of the installation in that folder.
    static KnownRuntimes below(Path root) throws IOException {
        Path folder = root.resolve("runtimes");
        Map<String, RuntimeLock> all = new TreeMap<>();
        if (Files.isDirectory(folder)) {
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

    /// What someone offers under a name that this installation knows must be what it knows, unless
    /// a person names the digest: a name alone is the word of whoever offers it.
    ///
    /// @param offered by a server
    /// @param meant the digest that a person named
    RuntimeRef require(RuntimeRef offered, Optional<Sha256> meant) throws CommandException {
        if (meant.isPresent()) {
            if (!meant.get().equals(offered.digest())) {
                throw new CommandException(
                        Exit.NOT_ACCEPTABLE,
                        "not acceptable: the runtime "
                                + offered.name()
                                + " has the digest "
                                + offered.digest()
                                + ", not the one you named: "
                                + meant.get());
            }
            return offered;
        }
        Optional<Sha256> own = digestOf(offered.name());
        if (own.isPresent() && !own.get().equals(offered.digest())) {
            throw new CommandException(
                    Exit.NOT_ACCEPTABLE,
                    "not acceptable: the server's runtime "
                            + offered.name()
                            + " is another than this installation's: "
                            + offered.digest()
                            + ", not "
                            + own.get(),
                    "if you mean the server's, say so with --runtime-digest SHA256");
        }
        return offered;
    }

    /// Why the name of a runtime says less than it seems to, for people; nothing where this
    /// installation has its lock under that name.
    Optional<String> doubt(RuntimeRef ref) {
        Optional<Sha256> own = digestOf(ref.name());
        if (own.isPresent()) {
            return own.get().equals(ref.digest())
                    ? Optional.empty()
                    : Optional.of(
                            "the runtime "
                                    + ref.name()
                                    + " "
                                    + ref.digest()
                                    + " is another than this installation's of that name: "
                                    + own.get());
        }
        return Optional.of(
                find(ref.digest())
                        .map(known ->
                                "what is called the runtime "
                                        + ref.name()
                                        + " is this installation's "
                                        + known.ref().name())
                        .orElseGet(() ->
                                "this installation has no lock of the runtime "
                                        + ref.name()
                                        + " "
                                        + ref.digest()
                                        + ": which packages that is, you have to know from"
                                        + " elsewhere"));
    }

    private Optional<Sha256> digestOf(String name) {
        return all.stream()
                .map(RuntimePackages::ref)
                .filter(one -> one.name().equals(name))
                .map(RuntimeRef::digest)
                .findFirst();
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
