package io.cloister.server;

import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Sha256;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;

/// The one folder that holds everything a server keeps. Files under `blobs` and `outputs` are
/// written under `temporary`, made durable, and then moved; they never change afterwards.
///
/// ```
/// cloister.db      accounts, events, everything small
/// blobs/ID/P/HEX   ciphertexts: computation, place of the person in it, digest
/// outputs/ID/...   payloads of outputs
/// temporary/       what is not complete; emptied at start
/// server.lock      held while a server runs
/// ```
final class DataFolder {
    static final String DATABASE = "cloister.db";
    static final String BLOBS = "blobs";
    static final String OUTPUTS = "outputs";
    private static final String TEMPORARY = "temporary";

    private final Path root;

    private DataFolder(Path root) {
        this.root = root;
    }

    /// Opens `root`, which is made for its owner only if it is absent.
    ///
    /// @throws SetupException if it can't be used, or others can enter it
    static DataFolder open(Path root) throws SetupException {
        try {
            for (Path folder :
                    new Path[] {
                        root, root.resolve(BLOBS), root.resolve(OUTPUTS), root.resolve(TEMPORARY)
                    }) {
                makePrivate(folder);
            }
        } catch (IOException e) {
            throw new SetupException(
                    "can't use the data folder " + root + ": " + e.getMessage(), e);
        }
        return new DataFolder(root);
    }

    static void makePrivate(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            Set<PosixFilePermission> ownerOnly =
                    EnumSet.of(
                            PosixFilePermission.OWNER_READ,
                            PosixFilePermission.OWNER_WRITE,
                            PosixFilePermission.OWNER_EXECUTE);
            Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(ownerOnly));
        }
        String permissions = PosixFilePermissions.toString(Files.getPosixFilePermissions(folder));
        if (!permissions.endsWith("------")) {
            throw new IOException(
                    folder
                            + " must be closed to other users, but is "
                            + permissions
                            + ": chmod 700 it");
        }
    }

    /// Makes sure that no other server uses the folder, until closed.
    Closeable lock() throws SetupException {
        try {
            FileChannel channel =
                    FileChannel.open(
                            root.resolve("server.lock"),
                            StandardOpenOption.CREATE,
                            StandardOpenOption.WRITE);
            FileLock held;
            try {
                held = channel.tryLock();
            } catch (OverlappingFileLockException _) {
                held = null;
            }
            if (held == null) {
                channel.close();
                throw new SetupException("another server uses the data folder " + root);
            }
            return channel;
        } catch (IOException e) {
            throw new SetupException(
                    "can't lock the data folder " + root + ": " + e.getMessage(), e);
        }
    }

    Path root() {
        return root;
    }

    Path database() {
        return root.resolve(DATABASE);
    }

    Path blobs() {
        return root.resolve(BLOBS);
    }

    Path outputs() {
        return root.resolve(OUTPUTS);
    }

    Path blobsOf(ComputationId computation) {
        return blobs().resolve(computation.toString());
    }

    /// Where the blob `digest` of the person at `place` is.
    Path blob(ComputationId computation, int place, Sha256 digest) {
        return blobsOf(computation).resolve(Integer.toString(place)).resolve(digest.hex());
    }

    /// A fresh name for something incomplete.
    Path temporary() {
        return root.resolve(TEMPORARY).resolve(UUID.randomUUID().toString());
    }

    /// Deletes what an earlier server left incomplete.
    void emptyTemporary() throws IOException {
        Path temporary = root.resolve(TEMPORARY);
        try (Stream<Path> all = Files.walk(temporary)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                if (!path.equals(temporary)) {
                    Files.deleteIfExists(path);
                }
            }
        }
    }

    /// Moves a complete and synced file to its place, durably.
    void publish(Path temporary, Path target) throws IOException {
        Path folder = parent(target);
        if (!Files.isDirectory(folder)) {
            makePrivate(folder);
            for (Path up = folder; !up.equals(root); up = parent(up)) {
                syncFolder(parent(up));
            }
        }
        Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
        syncFolder(folder);
    }

    private static Path parent(Path path) {
        Path parent = path.getParent();
        if (parent == null) {
            throw new UncheckedIOException(new IOException(path + " has no folder"));
        }
        return parent;
    }

    static void syncFolder(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
