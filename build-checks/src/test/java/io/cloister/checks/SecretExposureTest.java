package io.cloister.checks;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.TreeSet;

/// Raw secret bytes leave their type only against a token. Whoever takes one is listed in
/// `secret-exposure.txt`, so that a new place shows in review.
class SecretExposureTest {
    private static final String TOKEN = "io.cloister.crypto.SecretExposure";

    @Test
    void onlyListedClassesHandleRawSecrets() throws IOException {
        assertEquals(
                String.join("\n", listed()), String.join("\n", takers(CompiledClasses.ours())));
    }

    @Test
    void findsAClassThatTakesTheToken(@TempDir Path folder) throws IOException {
        var bad =
                CompiledClasses.compile(
                        folder,
                        "io.cloister.client.Bad",
                        "class Bad { Object it = " + TOKEN + ".acknowledged(); }");
        assertEquals(List.of("io.cloister.client.Bad"), List.copyOf(takers(bad)));
        assertEquals(
                0, takers(new ClassFileImporter().importClasses(SecretExposureTest.class)).size());
    }

    /// The top-level classes that take the token.
    private static NavigableSet<String> takers(JavaClasses classes) {
        NavigableSet<String> takers = new TreeSet<>();
        for (var javaClass : classes) {
            for (var call : javaClass.getMethodCallsFromSelf()) {
                if (call.getName().equals("acknowledged")
                        && call.getTargetOwner().getFullName().equals(TOKEN)) {
                    takers.add(javaClass.getFullName().replaceAll("\\$.*", ""));
                }
            }
        }
        return takers;
    }

    private static NavigableSet<String> listed() throws IOException {
        try (InputStream list =
                SecretExposureTest.class.getResourceAsStream("secret-exposure.txt")) {
            byte[] content = Objects.requireNonNull(list, "no list").readAllBytes();
            NavigableSet<String> names = new TreeSet<>();
            new String(content, StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .forEach(names::add);
            return names;
        }
    }
}
