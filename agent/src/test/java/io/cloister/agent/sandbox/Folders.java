package io.cloister.agent.sandbox;

import io.cloister.protocol.Sha256;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/// Whole folders, for tests.
final class Folders {
    private Folders() {}

    static void copy(Path from, Path to) throws IOException {
        Files.walkFileTree(
                from,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult preVisitDirectory(
                            Path folder, BasicFileAttributes attributes) throws IOException {
                        Files.createDirectories(to.resolve(from.relativize(folder).toString()));
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                            throws IOException {
                        Files.copy(
                                file,
                                to.resolve(from.relativize(file).toString()),
                                StandardCopyOption.REPLACE_EXISTING);
                        return FileVisitResult.CONTINUE;
                    }
                });
    }

    /// The files below `folder` as they are now.
    static RuntimeFiles runtime(Path folder) {
        try (var entries = Files.walk(folder)) {
            Map<String, RuntimeFiles.Content> files = new HashMap<>();
            for (Path file : entries.filter(Files::isRegularFile).toList()) {
                byte[] content = Files.readAllBytes(file);
                files.put(
                        folder.relativize(file).toString(),
                        new RuntimeFiles.Content(content.length, Sha256.of(content)));
            }
            return new RuntimeFiles(folder, files);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /// The same, with a part for each folder in it.
    static RuntimeFiles runtimeInParts(Path folder) {
        Map<String, RuntimeFiles.Content> atStart = new HashMap<>();
        Map<String, Map<String, RuntimeFiles.Content>> parts = new TreeMap<>();
        runtime(folder)
                .files()
                .forEach((path, content) -> {
                    int slash = path.indexOf('/');
                    (slash < 0
                                    ? atStart
                                    : parts.computeIfAbsent(
                                            path.substring(0, slash), _ -> new HashMap<>()))
                            .put(path, content);
                });
        return new RuntimeFiles(
                folder,
                atStart,
                parts.entrySet().stream()
                        .map(part -> new RuntimeFiles.Part(part.getKey(), part.getValue()))
                        .toList());
    }

    static void delete(Path folder) throws IOException {
        try (var entries = Files.walk(folder)) {
            for (Path entry : entries.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(entry);
            }
        }
    }
}
