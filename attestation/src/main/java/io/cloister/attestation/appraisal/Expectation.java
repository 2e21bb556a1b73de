package io.cloister.attestation.appraisal;

import io.cloister.attestation.evidence.SimulatedStatement;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.document.Identity;
import io.cloister.protocol.document.Swap;

import java.util.Optional;

/// What one occasion demands beside the policy.
///
/// @param reportData the 64 bytes that the Evidence must be bound to, computed by the verifier from
///   what it was shown
/// @param narrowing to which enclaves the computation is narrowed
/// @param swap what the identity that the report data stand for says of its memory; empty where
///   they stand for none
public record Expectation(Bytes reportData, Narrowing narrowing, Optional<Swap> swap) {
    public Expectation {
        if (reportData.length() != SimulatedStatement.REPORT_DATA_LENGTH) {
            throw new IllegalArgumentException(
                    "report data has 64 bytes, not " + reportData.length());
        }
    }

    /// Of report data that stand for no identity.
    public Expectation(Bytes reportData, Narrowing narrowing) {
        this(reportData, narrowing, Optional.empty());
    }

    /// The same without narrowing.
    public Expectation(Bytes reportData) {
        this(reportData, new Narrowing.None());
    }

    /// Of an enclave's identity.
    public static Expectation of(Identity identity, Narrowing narrowing) {
        return new Expectation(identity.reportData(), narrowing, Optional.of(identity.swap()));
    }
}
