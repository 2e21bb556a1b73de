package io.cloister.client.code;

import io.cloister.client.code.CodeFinding.Severity;
import io.cloister.crypto.bundle.BundlePath;
import io.cloister.protocol.MalformedException;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// A Code Provider's project folder: which of its files go into the bundle, clear or encrypted.
/// Hidden files, byte code, caches, the folder of sample data and a `README.md` beside `run.py`
/// stay at home.
///
/// @param folder where
/// @param files what goes in, in the bundle's order
/// @param findings what can't go in
public record CodeFolder(Path folder, List<Entry> files, List<CodeFinding> findings) {
    private static final String SAMPLES = "testdata";
    private static final String README = "README.md";

    public CodeFolder {
        files = List.copyOf(files);
        findings = List.copyOf(findings);
    }

    /// A file of the project.
    ///
    /// @param relative its path in the project, with `/`
    /// @param file where it is
    /// @param path its place in the bundle
    public record Entry(String relative, Path file, BundlePath path) {
        /// Whether everyone of the computation may read it.
        public boolean isClear() {
            return path.isClear();
        }
    }

    /// Where `code test` finds sample files of a project in `folder`: a folder for each provider.
    public static Path samples(Path folder) {
        return folder.resolve(SAMPLES);
    }

    /// Looks at a folder.
    ///
    /// @throws IOException if it can't be read
    public static CodeFolder of(Path folder) throws IOException {
        var visitor = new Visitor(folder.toRealPath());
        Files.walkFileTree(visitor.root, visitor);
        visitor.files.sort(Comparator.comparing(Entry::path));
        return new CodeFolder(visitor.root, visitor.files, visitor.findings);
    }

    /// The file at a path of the project.
    public Optional<Entry> find(String relative) {
        return files.stream().filter(entry -> entry.relative().equals(relative)).findFirst();
    }

    private static final class Visitor extends SimpleFileVisitor<Path> {
        private final Path root;
        private final List<Entry> files = new ArrayList<>();
        private final List<CodeFinding> findings = new ArrayList<>();

        Visitor(Path root) {
            this.root = root;
        }

        @Override
        public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
            if (folder.equals(samples(root))) {
                note(SAMPLES, "is sample data and stays on this machine");
                return FileVisitResult.SKIP_SUBTREE;
            }
            return !folder.equals(root) && staysHome(folder)
                    ? FileVisitResult.SKIP_SUBTREE
                    : FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (file.equals(root.resolve(README))) {
                note(README, "stays on this machine");
            } else if (!staysHome(file)) {
                add(file, attributes);
            }
            return FileVisitResult.CONTINUE;
        }

        private void note(String relative, String sentence) {
            findings.add(new CodeFinding(Severity.NOTE, "stays-home", relative, 0, sentence));
        }

        private static boolean staysHome(Path path) {
            String name = String.valueOf(path.getFileName());
            return name.startsWith(".") || name.equals("__pycache__") || name.endsWith(".pyc");
        }

        private void add(Path file, BasicFileAttributes attributes) {
            String relative =
                    Normalizer.normalize(
                            root.relativize(file).toString().replace('\\', '/'),
                            Normalizer.Form.NFC);
            if (!attributes.isRegularFile()
                    || !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                findings.add(
                        new CodeFinding(
                                Severity.ERROR,
                                "not-a-file",
                                relative,
                                0,
                                "is a link or a device; only plain files can be bundled"));
                return;
            }
            try {
                files.add(new Entry(relative, file, place(relative)));
            } catch (MalformedException e) {
                findings.add(
                        new CodeFinding(
                                Severity.ERROR,
                                "name",
                                relative,
                                0,
                                "can't be bundled: " + e.getMessage()));
            }
        }

        private static BundlePath place(String relative) throws MalformedException {
            boolean clear =
                    relative.equals(BundlePath.RUN.value())
                            || relative.equals(BundlePath.REQUIREMENTS.value())
                            || relative.equals(BundlePath.LOCK.value())
                            || (relative.startsWith("wheels/") && relative.endsWith(".whl"));
            return clear
                    ? BundlePath.parse(relative, relative)
                    : BundlePath.encrypted(relative, relative);
        }
    }
}
