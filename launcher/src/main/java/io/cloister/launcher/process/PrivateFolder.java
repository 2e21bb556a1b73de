package io.cloister.launcher.process;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/// Folders only their owner can enter (0700), and files only their owner can read (0600).
final class PrivateFolder {
    private PrivateFolder() {}

    /// Makes `folder` with its parents, or takes one that is there if it is this user's own and
    /// nobody else can enter it.
    ///
    /// @throws IOException if it is a link, another user's, or open to others
    static Path require(Path folder) throws IOException {
        if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
            Files.createDirectories(
                    folder,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rwx------")));
        }
        if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
            throw new IOException(folder + " must be a folder, and no link to one");
        }
        String permissions = PosixFilePermissions.toString(Files.getPosixFilePermissions(folder));
        if (!permissions.endsWith("------")) {
            throw new IOException(
                    folder + " must be closed to other users (0700), but is " + permissions);
        }
        requireOwn(folder);
        return folder;
    }

    /// A folder in which this user can write may still be another's, who can then change what is in
    /// it: so it is for whoever runs as root.
    private static void requireOwn(Path folder) throws IOException {
        OptionalInt owner = user(folder);
        Path made = Files.createTempFile("cloister", ".user");
        OptionalInt self;
        try {
            self = user(made);
        } finally {
            Files.deleteIfExists(made);
        }
        if (owner.isEmpty() || self.isEmpty()) {
            throw new IOException(
                    folder + " is on a file system that does not tell whose file it is");
        }
        if (owner.getAsInt() != self.getAsInt()) {
            throw new IOException(
                    folder
                            + " belongs to user "
                            + owner.getAsInt()
                            + ", and this process runs as user "
                            + self.getAsInt());
        }
    }

    private static OptionalInt user(Path path) throws IOException {
        try {
            return Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS)
                            instanceof Integer id
                    ? OptionalInt.of(id)
                    : OptionalInt.empty();
        } catch (UnsupportedOperationException | IllegalArgumentException _) {
            return OptionalInt.empty();
        }
    }

    /// Writes a new file that only its owner can read, and waits until it is on disk.
    static void write(Path file, byte[] content) throws IOException {
        var ownerOnly =
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
        var options = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        try (FileChannel channel = FileChannel.open(file, options, ownerOnly)) {
            ByteBuffer left = ByteBuffer.wrap(content);
            while (left.hasRemaining()) {
                channel.write(left);
            }
            channel.force(true);
        }
    }

    /// Removes a folder with everything in it; links are removed, not followed.
    static void delete(Path folder) throws IOException {
        if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
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
