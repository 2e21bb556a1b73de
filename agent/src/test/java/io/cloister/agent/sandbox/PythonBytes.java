package io.cloister.agent.sandbox;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/// Bytes made by a Python program outside of any sandbox.
final class PythonBytes {
    private PythonBytes() {}

    /// What `program` leaves in its variable `data`.
    static byte[] of(String program) throws IOException {
        Process process =
                new ProcessBuilder(TestPython.interpreter().path().toString(), "-I", "-B", "-")
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        String whole = program + "\nimport sys; sys.stdout.buffer.write(data)\n";
        try (var stdin = process.getOutputStream()) {
            stdin.write(whole.getBytes(StandardCharsets.UTF_8));
        }
        return process.getInputStream().readAllBytes();
    }
}
