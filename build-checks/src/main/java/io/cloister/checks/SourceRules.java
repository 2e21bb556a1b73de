package io.cloister.checks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// What no source file of ours may hold. Works on texts, so that comments count too.
public final class SourceRules {
    private static final Pattern UNFINISHED = Pattern.compile("\\b(TODO|FIXME|XXX)\\b");
    private static final Pattern SWITCHED_OFF = Pattern.compile("@Disabled\\b");
    private static final Pattern FUZZ_TARGET = Pattern.compile("@FuzzTest\\b");
    private static final Pattern BRIEF_FUZZ_TARGET =
            Pattern.compile("@FuzzTest\\(maxDuration = (\"[1-9]s\"|FuzzTime\\.EACH)\\)");
    private static final Pattern NULL_MARKED =
            Pattern.compile("^@NullMarked\\s+package ", Pattern.MULTILINE);
    private static final Path OWN_SOURCES = Path.of("build-checks");

    private SourceRules() {}

    /// Every Java source file under `root`, except this module's own, which has to spell what it
    /// forbids.
    public static List<Path> files(Path root) throws IOException {
        List<Path> files = new ArrayList<>();
        for (Path module : modules(root)) {
            Path sources = module.resolve("src");
            if (Files.isDirectory(sources)) {
                try (Stream<Path> walk = Files.walk(sources)) {
                    walk.filter(it -> it.toString().endsWith(".java")).sorted().forEach(files::add);
                }
            }
        }
        return files;
    }

    /// What is wrong with the file `file` that holds `text`, if anything.
    public static Optional<String> check(Path file, String text) {
        if (!file.toString().contains(OWN_SOURCES.toString())) {
            if (UNFINISHED.matcher(text).find()) {
                return Optional.of(file + ": unfinished work does not land (TODO, FIXME, XXX)");
            }
            if (SWITCHED_OFF.matcher(text).find()) {
                return Optional.of(file + ": a test runs, or says by an assumption why it cannot");
            }
            long targets = FUZZ_TARGET.matcher(text).results().count();
            if (targets > 1) {
                return Optional.of(
                        file + ": Jazzer fuzzes one target per class and skips the rest");
            }
            if (targets != BRIEF_FUZZ_TARGET.matcher(text).results().count()) {
                return Optional.of(file + ": a fuzz target says maxDuration, below 10 seconds");
            }
        }
        if (file.endsWith("package-info.java") && !NULL_MARKED.matcher(text).find()) {
            return Optional.of(file + ": lacks @NullMarked");
        }
        return Optional.empty();
    }

    /// The folders of main sources among `files` that lack a `package-info.java`.
    public static List<String> packagesWithoutInfo(List<Path> files) {
        TreeSet<String> folders = new TreeSet<>();
        TreeSet<String> described = new TreeSet<>();
        for (Path file : files) {
            Path folder = file.getParent();
            if (folder == null
                    || !folder.toString().replace('\\', '/').contains("src/main/java/")) {
                continue;
            }
            (file.endsWith("package-info.java") ? described : folders).add(folder.toString());
        }
        folders.removeAll(described);
        return List.copyOf(folders);
    }

    private static List<Path> modules(Path root) throws IOException {
        try (Stream<Path> children = Files.list(root)) {
            return children.filter(it -> Files.exists(it.resolve("pom.xml"))).sorted().toList();
        }
    }
}
