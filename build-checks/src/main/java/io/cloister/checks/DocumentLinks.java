package io.cloister.checks;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What the Markdown documents of the checkout link to: files that are there, and tests that are in
/// the file that is linked.
public final class DocumentLinks {
    private static final Pattern LINK = Pattern.compile("\\[([^\\]\\[]+)]\\(([^)\\s]+)\\)");
    private static final Pattern ADDRESS = Pattern.compile("[a-z]+:.*");
    private static final Pattern FENCED =
            Pattern.compile("^ *```.*?^ *```", Pattern.MULTILINE | Pattern.DOTALL);
    private static final Pattern TEST = Pattern.compile("`?([A-Z]\\w*Test)(?:\\.([a-z]\\w*))?`?");
    private static final Pattern BARE_TEST =
            Pattern.compile("(?<!\\[)`[A-Z]\\w*Test(\\.[a-z]\\w*)?`");

    private DocumentLinks() {}

    /// Every Markdown file under `root`, in order of their paths.
    public static List<Path> files(Path root) throws IOException {
        List<Path> files = new ArrayList<>();
        Files.walkFileTree(
                root,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes it) {
                        String name = String.valueOf(folder.getFileName());
                        boolean hidden = name.startsWith(".") && !folder.equals(root);
                        return hidden || name.equals("target")
                                ? FileVisitResult.SKIP_SUBTREE
                                : FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes it) {
                        if (file.toString().endsWith(".md")) {
                            files.add(file);
                        }
                        return FileVisitResult.CONTINUE;
                    }
                });
        return files.stream().sorted().toList();
    }

    /// What is wrong with the links of the document `file` that holds `text`: a file that is not
    /// there, or a link named as a test (`[FooTest.does](...)`) to a file without it.
    public static List<String> broken(Path file, String text) throws IOException {
        List<String> findings = new ArrayList<>();
        String prose = FENCED.matcher(text).replaceAll("");
        for (MatchResult link : LINK.matcher(prose).results().toList()) {
            String target = link.group(2).replaceFirst("#.*", "");
            if (target.isEmpty() || ADDRESS.matcher(target).matches()) {
                continue;
            }
            Path linked = file.resolveSibling(target);
            if (!Files.exists(linked)) {
                findings.add(file + ": links to " + target + ", which is not there");
                continue;
            }
            Matcher test = TEST.matcher(link.group(1));
            if (test.matches() && !holds(linked, test.group(1), test.group(2))) {
                findings.add(file + ": " + link.group(1) + " is not in " + target);
            }
        }
        return findings;
    }

    /// The names of tests in `text` that stand there without a link.
    public static List<String> unlinkedTests(String text) {
        return BARE_TEST.matcher(text).results().map(MatchResult::group).toList();
    }

    private static boolean holds(Path file, String type, @Nullable String test) throws IOException {
        return file.endsWith(type + ".java")
                && (test == null || Files.readString(file).contains(" void " + test + "("));
    }
}
