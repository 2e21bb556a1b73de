package io.cloister.checks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import com.google.googlejavaformat.java.Main;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayInputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Runs the formatter as `./format --check` does, in the JVM of the tests, which is the toolchain's
/// whichever JDK Maven runs on.
class FormatTest {
    @Test
    void everySourceFileIsFormatted() throws Exception {
        assertEquals(
                "", unformatted(SourceRules.files(Checkout.root())), "run ./format to mend these");
    }

    @Test
    void tellsAFormattedFileFromAnother(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("It.java");
        Files.writeString(file, "class It {\n    int count;\n}\n");
        assertEquals("", unformatted(List.of(file)));
        Files.writeString(file, "class It {\n  int count;\n}\n");
        assertEquals(file + "\n", unformatted(List.of(file)));
    }

    @Test
    void refusesAnImportThatIsNotUsed(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("It.java");
        Files.writeString(file, "import java.util.List;\n\nclass It {}\n");
        assertNotEquals("", unformatted(List.of(file)));
    }

    /// The files among `files` that the formatter would change, one a line.
    private static String unformatted(List<Path> files) throws Exception {
        List<String> arguments = new ArrayList<>(List.of("--aosp", "--dry-run"));
        files.forEach(it -> arguments.add(it.toString()));
        var changed = new StringWriter();
        var messages = new StringWriter();
        try (var out = new PrintWriter(changed);
                var errors = new PrintWriter(messages)) {
            new Main(out, errors, noInput()).format(arguments.toArray(String[]::new));
        }
        assertEquals("", messages.toString());
        return changed.toString();
    }

    private static ByteArrayInputStream noInput() {
        return new ByteArrayInputStream(new byte[0]);
    }
}
