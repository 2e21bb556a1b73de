package io.cloister.attestation.measurement;

import io.cloister.protocol.Sha256;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;

/// Hashes files on this machine. The only I/O of this module beside the check of an installed
/// runtime.
public final class MeasuredFiles {
    private static final int BUFFER = 64 << 10;

    private MeasuredFiles() {}

    /// Every file under `folder`. Empty folders leave no trace.
    ///
    /// @throws IOException if one can't be read, or is no plain file: a link could be pointed
    ///   elsewhere after measuring
    public static List<MeasuredFile> under(Path folder) throws IOException {
        var files = new ArrayList<MeasuredFile>();
        Files.walkFileTree(
                folder,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                            throws IOException {
                        if (!attributes.isRegularFile()) {
                            throw new IOException("only plain files can be measured, not " + file);
                        }
                        files.add(new MeasuredFile(relativeName(folder, file), digest(file)));
                        return FileVisitResult.CONTINUE;
                    }
                });
        return List.copyOf(files);
    }

    /// The digest of one file's content.
    ///
    /// @throws IOException if it can't be read
    public static Sha256 digest(Path file) throws IOException {
        MessageDigest digest = Sha256.newDigest();
        // Most files of a runtime are small, and there are thousands of them.
        byte[] buffer = new byte[Math.clamp(Files.size(file) + 1, 1, BUFFER)];
        try (InputStream input = Files.newInputStream(file)) {
            for (int read = input.read(buffer); read >= 0; read = input.read(buffer)) {
                digest.update(buffer, 0, read);
            }
        }
        return Sha256.finish(digest);
    }

    private static String relativeName(Path folder, Path file) {
        var name = new StringBuilder();
        for (Path component : folder.relativize(file)) {
            name.append(name.isEmpty() ? "" : "/").append(component);
        }
        return name.toString();
    }
}
