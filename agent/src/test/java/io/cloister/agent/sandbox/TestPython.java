package io.cloister.agent.sandbox;

import org.junit.jupiter.api.Assumptions;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/// The machine's CPython and our package, for tests. Tests are skipped where there is no CPython
/// 3.11 or newer.
final class TestPython {
    private TestPython() {}

    static PythonInterpreter interpreter() {
        try {
            return PythonInterpreter.find(System.getenv().getOrDefault("PATH", ""));
        } catch (SandboxException e) {
            return Assumptions.abort(String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    static Path packageFolder() {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.isRegularFile(folder.resolve("agent/python/supervise.py"))) {
            folder = Objects.requireNonNull(folder.getParent());
        }
        return folder.resolve("agent/python");
    }
}
