package io.cloister.attestation.appraisal;

import io.cloister.attestation.evidence.SimulatedStatement;
import io.cloister.protocol.Bytes;

/// What one occasion demands beside the policy.
///
/// @param reportData the 64 bytes that the Evidence must be bound to, computed by the verifier from
///   what it was shown
/// @param narrowing to which enclaves the computation is narrowed
public record Expectation(Bytes reportData, Narrowing narrowing) {
    public Expectation {
        if (reportData.length() != SimulatedStatement.REPORT_DATA_LENGTH) {
            throw new IllegalArgumentException(
                    "report data has 64 bytes, not " + reportData.length());
        }
    }

    /// Without narrowing.
    public Expectation(Bytes reportData) {
        this(reportData, new Narrowing.None());
    }
}
