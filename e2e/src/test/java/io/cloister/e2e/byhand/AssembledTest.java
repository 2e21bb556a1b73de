package io.cloister.e2e.byhand;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.e2e.stage.Checkout;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/// What the build puts beside the command.
final class AssembledTest {
    private static Map<String, String> files(Path folder) throws Exception {
        Map<String, String> files = new TreeMap<>();
        try (Stream<Path> all = Files.list(folder)) {
            for (Path file : all.toList()) {
                files.put(file.getFileName().toString(), Files.readString(file));
            }
        }
        return files;
    }

    @Test
    void manualPagesAndCompletionAreThoseOfTheCommands(@TempDir Path folder) throws Exception {
        Shell shell = Shell.in(folder);
        Path app = Checkout.root().resolve("cli/target/app");
        shell.run("./cloister man pages");
        assertEquals(files(folder.resolve("pages")), files(app.resolve("man/man1")));
        for (Map.Entry<String, String> one :
                Map.of("bash", "cloister.bash", "zsh", "_cloister").entrySet()) {
            assertEquals(
                    shell.run("./cloister completion " + one.getKey()).out(),
                    Files.readString(app.resolve("completion").resolve(one.getValue())));
        }
    }

    @Test
    void completionIsAScriptThatBashReads(@TempDir Path folder) throws Exception {
        Path script = Checkout.root().resolve("cli/target/app/completion/cloister.bash");
        String registered =
                Shell.in(folder).run("source '" + script + "'; complete -p cloister").out();
        assertTrue(registered.contains("_complete_cloister"), registered);
    }
}
