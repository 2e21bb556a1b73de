package io.cloister.launcher.runtime;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;

/// Makes public packages readable whatever the umask: user code runs under another user than the
/// one that built them.
final class Permissions {
    private Permissions() {}

    static void readableByAll(Path folder) throws IOException {
        var forFiles = PosixFilePermissions.fromString("rw-r--r--");
        var forFolders = PosixFilePermissions.fromString("rwxr-xr-x");
        Files.walkFileTree(
                folder,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult preVisitDirectory(
                            Path directory, BasicFileAttributes attributes) throws IOException {
                        Files.setPosixFilePermissions(directory, forFolders);
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                            throws IOException {
                        Files.setPosixFilePermissions(file, forFiles);
                        return FileVisitResult.CONTINUE;
                    }
                });
    }
}
