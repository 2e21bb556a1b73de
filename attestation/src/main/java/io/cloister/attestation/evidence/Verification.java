package io.cloister.attestation.evidence;

import io.cloister.attestation.finding.Finding;

import java.util.List;

/// What came of verifying.
public sealed interface Verification {
    /// Authentic.
    ///
    /// @param evidence the proof of it
    record Authentic(VerifiedEvidence evidence) implements Verification {}

    /// Not authentic, or not valid at the instant asked for.
    ///
    /// @param findings all that could be established, at least one of them not met
    record NotAuthentic(List<Finding> findings) implements Verification {
        public NotAuthentic {
            findings = List.copyOf(findings);
        }
    }
}
