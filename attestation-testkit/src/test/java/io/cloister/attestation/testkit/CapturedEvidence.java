package io.cloister.attestation.testkit;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// The folder with Evidence captured from real hardware, which the system property
/// `cloister.evidence` names. It is not part of the project; tests that read it skip themselves
/// without it.
final class CapturedEvidence {
    private CapturedEvidence() {}

    /// The folder.
    static Path folder() {
        @Nullable String folder = System.getProperty("cloister.evidence");
        assumeTrue(
                folder != null,
                "no captured Evidence: name its folder by -Dcloister.evidence=DIR to run this");
        return Path.of(folder);
    }

    /// Every file below `name` whose name ends in one of `endings`.
    static List<Path> files(String name, String... endings) throws IOException {
        try (Stream<Path> files = Files.walk(folder().resolve(name))) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> Stream.of(endings).anyMatch(file.toString()::endsWith))
                    .sorted()
                    .toList();
        }
    }
}
