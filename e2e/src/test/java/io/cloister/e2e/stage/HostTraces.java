package io.cloister.e2e.stage;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Searches the files of this machine that were changed since a moment, wherever a program that is
/// started here may write: folders for temporary files, for what runs, for crashes and for cores,
/// the working folder, the user's home and caches, runtimes among them.
public final class HostTraces {
    /// A file's change may be told by a coarser clock than ours.
    private static final Duration COARSE = Duration.ofMillis(20);

    private static final List<String> FOLDERS =
            List.of(
                    "/tmp",
                    "/var/tmp",
                    "/dev/shm",
                    "/run",
                    "/var/crash",
                    "/var/cache",
                    "/var/spool",
                    "/var/lib/systemd/coredump",
                    "/var/lib/apport");

    private final Instant start;

    private HostTraces(Instant start) {
        this.start = start;
    }

    /// Of files changed from then on.
    public static HostTraces from(Instant start) {
        return new HostTraces(start.minus(COARSE));
    }

    /// Every such file that is not under one of `except` and holds one of `markers`, or is named
    /// after one, as `file: marker`.
    public List<String> holding(List<String> markers, List<Path> except) throws IOException {
        var searched = new Markers(markers);
        Set<String> found = new LinkedHashSet<>();
        for (Map.Entry<Path, Integer> root : roots().entrySet()) {
            if (Files.isDirectory(root.getKey())) {
                Files.walkFileTree(
                        root.getKey(),
                        Set.of(),
                        root.getValue(),
                        new Search(searched, except, found));
            }
        }
        return List.copyOf(found);
    }

    /// With how deep to look.
    private static Map<Path, Integer> roots() {
        Map<Path, Integer> roots = new LinkedHashMap<>();
        Path home = Path.of(System.getProperty("user.home"));
        roots.put(home, 2);
        roots.put(Path.of("/"), 1);
        roots.put(Path.of("").toAbsolutePath(), Integer.MAX_VALUE);
        roots.put(Path.of(System.getProperty("java.io.tmpdir")), Integer.MAX_VALUE);
        roots.put(
                Optional.ofNullable(System.getenv("XDG_CACHE_HOME"))
                        .map(Path::of)
                        .orElse(home.resolve(".cache")),
                Integer.MAX_VALUE);
        FOLDERS.forEach(folder -> roots.put(Path.of(folder), Integer.MAX_VALUE));
        return roots;
    }

    private final class Search extends SimpleFileVisitor<Path> {
        private final Markers markers;
        private final List<Path> except;
        private final Set<String> found;

        Search(Markers markers, List<Path> except, Set<String> found) {
            this.markers = markers;
            this.except = except;
            this.found = found;
        }

        @Override
        public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
            return except.contains(folder)
                    ? FileVisitResult.SKIP_SUBTREE
                    : FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            try {
                if (attributes.isRegularFile() && changed(file)) {
                    search(file);
                }
            } catch (IOException _) {
                // Gone since, or not ours to read: then not ours to write either.
            }
            return FileVisitResult.CONTINUE;
        }

        private void search(Path file) throws IOException {
            Set<String> held = new LinkedHashSet<>(markers.in(String.valueOf(file.getFileName())));
            try (InputStream content = Files.newInputStream(file)) {
                held.addAll(markers.in(content));
            } finally {
                held.forEach(marker -> found.add(file + ": " + marker));
            }
        }

        /// By the kernel's own record, which no program can set.
        private boolean changed(Path file) throws IOException {
            var time = (FileTime) Files.getAttribute(file, "unix:ctime", LinkOption.NOFOLLOW_LINKS);
            return !time.toInstant().isBefore(start);
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException e) {
            return FileVisitResult.CONTINUE; // closed to us, or gone since
        }

        @Override
        public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException e) {
            return FileVisitResult.CONTINUE; // gone since
        }
    }
}
