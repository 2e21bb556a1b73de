package io.cloister.crypto.keystore;

import io.cloister.crypto.keystore.KeyStoreException.Kind;
import io.cloister.protocol.Bytes;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;

/// The files of a key store: private, never behind a link, replaced as a whole or not at all,
/// durable before a call returns.
final class StoreFiles {
    private static final Set<PosixFilePermission> FOLDER =
            PosixFilePermissions.fromString("rwx------");
    private static final Set<PosixFilePermission> FILE =
            PosixFilePermissions.fromString("rw-------");
    private static final String TEMPORARY = ".tmp-";

    private StoreFiles() {}

    /// Makes a folder that only its owner can enter. An existing one is checked.
    static void makeFolder(Path folder) throws IOException {
        try {
            Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(FOLDER));
            sync(parent(folder));
        } catch (FileAlreadyExistsException _) {
            requireFolder(folder);
        } catch (UnsupportedOperationException e) {
            throw exposed(
                    folder, "is on a file system without permissions", "choose another place", e);
        }
    }

    /// @throws KeyStoreException if `folder` is no folder, a link, another user's, or open to
    ///   others
    static void requireFolder(Path folder) throws IOException {
        PosixFileAttributes attributes = attributes(folder);
        if (attributes.isSymbolicLink()) {
            throw exposed(folder, "is a symbolic link", "name the folder itself", null);
        }
        if (!attributes.isDirectory()) {
            throw new KeyStoreException(Kind.PLACE, folder + " is not a folder");
        }
        requirePrivate(folder, attributes, "700");
    }

    /// The content of a file, or nothing if there is none.
    ///
    /// @throws KeyStoreException if it is a link, no regular file, another user's, open to others
    ///   or too long
    static Optional<byte[]> read(Path file, int maxLength) throws IOException {
        PosixFileAttributes attributes;
        try {
            attributes = attributes(file);
        } catch (NoSuchFileException _) {
            return Optional.empty();
        }
        requireFile(file, attributes);
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
            if (channel.size() > maxLength) {
                throw new KeyStoreException(
                        Kind.DAMAGED, file + ": expected at most " + maxLength + " bytes");
            }
            var buffer = ByteBuffer.allocate((int) channel.size());
            while (buffer.hasRemaining() && channel.read(buffer) >= 0) {
                // A read may give less than was asked for.
            }
            byte[] content = new byte[buffer.position()];
            buffer.flip().get(content);
            return Optional.of(content);
        }
    }

    private static void requireFile(Path file, PosixFileAttributes attributes) throws IOException {
        if (attributes.isSymbolicLink()) {
            throw exposed(file, "is a symbolic link", "put the file itself there", null);
        }
        if (!attributes.isRegularFile()) {
            throw new KeyStoreException(Kind.DAMAGED, file + ": expected a regular file");
        }
        requirePrivate(file, attributes, "600");
    }

    /// Writes a file beside its place, makes it durable, and moves it there.
    static void write(Path file, Bytes content) throws IOException {
        Path folder = parent(file);
        Path temporary =
                Files.createTempFile(
                        folder, TEMPORARY, null, PosixFilePermissions.asFileAttribute(FILE));
        try {
            try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
                var buffer = ByteBuffer.wrap(content.toArray());
                while (buffer.hasRemaining()) {
                    channel.write(buffer);
                }
                channel.force(true);
            }
            Files.move(
                    temporary,
                    file,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(temporary);
        }
        sync(folder);
    }

    /// Removes a file.
    ///
    /// @return whether it was there
    static boolean remove(Path file) throws IOException {
        boolean removed = Files.deleteIfExists(file);
        if (removed) {
            sync(parent(file));
        }
        return removed;
    }

    /// Removes a file, or a folder with everything in it; links are removed, not followed.
    static void removeAll(Path path) throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        List<Path> all;
        try (Stream<Path> walk = Files.walk(path)) {
            all = walk.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path one : all) {
            Files.deleteIfExists(one);
        }
        sync(parent(path));
    }

    /// Gives a folder another name, in one step.
    ///
    /// @throws IOException if there is something of that name
    static void moveFolder(Path folder, Path target) throws IOException {
        Files.move(folder, target, StandardCopyOption.ATOMIC_MOVE);
        sync(parent(target));
    }

    /// Names of what is in a folder, in order, without temporary files; none if the folder does not
    /// exist.
    static List<String> list(Path folder) throws IOException {
        if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
            return List.of();
        }
        requireFolder(folder);
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.map(entry -> String.valueOf(entry.getFileName()))
                    .filter(name -> !name.startsWith(TEMPORARY))
                    .sorted()
                    .toList();
        }
    }

    /// Whether `file` is of a write that never ended.
    static boolean isTemporary(Path file) {
        return String.valueOf(file.getFileName()).startsWith(TEMPORARY);
    }

    /// Opens a file to lock, which is made if it is not there.
    static FileChannel openLock(Path file) throws IOException {
        try {
            return FileChannel.open(
                    file,
                    Set.of(
                            StandardOpenOption.WRITE,
                            StandardOpenOption.CREATE,
                            LinkOption.NOFOLLOW_LINKS),
                    PosixFilePermissions.asFileAttribute(FILE));
        } catch (IOException e) {
            if (Files.isSymbolicLink(file)) {
                throw exposed(file, "is a symbolic link", "remove it", e);
            }
            throw e;
        }
    }

    private static PosixFileAttributes attributes(Path path) throws IOException {
        try {
            return Files.readAttributes(path, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        } catch (UnsupportedOperationException e) {
            throw exposed(
                    path, "is on a file system without permissions", "choose another place", e);
        }
    }

    private static void requirePrivate(Path path, PosixFileAttributes attributes, String mode)
            throws IOException {
        requireOwn(path);
        Set<PosixFilePermission> open = EnumSet.copyOf(attributes.permissions());
        open.removeAll(FOLDER);
        if (!open.isEmpty()) {
            throw exposed(
                    path,
                    "is open to others ("
                            + PosixFilePermissions.toString(attributes.permissions())
                            + ")",
                    "if nobody has looked, run: chmod " + mode,
                    null);
        }
    }

    private static void requireOwn(Path path) throws IOException {
        OptionalInt owner = OwnUser.of(path);
        OptionalInt self = OwnUser.number();
        if (self.isEmpty()) {
            throw exposed(
                    path,
                    "cannot be held against the user this process runs as: no file could be made"
                            + " in the folder for temporary files",
                    "make that one writable, or name another with -Djava.io.tmpdir in"
                            + " JAVA_TOOL_OPTIONS",
                    null);
        }
        if (owner.isEmpty()) {
            throw exposed(
                    path,
                    "is on a file system that does not tell whose file it is",
                    "choose another place",
                    null);
        }
        if (owner.getAsInt() != self.getAsInt()) {
            throw exposed(
                    path,
                    "belongs to user "
                            + owner.getAsInt()
                            + ", and this process runs as user "
                            + self.getAsInt(),
                    "choose a folder of your own, or run as that user",
                    null);
        }
    }

    private static KeyStoreException exposed(
            Path path, String what, String todo, @Nullable Exception cause) {
        String message = path + " " + what + "; " + todo;
        return cause == null
                ? new KeyStoreException(Kind.EXPOSED, message)
                : new KeyStoreException(Kind.EXPOSED, message, cause);
    }

    private static Path parent(Path path) {
        Path parent = path.toAbsolutePath().getParent();
        if (parent == null) {
            throw new IllegalArgumentException("a key store cannot be the root folder");
        }
        return parent;
    }

    private static void sync(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
