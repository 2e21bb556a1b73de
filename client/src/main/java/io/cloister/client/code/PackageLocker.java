package io.cloister.client.code;

import io.cloister.attestation.runtime.RuntimeLock;
import io.cloister.attestation.runtime.WheelName;
import io.cloister.crypto.bundle.BundlePath;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Resolves a project's `requirements.txt` to `requirements.lock` and `wheels/`, with pip, for the
/// enclave's platform and beside the packages its runtime has of its own. pip finds and downloads;
/// nothing of a package is run, as only wheels are used.
public final class PackageLocker {
    private static final Duration PATIENCE = Duration.ofMinutes(15);
    private static final int MAX_TEXT = 2_000;
    private static final int MAX_PACKAGES = 1_000;

    private final Path python;
    private final Map<String, String> environment;

    /// @param python an interpreter with pip 23.1 or newer, of any version of Python
    /// @param environment of this process, which pip gets: `PIP_INDEX_URL` and the like
    public PackageLocker(Path python, Map<String, String> environment) {
        this.python = python;
        this.environment = Map.copyOf(environment);
    }

    /// Locks the requirements of `project`. Wheels of its lock before that are not needed any more
    /// go; other files stay.
    ///
    /// @param runtime whose packages are there already
    /// @return the packages that come with the code, by file name of their wheels
    /// @throws PackagesException if that can't be; the project is as it was
    /// @throws IOException if files can't be read or written
    public List<String> lock(Path project, RuntimePackages runtime, PythonTarget target)
            throws PackagesException, IOException, InterruptedException {
        Path requirements = project.resolve(BundlePath.REQUIREMENTS.value());
        if (!Files.isRegularFile(requirements)) {
            throw new PackagesException(
                    "requirements-missing",
                    "there is no requirements.txt in " + project,
                    "write one, with a package a line; without one nothing has to be locked");
        }
        Sha256 digest = Sha256.of(Files.readAllBytes(requirements));
        Json question =
                Json.object()
                        .put("requirements", requirements.toString())
                        .put("wheels", project.resolve("wheels").toString())
                        .put("minor", target.minor())
                        .put("machine", target.machine())
                        .put("runtime", strings(runtime.versions()))
                        .put("previous", previous(project).stream().map(Json::of).toList())
                        .build();
        List<CodeLock.Pinned> wheels =
                wheels(
                        PythonScript.RESOLVE.ask(
                                python.toString(), environment, question, PATIENCE));
        write(project, CodeLock.text(digest, runtime.ref(), target, wheels));
        return wheels.stream().map(one -> one.wheel().fileName()).sorted().toList();
    }

    static Json strings(Map<String, String> texts) {
        var object = Json.object();
        texts.forEach(object::put);
        return object.build();
    }

    private static List<CodeLock.Pinned> wheels(Json answer) throws PackagesException, IOException {
        try {
            Fields fields = Fields.of(answer, "pip");
            if (fields.has("code")) {
                String code = fields.string("code", 1, 100);
                throw new PackagesException(code, fields.string("text", 1, MAX_TEXT), hint(code));
            }
            return fields.list("packages", MAX_PACKAGES, PackageLocker::pinned);
        } catch (MalformedException e) {
            throw new IOException("what pip found can't be locked: " + e.getMessage(), e);
        }
    }

    private static CodeLock.Pinned pinned(Json json, String path) throws MalformedException {
        Fields fields = Fields.of(json, path);
        return new CodeLock.Pinned(
                WheelName.parse(fields.string("file", 1, 255), path),
                Sha256.parse("sha256:" + fields.string("sha256", 64, 64), path));
    }

    private static String hint(String code) {
        return switch (code) {
            case "requirement-sdist" ->
                    "build a wheel of it yourself (pip wheel --no-deps PACKAGE), put it into the"
                            + " project's folder wheels/, and try again";
            case "requirement-platform" ->
                    "ask for another version of it, or name the enclave's Python with --python";
            case "requirement-conflict" ->
                    "ask for versions that go together with the runtime's, or agree on another"
                            + " runtime";
            case "requirement-network" ->
                    "this needs a connection to the package index once; a mirror can be named with"
                            + " PIP_INDEX_URL";
            case "requirement-invalid", "requirement-unknown" -> "mend requirements.txt";
            default -> "see what pip says of it: pip download -r requirements.txt";
        };
    }

    /// Wheels that stand for the lock that is there now.
    private static List<String> previous(Path project) throws IOException {
        Path lock = project.resolve(RuntimeLock.FILE_NAME);
        Path wheels = project.resolve("wheels");
        if (!Files.isRegularFile(lock) || !Files.isDirectory(wheels)) {
            return List.of();
        }
        List<String> previous = new ArrayList<>();
        try (var entries = Files.list(wheels)) {
            var before = CodeLock.parse(Bytes.copyOf(Files.readAllBytes(lock)));
            for (Path entry : entries.toList()) {
                String name = String.valueOf(entry.getFileName());
                var locked = before.lock().find(WheelName.parse(name, name));
                if (locked.isPresent()
                        && locked.get().hashes().contains(Sha256.of(Files.readAllBytes(entry)))) {
                    previous.add(name);
                }
            }
        } catch (MalformedException _) {
            // Whatever it is, it is not ours to take away.
            return List.of();
        }
        return previous;
    }

    private static void write(Path project, String text) throws IOException {
        Path temporary = Files.createTempFile(project, ".requirements-", ".lock");
        try {
            Files.writeString(temporary, text);
            Files.move(
                    temporary,
                    project.resolve(RuntimeLock.FILE_NAME),
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }
}
