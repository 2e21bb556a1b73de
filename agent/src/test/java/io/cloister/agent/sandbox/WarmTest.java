package io.cloister.agent.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.cloister.attestation.testkit.TestWheel;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/// Interpreters that import packages while they wait, and what of that a program sees.
final class WarmTest {
    /// Says whether it was there before the program asked, and whether the wheel was seen.
    private static final String[] ASKING = {
        "import sys",
        "print('shelf' in sys.modules, 'addon' in sys.modules)",
        "import shelf, addon",
        "print(shelf.ADDED, addon.A)"
    };

    @TempDir Path closed;

    private Path folder;

    @BeforeEach
    void writePackages() throws IOException {
        folder = Files.createDirectory(closed.resolve("site-packages"));
        write(
                "shelf/__init__.py",
                """
                try:
                    import addon
                    ADDED = True
                except ImportError:
                    ADDED = False
                """);
        write("broken/__init__.py", "raise ValueError('broken on purpose')\n");
    }

    private void write(String path, String content) throws IOException {
        Path file = folder.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, content, StandardCharsets.UTF_8);
    }

    private Path addon() throws IOException {
        return TestWheel.honest("addon", "1.0", Map.of("addon.py", "A = 1\n")).write(closed);
    }

    private Run asking() throws IOException {
        return Run.of(ASKING).packagesOnDemand(folder).wheels(addon());
    }

    @Test
    void importBeforeTheProgramStartsWithoutALookAtWheels() throws Exception {
        assertEquals("True False\nFalse 1\n", asking().warm("shelf").run().printed());
        assertEquals("False False\nTrue 1\n", asking().run().printed());
    }

    @Test
    void importNothingThatOnlyAWheelHas() throws Exception {
        assertEquals("False False\nTrue 1\n", asking().warm("addon").run().printed());
    }

    @Test
    void passOverWhatCannotBeImportedWhichTheProgramThenSees() {
        Run.Result result =
                Run.of("import broken")
                        .packagesOnDemand(folder)
                        .warm("broken", "missing", "shelf.missing")
                        .run();

        assertEquals(
                new RunOutcome.Failed(FailureClass.VALUE_ERROR, OptionalInt.of(1)),
                result.report().outcome());
    }

    @Test
    void importNothingOnceThereIsCode() throws Exception {
        try (Sandbox sandbox = Run.of("pass").start()) {
            sandbox.warm(List.of("json"));
            try (OutputStream out = sandbox.addFile("run.py", false)) {
                out.write("pass\n".getBytes(StandardCharsets.UTF_8));
            }
            assertThrows(IllegalStateException.class, () -> sandbox.warm(List.of("json")));
        }
    }

    /// Each interpreter is one of its own, however much it did before: nothing that is drawn at
    /// random in one is drawn in another.
    @Test
    void shareNoRandomnessWithAnother() {
        List<String> first = drawn();
        List<String> second = drawn();

        assertEquals(7, first.size());
        for (int i = 0; i < first.size(); i++) {
            assertNotEquals(first.get(i), second.get(i), "draw " + i);
        }
    }

    private static List<String> drawn() {
        String printed =
                Run.of(
                                "import os, random, secrets, tempfile, uuid",
                                "print(random.random())",
                                "print(random.Random().random())",
                                "print(uuid.uuid4())",
                                "print(hash('seed'), hash(b'seed'))",
                                "print(secrets.token_hex())",
                                "print(os.urandom(16).hex())",
                                "print(tempfile.mktemp())")
                        .warm("random", "uuid", "tempfile")
                        .run()
                        .printed();
        return Arrays.asList(printed.strip().split("\n"));
    }
}
