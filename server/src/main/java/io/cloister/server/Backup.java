package io.cloister.server;

import io.cloister.protocol.ComputationId;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Clock;
import java.util.Comparator;
import java.util.stream.Stream;

/// A copy of a data folder, made beside a server that may be running. Started with it as its data
/// folder, a server goes on from the moment of the copy. Files never change once they are stored,
/// so they are linked where the file system can, and copied where it can't.
public final class Backup {
    private Backup() {}

    /// What was copied.
    ///
    /// @param blobs ciphertexts
    /// @param outputs payloads of outputs
    /// @param missing recorded files that were gone already: the original is damaged
    public record Report(long blobs, long outputs, long missing) {}

    /// Copies the data folder `data` to `target`, which must not exist yet; there is no half of a
    /// backup under that name.
    ///
    /// @throws SetupException if it can't be made; what was made of it is removed
    public static Report write(Path data, Path target) throws SetupException {
        if (!Files.exists(data.resolve(DataFolder.DATABASE))) {
            throw new SetupException(data + " is no data folder of a server");
        }
        if (Files.exists(target)) {
            throw new SetupException(target + " is there already; a backup makes its own folder");
        }
        Path incomplete = target.resolveSibling(target.getFileName() + ".incomplete");
        try {
            removeTree(incomplete);
            DataFolder copy = DataFolder.open(incomplete);
            copyDatabase(data.resolve(DataFolder.DATABASE), copy.database());
            Report report = copyFiles(DataFolder.open(data), copy);
            DataFolder.syncFolder(incomplete);
            Files.move(incomplete, target, StandardCopyOption.ATOMIC_MOVE);
            return report;
        } catch (IOException | SQLException e) {
            tryRemove(incomplete);
            throw new SetupException("no backup was made: " + e.getMessage(), e);
        }
    }

    /// One consistent state of the database, also while others write.
    private static void copyDatabase(Path from, Path to) throws SQLException {
        try (Connection connection = Database.source(from).getConnection();
                PreparedStatement copy = connection.prepareStatement("VACUUM INTO ?")) {
            copy.setString(1, to.toString());
            copy.execute();
        }
    }

    private static Report copyFiles(DataFolder from, DataFolder to)
            throws SetupException, IOException {
        long blobs = 0;
        long outputs = 0;
        long missing = 0;
        try (Database copied = Database.open(to.database());
                Database live = Database.open(from.database())) {
            var registry = new Registry(copied, new Feeds(), Clock.systemUTC());
            for (BlobTable.Placed placed : copied.read(BlobTable::all)) {
                if (copyFile(from.root(), to.root(), blobPath(registry, to, placed))) {
                    blobs++;
                } else if (live.read(
                                handle ->
                                        BlobTable.find(
                                                handle,
                                                placed.computation(),
                                                placed.blob().email(),
                                                placed.blob().digest()))
                        .isEmpty()) {
                    // Deleted since: then it isn't part of the backup either.
                    copied.change(handle ->
                            BlobTable.delete(
                                    handle,
                                    placed.computation(),
                                    placed.blob().email(),
                                    placed.blob().digest()));
                } else {
                    missing++;
                }
            }
            for (String name : copied.read(EnclaveTable::outputFiles)) {
                if (copyFile(from.root(), to.root(), to.outputs().resolve(name))) {
                    outputs++;
                } else {
                    missing++;
                }
            }
        }
        return new Report(blobs, outputs, missing);
    }

    private static Path blobPath(Registry registry, DataFolder to, BlobTable.Placed placed) {
        ComputationId computation = placed.computation();
        int place =
                registry.get(computation)
                        .state()
                        .dossier()
                        .roster()
                        .people()
                        .indexOf(placed.blob().email());
        return to.blob(computation, place, placed.blob().digest());
    }

    /// Links or copies one file to `target`; false if it is gone.
    private static boolean copyFile(Path fromRoot, Path toRoot, Path target) throws IOException {
        Path source = fromRoot.resolve(toRoot.relativize(target));
        Path folder = target.getParent();
        if (folder != null) {
            DataFolder.makePrivate(folder);
        }
        try {
            Files.createLink(target, source);
        } catch (NoSuchFileException _) {
            return false;
        } catch (FileAlreadyExistsException _) {
            return true;
        } catch (FileSystemException | UnsupportedOperationException _) {
            try {
                Files.copy(source, target);
            } catch (NoSuchFileException _) {
                return false;
            }
        }
        return true;
    }

    private static void removeTree(Path root) throws IOException {
        if (!Files.exists(root)) {
            return;
        }
        try (Stream<Path> all = Files.walk(root)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    private static void tryRemove(Path root) {
        try {
            removeTree(root);
        } catch (IOException _) {
            // Its name says that it is incomplete, and the next backup removes it.
        }
    }
}
