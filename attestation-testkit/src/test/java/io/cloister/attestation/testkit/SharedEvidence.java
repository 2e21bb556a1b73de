package io.cloister.attestation.testkit;

import org.junit.jupiter.api.Assumptions;

import java.nio.file.Path;

/// The folder of real evidence, which is not part of the repository: named by the system property
/// `cloister.evidence`. Tests that need it are skipped where it is absent, and say so.
final class SharedEvidence {
    private SharedEvidence() {}

    /// The folder.
    static Path folder() {
        String folder = System.getProperty("cloister.evidence", "");
        Assumptions.assumeFalse(
                folder.isEmpty(),
                "no folder of real evidence: name it with -Dcloister.evidence=DIR");
        return Path.of(folder);
    }
}
