package io.cloister.client.code;

import io.cloister.attestation.runtime.Wheel;
import io.cloister.client.code.CodeFinding.Severity;
import io.cloister.protocol.CloisterBugException;
import io.cloister.protocol.MalformedException;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/// What a wheel that comes with the code changes without anybody naming it: packages of the runtime
/// import some modules if they are there, and ask installed packages for entry points.
public final class OptionalModules {
    private static final String TABLE = "optional-modules.txt";
    private static final String ENTRY_POINTS = ".dist-info/entry_points.txt";
    private static final int MOST_ENTRY_POINTS = 1 << 16;
    private static final Pattern GROUP = Pattern.compile("\\s*\\[\\s*([^\\]]*?)\\s*\\]\\s*");

    /// Groups that only an installer reads, which makes scripts of them; a sandbox has none.
    private static final List<String> SCRIPTS = List.of("console_scripts", "gui_scripts");

    private final Map<String, String> importers;

    private OptionalModules(Map<String, String> importers) {
        this.importers = Map.copyOf(importers);
    }

    /// Those of the shipped runtimes' packages.
    public static OptionalModules ofTheRuntimes() {
        Map<String, String> importers = new HashMap<>();
        lines().forEach(line -> {
            int blank = line.indexOf(' ');
            if (!line.startsWith("#")) {
                importers.put(
                        line.substring(0, blank), line.substring(blank + 1).replace(" ", ", "));
            }
        });
        return new OptionalModules(importers);
    }

    /// The table, a module a line, then the packages that import it.
    static List<String> lines() {
        try (InputStream in =
                        Objects.requireNonNull(
                                OptionalModules.class.getResourceAsStream(TABLE), TABLE);
                var reader =
                        new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            return reader.lines().toList();
        } catch (IOException | UncheckedIOException e) {
            throw new CloisterBugException("a resource can be read", e);
        }
    }

    /// What is to be said of a wheel; nothing if it is used by who imports it only.
    ///
    /// @param name of its file
    /// @param wheel where it is
    /// @throws MalformedException if it is no wheel
    /// @throws IOException if it can't be read
    public List<CodeFinding> of(String name, Path wheel) throws IOException, MalformedException {
        List<CodeFinding> findings = new ArrayList<>();
        var tops = new TreeSet<String>();
        var texts = new TreeSet<String>();
        for (String path : Wheel.read(wheel).installed().keySet()) {
            tops.add(path.split("[/.]", 2)[0]);
            if (path.endsWith(ENTRY_POINTS)) {
                texts.add(path);
            }
        }
        for (String module : tops) {
            String by = importers.get(module);
            if (by != null) {
                findings.add(
                        finding(
                                name,
                                "brings the module "
                                        + module
                                        + ", which these packages of the runtimes import by"
                                        + " themselves if it is there: "
                                        + by));
            }
        }
        for (String group : groups(wheel, texts)) {
            findings.add(
                    finding(
                            name,
                            "offers entry points of the group "
                                    + group
                                    + ", which packages may load that nobody told to"));
        }
        return findings;
    }

    private static Set<String> groups(Path wheel, Set<String> texts) throws IOException {
        var groups = new TreeSet<String>();
        try (var zip = new ZipFile(wheel.toFile(), StandardCharsets.UTF_8)) {
            for (String text : texts) {
                ZipEntry entry = zip.getEntry(text);
                if (entry == null) {
                    continue;
                }
                try (InputStream in = zip.getInputStream(entry)) {
                    new String(in.readNBytes(MOST_ENTRY_POINTS), StandardCharsets.UTF_8)
                            .lines()
                            .map(GROUP::matcher)
                            .filter(Matcher::matches)
                            .map(matcher -> matcher.group(1))
                            .filter(group -> !SCRIPTS.contains(group))
                            .forEach(groups::add);
                }
            }
        }
        return groups;
    }

    private static CodeFinding finding(String name, String sentence) {
        return new CodeFinding(Severity.WARNING, "wheel-unnamed", "wheels/" + name, 0, sentence);
    }
}
