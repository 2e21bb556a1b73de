package io.cloister.client.code;

import io.cloister.client.code.CodeFinding.Severity;
import io.cloister.crypto.bundle.BundlePath;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Finds in a project what would fail later or surprise someone. Nothing of the project is run.
///
/// **Not guaranteed:** that code without findings works, or that every unsafe call is found: Python
/// can hide one.
public final class CodeCheck {
    /// Top-level modules of the packages in the shipped runtimes, and ours.
    private static final Set<String> PROVIDED =
            Set.of(
                    "cloister",
                    "cosmian_lib_sgx",
                    "numpy",
                    "pandas",
                    "dateutil",
                    "pytz",
                    "six",
                    "tzdata",
                    "scipy",
                    "sklearn",
                    "joblib",
                    "threadpoolctl",
                    "keras",
                    "nltk",
                    "matplotlib",
                    "mpl_toolkits",
                    "seaborn",
                    "requests",
                    "google",
                    "toml",
                    "yaml",
                    "tqdm",
                    "regex",
                    "click",
                    "PIL",
                    "packaging");

    private static final String NO_PYTHON =
            "no python3 of this machine could look through the code";

    private static final Pattern REQUIREMENT =
            Pattern.compile("^\\s*([A-Za-z0-9][A-Za-z0-9._-]*).*$");

    private final CodeFolder folder;
    private final Optional<RuntimePackages> runtime;
    private final List<CodeFinding> findings = new ArrayList<>();

    private CodeCheck(CodeFolder folder, Optional<RuntimePackages> runtime) {
        this.folder = folder;
        this.runtime = runtime;
    }

    /// What was found in a project.
    ///
    /// @param folder what would be bundled
    /// @param findings worst first
    public record Report(CodeFolder folder, List<CodeFinding> findings) {
        public Report {
            findings = List.copyOf(findings);
        }

        /// Whether something would fail.
        public boolean hasErrors() {
            return findings.stream().anyMatch(finding -> finding.severity() == Severity.ERROR);
        }
    }

    /// Checks a project.
    ///
    /// @throws IOException if it can't be read
    public static Report check(Path project) throws IOException {
        return check(project, Optional.empty());
    }

    /// Checks a project that is to run with a runtime: what it asks for beyond that must go
    /// together with it.
    ///
    /// @throws IOException if it can't be read
    public static Report check(Path project, Optional<RuntimePackages> runtime) throws IOException {
        CodeFolder folder = CodeFolder.of(project);
        var check = new CodeCheck(folder, runtime);
        check.run();
        return new Report(
                folder,
                check.findings.stream()
                        .sorted(
                                Comparator.comparing(CodeFinding::severity)
                                        .reversed()
                                        .thenComparing(CodeFinding::file)
                                        .thenComparingLong(CodeFinding::line))
                        .toList());
    }

    /// Unsafe calls in a clear file, as approval repeats them: anyone can find these. Where they
    /// could not be looked for, that is what is found: code can be written so.
    ///
    /// @param source as bundled
    public static List<CodeFinding> unsafeCalls(String file, byte[] source) throws IOException {
        Path scratch = Files.createTempDirectory("cloister-");
        Path copy = scratch.resolve("source.py");
        try {
            Files.write(copy, source);
            Optional<PythonInspection.Source> found =
                    PythonInspection.of(scratch, List.of("source.py"))
                            .map(inspection -> inspection.files().get("source.py"));
            if (found.isEmpty()) {
                return List.of(notLookedThrough(file, NO_PYTHON));
            }
            if (found.get().error().isPresent()) {
                return List.of(notLookedThrough(file, found.get().error().get().text()));
            }
            return unsafe(file, found.get());
        } finally {
            Files.deleteIfExists(copy);
            Files.deleteIfExists(scratch);
        }
    }

    private static CodeFinding notLookedThrough(String file, String why) {
        return new CodeFinding(
                Severity.WARNING,
                "not-looked-through",
                file,
                1,
                "could not be looked through for calls that make an input code: read it yourself ("
                        + why
                        + ")");
    }

    private void run() throws IOException {
        findings.addAll(folder.findings());
        if (folder.find(BundlePath.RUN.value()).isEmpty()) {
            add(
                    Severity.ERROR,
                    "run-missing",
                    "run.py",
                    0,
                    "there is no run.py; it is where the computation begins");
        }
        checkNames();
        noteClearFiles();
        findings.addAll(PackageCheck.check(folder, runtime));
        List<String> sources =
                folder.files().stream()
                        .map(CodeFolder.Entry::relative)
                        .filter(name -> name.endsWith(".py"))
                        .toList();
        Optional<PythonInspection> inspection = PythonInspection.of(folder.folder(), sources);
        if (inspection.isEmpty()) {
            add(
                    Severity.WARNING,
                    "no-python",
                    "run.py",
                    0,
                    NO_PYTHON + ", so syntax, imports and unsafe calls could not be checked");
            return;
        }
        for (String source : sources) {
            checkSource(source, inspection.get());
        }
    }

    private void add(Severity severity, String code, String file, long line, String sentence) {
        findings.add(new CodeFinding(severity, code, file, line, sentence));
    }

    private void checkNames() {
        Map<String, String> places = new HashMap<>();
        for (CodeFolder.Entry entry : folder.files()) {
            String folded = entry.relative().toLowerCase(Locale.ROOT);
            String before = places.put(folded, entry.relative());
            if (before != null) {
                add(
                        Severity.ERROR,
                        "name-collision",
                        entry.relative(),
                        0,
                        "collides with " + before);
            }
            if (folded.endsWith(".age")) {
                add(
                        Severity.WARNING,
                        "already-encrypted",
                        entry.relative(),
                        0,
                        "looks encrypted already; the enclave opens one layer only");
            }
        }
        Set<String> modules = localModules();
        for (String module : modules) {
            if (PROVIDED.contains(module)) {
                add(
                        Severity.ERROR,
                        "module-collision",
                        module,
                        0,
                        "has the name of a package that the enclave provides");
            }
            if (folder.find(module + ".py").isPresent()
                    && folder.files().stream()
                            .anyMatch(entry -> entry.relative().startsWith(module + "/"))) {
                add(
                        Severity.ERROR,
                        "module-collision",
                        module + ".py",
                        0,
                        "collides with the folder " + module + "/");
            }
        }
    }

    private void noteClearFiles() {
        String clear =
                folder.files().stream()
                        .filter(CodeFolder.Entry::isClear)
                        .map(CodeFolder.Entry::relative)
                        .collect(Collectors.joining(", "));
        if (!clear.isEmpty()) {
            add(
                    Severity.NOTE,
                    "clear-files",
                    "",
                    0,
                    "everyone of the computation can read: " + clear);
        }
    }

    /// Top-level names that user code can import from the project.
    private Set<String> localModules() {
        Set<String> modules = new TreeSet<>();
        for (CodeFolder.Entry entry : folder.files()) {
            String relative = entry.relative();
            int slash = relative.indexOf('/');
            if (slash > 0) {
                modules.add(relative.substring(0, slash));
            } else if (relative.endsWith(".py")) {
                modules.add(relative.substring(0, relative.length() - ".py".length()));
            }
        }
        modules.remove("wheels");
        return modules;
    }

    private void checkSource(String file, PythonInspection inspection) throws IOException {
        PythonInspection.Source source = inspection.files().get(file);
        if (source == null) {
            return;
        }
        if (source.error().isPresent()) {
            add(
                    Severity.ERROR,
                    "syntax",
                    file,
                    source.error().get().line(),
                    "is not valid Python: " + source.error().get().text());
            return;
        }
        Set<String> local = localModules();
        Set<String> required = requiredModules();
        for (PythonInspection.Import imported : source.imports()) {
            checkImport(file, imported, local, required, inspection.standard());
        }
        findings.addAll(unsafe(file, source));
    }

    private void checkImport(
            String file,
            PythonInspection.Import imported,
            Set<String> local,
            Set<String> required,
            Set<String> standard) {
        String top = imported.module().split("\\.", 2)[0];
        if (local.contains(top) && !top.equals("run")) {
            if (file.equals(BundlePath.RUN.value()) && imported.early()) {
                add(
                        Severity.ERROR,
                        "early-import",
                        file,
                        imported.line(),
                        "imports "
                                + top
                                + ", which is encrypted, outside `with Enclave()`; it resolves only"
                                + " inside");
            }
            return;
        }
        boolean known =
                standard.contains(top)
                        || PROVIDED.contains(top)
                        || required.contains(top.toLowerCase(Locale.ROOT));
        if (!known) {
            add(
                    Severity.WARNING,
                    "module-unknown",
                    file,
                    imported.line(),
                    "imports "
                            + top
                            + ", which is neither in the project nor in requirements.txt nor"
                            + " provided");
        }
    }

    private Set<String> requiredModules() throws IOException {
        Set<String> names = new HashSet<>();
        for (String file : List.of(BundlePath.REQUIREMENTS.value(), BundlePath.LOCK.value())) {
            Optional<CodeFolder.Entry> entry = folder.find(file);
            if (entry.isPresent()) {
                for (String line : Files.readAllLines(entry.get().file())) {
                    Matcher requirement = REQUIREMENT.matcher(line);
                    if (requirement.matches()) {
                        names.add(requirement.group(1).toLowerCase(Locale.ROOT).replace('-', '_'));
                    }
                }
            }
        }
        return names;
    }

    private static List<CodeFinding> unsafe(String file, PythonInspection.Source source) {
        return source.unsafe().stream()
                .map(call ->
                        new CodeFinding(
                                Severity.WARNING,
                                "unsafe-deserialisation",
                                file,
                                call.line(),
                                "calls "
                                        + call.text()
                                        + ": an input read with it is code by whoever provided that"
                                        + " input"))
                .toList();
    }
}
