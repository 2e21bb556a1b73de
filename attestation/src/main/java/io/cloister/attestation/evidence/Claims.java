package io.cloister.attestation.evidence;

import io.cloister.attestation.measurement.Measurement;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.PublicSigningKey;

import java.time.Instant;

/// What Evidence says. Whether it is true is said by the type that holds it: see
/// [VerifiedEvidence].
public sealed interface Claims {
    /// The 64 bytes the enclave had bound to the Evidence.
    Bytes reportData();

    /// The measurement in the form in which a proposal names it: kind, colon, hexadecimal digits.
    String measurementText();

    /// The last instant at which everything the Evidence chains to is valid.
    Instant validUntil();

    /// Claims of a simulated platform.
    ///
    /// @param statement what it says of the enclave
    /// @param platformKey what signed the statement
    /// @param root what certified the platform key
    /// @param validUntil the certificate's last instant
    record Simulated(
            SimulatedStatement statement,
            PublicSigningKey platformKey,
            PublicSigningKey root,
            Instant validUntil)
            implements Claims {
        /// What the enclave consists of.
        public Measurement measurement() {
            return statement.measurement();
        }

        @Override
        public Bytes reportData() {
            return statement.reportData();
        }

        @Override
        public String measurementText() {
            return measurement().text();
        }
    }
}
