package io.cloister.client.code;

import io.cloister.client.code.CodeFinding.Severity;
import io.cloister.crypto.bundle.BundlePath;
import io.cloister.crypto.bundle.BundleRules;
import io.cloister.protocol.MalformedException;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
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
                    "packaging",
                    "pyarrow");

    private static final String NO_PYTHON =
            "no python3 of this machine could look through the code";

    private static final Pattern REQUIREMENT =
            Pattern.compile("^\\s*([A-Za-z0-9][A-Za-z0-9._-]*).*$");

    /// What user code imports of ours, in every runtime.
    private static final Set<String> OURS = Set.of("cloister", "cosmian_lib_sgx");

    /// What every interpreter imports while it waits, where its runtime has it.
    private static final Set<String> ALWAYS_IMPORTED = Set.of("numpy", "pandas");

    /// Of a `run.py` that sets environment variables the enclave foresees nothing: packages may
    /// read them when they are imported.
    private static final Pattern ENVIRONMENT = Pattern.compile("environ|putenv");

    /// Most modules that a note names.
    private static final int MOST_NAMED = 8;

    /// Modules that reach for a network.
    private static final Set<String> NETWORK =
            Set.of(
                    "aiohttp",
                    "ftplib",
                    "http.client",
                    "httpx",
                    "requests",
                    "smtplib",
                    "socket",
                    "urllib.request",
                    "urllib3");

    /// What extension modules end with: they load from wheels, whose files are checked.
    private static final Pattern COMPILED = Pattern.compile(".*\\.(?:so|pyd|dll|dylib)");

    /// An age file's header and nonce, more than they ever take.
    private static final long SEALED_ROOM = 8 << 10;

    private static final long SEALED_CHUNK = 64 << 10;
    private static final long SEALED_TAG = 16;

    /// A run's scratch files take an eighth of its memory, at most 1 GiB (spec/sandbox.md §2).
    private static final int SCRATCH_SHARE = 8;

    private static final long MOST_SCRATCH_BYTES = 1L << 30;

    private final CodeFolder folder;
    private final CodeTarget target;
    private final List<CodeFinding> findings = new ArrayList<>();

    private CodeCheck(CodeFolder folder, CodeTarget target) {
        this.folder = folder;
        this.target = target;
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

    /// Checks a project of which nobody knows where it will run.
    ///
    /// @throws IOException if it can't be read
    public static Report check(Path project) throws IOException {
        return check(project, CodeTarget.UNKNOWN);
    }

    /// Checks a project that is to run with a runtime: what it asks for beyond that must go
    /// together with it.
    ///
    /// @throws IOException if it can't be read
    public static Report check(Path project, Optional<RuntimePackages> runtime) throws IOException {
        return check(
                project,
                new CodeTarget(runtime, Optional.empty(), Optional.empty(), OptionalLong.empty()));
    }

    /// Checks a project.
    ///
    /// @throws IOException if it can't be read
    public static Report check(Path project, CodeTarget target) throws IOException {
        CodeFolder folder = CodeFolder.of(project);
        var check = new CodeCheck(folder, target);
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
                    PythonInspection.of("python3", scratch, List.of("source.py"))
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
        checkBundle();
        checkMemory();
        checkNames();
        noteClearFiles();
        findings.addAll(PackageCheck.check(folder, target.runtime()));
        List<String> sources =
                folder.files().stream()
                        .map(CodeFolder.Entry::relative)
                        .filter(name -> name.endsWith(".py"))
                        .toList();
        Optional<PythonInspection> inspection =
                PythonInspection.of(target.command(), folder.folder(), sources);
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
        checkDoor(inspection.get());
        noteLateImports(inspection.get());
    }

    /// The rules of a bundle, on the sizes that files will have at most.
    private void checkBundle() throws IOException {
        var rules = new BundleRules();
        for (CodeFolder.Entry entry : folder.files()) {
            long size = Files.size(entry.file());
            try {
                rules.accept(entry.path(), entry.isClear() ? size : sealed(size));
            } catch (MalformedException e) {
                boolean whole = e.path().equals("bundle");
                add(
                        Severity.ERROR,
                        "bundle",
                        whole ? "" : entry.relative(),
                        0,
                        "can't be bundled: " + e.getMessage());
                if (whole) {
                    return; // and so it goes on
                }
            }
        }
    }

    private static long sealed(long size) {
        return size + (size / SEALED_CHUNK + 1) * SEALED_TAG + SEALED_ROOM;
    }

    private void checkMemory() throws IOException {
        if (target.memoryBytes().isEmpty()) {
            return;
        }
        long memory = target.memoryBytes().getAsLong();
        long room = memory - Math.min(memory / SCRATCH_SHARE, MOST_SCRATCH_BYTES);
        long held = 0;
        for (CodeFolder.Entry entry : folder.files()) {
            held += Files.size(entry.file());
        }
        if (held > room) {
            add(
                    Severity.ERROR,
                    "memory",
                    "",
                    0,
                    "the files have "
                            + held
                            + " bytes, and the memory of a run has room for "
                            + room
                            + " bytes of code and inputs");
        }
    }

    /// Without an Enclave nothing encrypted opens and nothing comes out.
    private void checkDoor(PythonInspection inspection) {
        boolean ours =
                inspection.files().values().stream()
                        .flatMap(source -> source.imports().stream())
                        .anyMatch(imported -> OURS.contains(imported.top()));
        PythonInspection.Source run = inspection.files().get(BundlePath.RUN.value());
        if (run != null && run.error().isEmpty() && !ours) {
            add(
                    Severity.WARNING,
                    "no-enclave",
                    BundlePath.RUN.value(),
                    0,
                    "nothing imports Enclave from cloister, so no input is read and no result"
                            + " written");
        }
    }

    /// What the enclave, which can read `run.py` alone, won't foresee. Said here and nowhere else:
    /// what encrypted modules import is secret until their author writes it into `run.py`.
    private void noteLateImports(PythonInspection inspection) throws IOException {
        PythonInspection.Source run = inspection.files().get(BundlePath.RUN.value());
        if (run == null || run.error().isPresent() || setsEnvironment()) {
            return;
        }
        Set<String> foreseen =
                run.imports().stream()
                        .flatMap(imported -> imported.loaded().stream())
                        .collect(Collectors.toSet());
        Set<String> runtime =
                target.modules()
                        .or(() -> target.runtime().map(packages -> packages.modules().keySet()))
                        .orElse(PROVIDED);
        Set<String> local = localModules();
        List<String> late =
                folder.files().stream()
                        .filter(entry -> !entry.isClear())
                        .map(entry -> inspection.files().get(entry.relative()))
                        .filter(Objects::nonNull)
                        .flatMap(source -> source.imports().stream())
                        .filter(imported ->
                                runtime.contains(imported.top())
                                        && !local.contains(imported.top())
                                        && !OURS.contains(imported.top())
                                        && !ALWAYS_IMPORTED.contains(imported.top())
                                        && !foreseen.contains(imported.module()))
                        .map(PythonInspection.Import::module)
                        .distinct()
                        .sorted()
                        .toList();
        if (late.isEmpty()) {
            return;
        }
        int more = late.size() - MOST_NAMED;
        add(
                Severity.NOTE,
                "late-import",
                BundlePath.RUN.value(),
                0,
                "only encrypted modules import "
                        + String.join(", ", late.subList(0, Math.min(late.size(), MOST_NAMED)))
                        + (more > 0 ? " and " + more + " more" : "")
                        + ": import it in run.py too, where everyone can read it, and it is"
                        + " imported while the enclave waits, not in the run");
    }

    private boolean setsEnvironment() throws IOException {
        Path run = folder.find(BundlePath.RUN.value()).orElseThrow().file();
        return ENVIRONMENT.matcher(Files.readString(run, StandardCharsets.ISO_8859_1)).find();
    }

    private void add(Severity severity, String code, String file, long line, String sentence) {
        findings.add(new CodeFinding(severity, code, file, line, sentence));
    }

    private void checkNames() {
        for (CodeFolder.Entry entry : folder.files()) {
            String folded = entry.relative().toLowerCase(Locale.ROOT);
            if (COMPILED.matcher(folded).matches()) {
                add(
                        Severity.WARNING,
                        "compiled-code",
                        entry.relative(),
                        0,
                        "is compiled code, which is loaded from the packages of a runtime only");
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
        String top = imported.top();
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
        checkReach(file, imported);
        boolean known =
                standard.contains(top)
                        || OURS.contains(top)
                        || target.modules().orElse(PROVIDED).contains(top)
                        || required.contains(top.toLowerCase(Locale.ROOT));
        if (!known) {
            boolean fails =
                    target.modules().isPresent()
                            && imported.certain()
                            // A package's modules may be called otherwise than the package.
                            && required.isEmpty()
                            && file.equals(BundlePath.RUN.value());
            add(
                    fails ? Severity.ERROR : Severity.WARNING,
                    "module-unknown",
                    file,
                    imported.line(),
                    "imports "
                            + top
                            + ", which is neither in the project nor in requirements.txt nor"
                            + (target.modules().isPresent() ? " in the runtime" : " provided"));
        }
    }

    private void checkReach(String file, PythonInspection.Import imported) {
        if (NETWORK.contains(imported.module())) {
            add(
                    Severity.WARNING,
                    "no-network",
                    file,
                    imported.line(),
                    "imports " + imported.module() + "; an enclave has no network to reach");
        } else if (imported.top().equals("subprocess")) {
            add(
                    Severity.WARNING,
                    "no-programs",
                    file,
                    imported.line(),
                    "imports subprocess; an enclave has no program to start");
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
