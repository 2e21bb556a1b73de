package io.cloister.client.code;

import io.cloister.protocol.CloisterBugException;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/// What this machine's own Python says about sources: they are parsed, never run.
///
/// @param standard modules of the standard library
/// @param files by relative path
record PythonInspection(Set<String> standard, Map<String, Source> files) {
    private static final JsonLimits LIMITS = new JsonLimits(16 << 20, 8, 1_000_000);
    private static final long SECONDS = 30;
    private static final int MAX_TEXT = 4_096;
    private static final int MAX_NAMES = 100;

    /// One source.
    ///
    /// @param error where and why it can't be parsed
    /// @param imports what it imports
    /// @param unsafe calls that trust their input
    record Source(Optional<At> error, List<Import> imports, List<At> unsafe) {}

    /// Something at a line.
    record At(String text, long line) {}

    /// An import.
    ///
    /// @param module dotted name
    /// @param names what `from` it is imported, whether modules or not
    /// @param line where
    /// @param early whether it is made when the file is loaded, outside any function and any `with
    ///   Enclave()`
    /// @param certain whether it is made, whatever happens, when the file is loaded: outside any
    ///   function, condition, loop and `try`
    record Import(String module, List<String> names, long line, boolean early, boolean certain) {
        Import {
            names = List.copyOf(names);
        }

        /// The top-level package or module it is of.
        String top() {
            return module.split("\\.", 2)[0];
        }

        /// Every module that is imported by it: the packages on the way, too, and each name that
        /// may be one.
        Set<String> loaded() {
            Set<String> modules = new HashSet<>();
            for (int dot = module.indexOf('.'); dot >= 0; dot = module.indexOf('.', dot + 1)) {
                modules.add(module.substring(0, dot));
            }
            modules.add(module);
            names.forEach(name -> modules.add(module + "." + name));
            return modules;
        }
    }

    /// Asks an interpreter, in isolated mode.
    ///
    /// @param python the interpreter
    /// @return nothing if there is no usable one
    static Optional<PythonInspection> of(String python, Path folder, List<String> relative) {
        List<String> command = List.of(python, "-I", "-S", "-c", script(), folder.toString());
        try {
            Process asked =
                    new ProcessBuilder(command)
                            .redirectError(ProcessBuilder.Redirect.DISCARD)
                            .start();
            // The answer ends with the process.
            Thread guard = Thread.ofVirtual().start(() -> endInTime(asked));
            // Not as arguments, of which there may be more than a process can be given.
            try (OutputStream names = asked.getOutputStream()) {
                names.write(String.join("\0", relative).getBytes(StandardCharsets.UTF_8));
            }
            byte[] answer = asked.getInputStream().readNBytes(LIMITS.maxBytes());
            guard.join();
            if (asked.exitValue() != 0) {
                return Optional.empty();
            }
            return Optional.of(read(Json.parse(answer, LIMITS, "python")));
        } catch (IOException | MalformedException _) {
            return Optional.empty();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    private static void endInTime(Process python) {
        try {
            if (!python.waitFor(SECONDS, TimeUnit.SECONDS)) {
                python.destroyForcibly().waitFor();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private static String script() {
        try (InputStream in = PythonInspection.class.getResourceAsStream("inspect.py")) {
            if (in == null) {
                throw new CloisterBugException("inspect.py is missing");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new CloisterBugException("a resource can be read", e);
        }
    }

    static PythonInspection read(Json json) throws MalformedException {
        Fields fields = Fields.of(json, "python");
        Set<String> standard =
                new HashSet<>(fields.texts("standard", 10_000, (text, path) -> text));
        Map<String, Source> files = new HashMap<>();
        if (!(fields.any("files") instanceof Json.Obj(var members))) {
            throw new MalformedException("python.files", "an object", "something else");
        }
        for (Map.Entry<String, Json> member : members.entrySet()) {
            files.put(member.getKey(), source(member.getValue(), "python.files"));
        }
        fields.end();
        return new PythonInspection(standard, files);
    }

    private static Source source(Json json, String path) throws MalformedException {
        Fields fields = Fields.of(json, path);
        if (fields.has("error")) {
            var error =
                    new At(
                            fields.string("error", 0, MAX_TEXT),
                            fields.integer("line", 0, Integer.MAX_VALUE));
            fields.end();
            return new Source(Optional.of(error), List.of(), List.of());
        }
        var source =
                new Source(
                        Optional.empty(),
                        fields.list("imports", 1_000, PythonInspection::imported),
                        fields.list("unsafe", 1_000, PythonInspection::call));
        fields.end();
        return source;
    }

    private static Import imported(Json json, String path) throws MalformedException {
        Fields fields = Fields.of(json, path);
        var imported =
                new Import(
                        fields.string("module", 0, MAX_TEXT),
                        fields.texts("names", MAX_NAMES, (name, _) -> name),
                        fields.integer("line", 0, Integer.MAX_VALUE),
                        fields.bool("early"),
                        fields.bool("certain"));
        fields.end();
        return imported;
    }

    private static At call(Json json, String path) throws MalformedException {
        Fields fields = Fields.of(json, path);
        var call =
                new At(
                        fields.string("call", 0, MAX_TEXT),
                        fields.integer("line", 0, Integer.MAX_VALUE));
        fields.end();
        return call;
    }
}
