package io.cloister.e2e.stage;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// Searches a folder, its files' contents and names, for bytes that must not be there.
public final class Traces {
    private Traces() {}

    /// Every file under `folder` that holds one of `markers`, as `file: marker`.
    public static List<String> of(List<String> markers, Path folder) throws IOException {
        var searched = new Markers(markers);
        List<String> found = new ArrayList<>();
        Files.walkFileTree(
                folder,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                            throws IOException {
                        if (attributes.isRegularFile()) {
                            Set<String> held = new LinkedHashSet<>(searched.in(file.toString()));
                            try (InputStream content = Files.newInputStream(file)) {
                                held.addAll(searched.in(content));
                            }
                            held.forEach(
                                    marker -> found.add(folder.relativize(file) + ": " + marker));
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
