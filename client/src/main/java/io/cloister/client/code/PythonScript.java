package io.cloister.client.code;

import io.cloister.protocol.CloisterBugException;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.CanonicalJson;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// A Python program of ours that answers one question, both JSON.
///
/// @param resource its file, beside this class
/// @param options of the interpreter
record PythonScript(String resource, List<String> options) {
    /// Holds the wheels of a project against what the enclave demands: the enclave's own program.
    static final PythonScript WHEELS = new PythonScript("wheels.py", List.of("-I", "-S"));

    /// Resolves requirements with the interpreter's pip.
    static final PythonScript RESOLVE = new PythonScript("resolve.py", List.of("-I"));

    private static final JsonLimits LIMITS = new JsonLimits(16 << 20, 8, 1_000_000);

    PythonScript {
        options = List.copyOf(options);
    }

    /// Asks it.
    ///
    /// @param python the interpreter
    /// @param environment for it
    /// @throws IOException if it can't be started, fails or takes longer than `patience`
    Json ask(String python, Map<String, String> environment, Json question, Duration patience)
            throws IOException, InterruptedException {
        var builder = new ProcessBuilder(python);
        builder.command().addAll(options);
        builder.command().addAll(List.of("-c", source()));
        builder.redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.environment().clear();
        builder.environment().putAll(environment);
        Process process = builder.start();
        Thread guard = Thread.ofVirtual().start(() -> endAfter(process, patience));
        try {
            try (OutputStream in = process.getOutputStream()) {
                in.write(CanonicalJson.write(question));
            }
            byte[] answer = process.getInputStream().readNBytes(LIMITS.maxBytes());
            if (process.waitFor() != 0) {
                throw new IOException(python + " could not run " + resource);
            }
            return Json.parse(answer, LIMITS, resource);
        } catch (MalformedException e) {
            throw new IOException(resource + " does not answer: " + e.getMessage(), e);
        } finally {
            guard.interrupt();
            end(process);
        }
    }

    private static void endAfter(Process process, Duration patience) {
        try {
            if (!process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
                end(process);
            }
        } catch (InterruptedException _) {
            // It has answered.
        }
    }

    private static void end(Process process) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }

    private String source() {
        try (InputStream in = PythonScript.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new CloisterBugException(resource + " is missing");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new CloisterBugException("a resource can be read", e);
        }
    }
}
