package io.cloister.e2e.stage;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;

/// Searches a folder, its files' contents and names, for bytes that must not be there.
public final class Traces {
    private Traces() {}

    /// Every file under `folder` that holds one of `markers`, as `file: marker`.
    public static List<String> of(List<String> markers, Path folder) throws IOException {
        List<String> found = new ArrayList<>();
        Files.walkFileTree(
                folder,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                            throws IOException {
                        if (attributes.isRegularFile()) {
                            String content =
                                    new String(
                                            Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
                            for (String marker : markers) {
                                if (content.contains(marker) || file.toString().contains(marker)) {
                                    found.add(folder.relativize(file) + ": " + marker);
                                }
                            }
                        }
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult visitFileFailed(Path file, IOException e) {
                        return FileVisitResult.CONTINUE; // a socket, or gone since
                    }
                });
        return found;
    }
}
