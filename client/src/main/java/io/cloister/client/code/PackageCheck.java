package io.cloister.client.code;

import io.cloister.attestation.runtime.FurtherPackages;
import io.cloister.attestation.runtime.RuntimeLock;
import io.cloister.client.code.CodeFinding.Severity;
import io.cloister.crypto.bundle.BundlePath;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// Finds in advance what the enclave would refuse of a project's packages, and what would surprise
/// their author: a `requirements.txt` that changed after it was locked, for one. Nothing of them is
/// run.
public final class PackageCheck {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int MAX_TEXT = 2_000;
    private static final int MAX_PROBLEMS = 1_000;
    private static final String LOCK = RuntimeLock.FILE_NAME;

    private final CodeFolder folder;
    private final Optional<RuntimePackages> runtime;
    private final List<CodeFinding> findings = new ArrayList<>();

    private PackageCheck(CodeFolder folder, Optional<RuntimePackages> runtime) {
        this.folder = folder;
        this.runtime = runtime;
    }

    /// What is to be said of a project's packages.
    ///
    /// @param runtime the runtime it is to run with, if it is known
    /// @throws IOException if it can't be read
    public static List<CodeFinding> check(CodeFolder folder, Optional<RuntimePackages> runtime)
            throws IOException {
        var check = new PackageCheck(folder, runtime);
        check.run();
        return List.copyOf(check.findings);
    }

    /// The lock of a project, if it has one that `code lock` made.
    ///
    /// @throws IOException if it can't be read
    public static Optional<CodeLock> lock(CodeFolder folder) throws IOException {
        Optional<CodeFolder.Entry> entry = folder.find(LOCK);
        if (entry.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(CodeLock.parse(bytes(entry.get())));
        } catch (MalformedException _) {
            return Optional.empty();
        }
    }

    private static Bytes bytes(CodeFolder.Entry entry) throws IOException {
        return Bytes.copyOf(Files.readAllBytes(entry.file()));
    }

    private void run() throws IOException {
        Optional<CodeFolder.Entry> requirements = folder.find(BundlePath.REQUIREMENTS.value());
        Optional<CodeFolder.Entry> entry = folder.find(LOCK);
        Map<String, Path> wheels = wheels();
        if (entry.isEmpty()) {
            withoutLock(requirements, wheels);
            return;
        }
        Bytes bytes = bytes(entry.get());
        if (runtime.isPresent() && Sha256.of(bytes).equals(runtime.get().ref().digest())) {
            // The runtime's own lock asks for nothing more.
            withoutLock(Optional.empty(), wheels);
            return;
        }
        try {
            held(CodeLock.parse(bytes), requirements, wheels);
        } catch (MalformedException e) {
            error("lock-form", LOCK, "is not one that `code lock` made: " + e.getMessage());
        }
    }

    private Map<String, Path> wheels() {
        Map<String, Path> wheels = new TreeMap<>();
        for (CodeFolder.Entry entry : folder.files()) {
            if (entry.path().isWheel()) {
                wheels.put(entry.path().wheelName(), entry.file());
            }
        }
        return wheels;
    }

    private void withoutLock(Optional<CodeFolder.Entry> requirements, Map<String, Path> wheels)
            throws IOException {
        if (requirements.isPresent() && asksForSomething(requirements.get())) {
            error(
                    "requirements-unlocked",
                    BundlePath.REQUIREMENTS.value(),
                    "is not locked; run: cloister code lock " + folder.folder());
        }
        wheels.keySet()
                .forEach(wheel ->
                        error(
                                "wheel-unlisted",
                                "wheels/" + wheel,
                                "is in no requirements.lock; only `code lock` chooses wheels"));
    }

    private static boolean asksForSomething(CodeFolder.Entry requirements) throws IOException {
        return Files.readAllLines(requirements.file()).stream()
                .map(String::strip)
                .anyMatch(line -> !line.isEmpty() && !line.startsWith("#"));
    }

    private void held(
            CodeLock lock, Optional<CodeFolder.Entry> requirements, Map<String, Path> wheels)
            throws IOException {
        boolean same =
                requirements.isPresent()
                        && Sha256.of(bytes(requirements.get())).equals(lock.requirements());
        if (!same) {
            error(
                    "requirements-changed",
                    BundlePath.REQUIREMENTS.value(),
                    (requirements.isPresent() ? "changed after" : "is missing, but")
                            + " requirements.lock was made of it; run again: cloister code lock "
                            + folder.folder());
        }
        if (runtime.isPresent() && !runtime.get().ref().digest().equals(lock.runtime().digest())) {
            error(
                    "lock-runtime",
                    LOCK,
                    "was made for the runtime "
                            + lock.runtime().name()
                            + " "
                            + lock.runtime().digest()
                            + ", and this is "
                            + runtime.get().ref().name()
                            + " "
                            + runtime.get().ref().digest()
                            + "; lock again");
        }
        Map<String, Sha256> digests = new TreeMap<>();
        for (Map.Entry<String, Path> wheel : wheels.entrySet()) {
            digests.put(wheel.getKey(), digest(wheel.getValue()));
        }
        var further =
                FurtherPackages.of(
                        lock.lock(),
                        digests,
                        runtime.map(RuntimePackages::versions).orElse(Map.of()));
        further.problems().forEach(one -> error(one.code(), one.file(), one.sentence()));
        if (further.problems().isEmpty() && !wheels.isEmpty()) {
            contents(lock.target(), List.copyOf(wheels.values()));
            unnamed(wheels);
        }
    }

    private static Sha256 digest(Path file) throws IOException {
        return Sha256.of(Files.readAllBytes(file));
    }

    private void contents(PythonTarget target, List<Path> wheels) throws IOException {
        Json question =
                Json.object()
                        .put("wheels", wheels.stream().map(one -> Json.of(one.toString())).toList())
                        .put("minor", target.minor())
                        .put("machine", target.machine())
                        .put("most", Long.MAX_VALUE >> 11)
                        .put(
                                "taken",
                                PackageLocker.strings(
                                        runtime.map(RuntimePackages::modules).orElse(Map.of())))
                        .build();
        try {
            Json answer = PythonScript.WHEELS.ask("python3", System.getenv(), question, PATIENCE);
            Fields fields = Fields.of(answer, "wheels");
            long unpacked = fields.integer("bytes", 0, Long.MAX_VALUE);
            fields.list("problems", MAX_PROBLEMS, PackageCheck::problem).forEach(findings::add);
            fields.end();
            add(
                    Severity.NOTE,
                    "packages",
                    LOCK,
                    wheels.size()
                            + " package(s) come with the code, for "
                            + target
                            + ", and take "
                            + ((unpacked >> 20) + 1)
                            + " MiB of the agreed memory");
        } catch (MalformedException e) {
            throw new IOException("the check of wheels does not answer: " + e.getMessage(), e);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void unnamed(Map<String, Path> wheels) throws IOException {
        var optional = OptionalModules.ofTheRuntimes();
        for (Map.Entry<String, Path> wheel : wheels.entrySet()) {
            try {
                findings.addAll(optional.of(wheel.getKey(), wheel.getValue()));
            } catch (MalformedException _) {
                // What is wrong with it was found before.
            }
        }
    }

    private static CodeFinding problem(Json json, String path) throws MalformedException {
        Fields fields = Fields.of(json, path);
        var finding =
                new CodeFinding(
                        Severity.ERROR,
                        fields.string("code", 1, 100),
                        "wheels/" + fields.string("wheel", 0, 1_000),
                        0,
                        fields.string("why", 1, MAX_TEXT));
        fields.end();
        return finding;
    }

    private void error(String code, String file, String sentence) {
        add(Severity.ERROR, code, file, sentence);
    }

    private void add(Severity severity, String code, String file, String sentence) {
        findings.add(new CodeFinding(severity, code, file, 0, sentence));
    }
}
