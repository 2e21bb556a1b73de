package io.cloister.bench.verification;

import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.evidence.Evidence;
import io.cloister.attestation.evidence.SgxEvidence;
import io.cloister.attestation.evidence.SimulatedEvidence;
import io.cloister.attestation.evidence.SnpEvidence;
import io.cloister.attestation.evidence.TdxEvidence;
import io.cloister.attestation.pki.VendorRoots;
import io.cloister.protocol.Bytes;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;

/// Evidence that verifies, with all that this takes.
///
/// @param origin where it comes from, for people
/// @param evidence the signed claims
/// @param endorsements what vouches for their signer
/// @param instant to verify for
/// @param roots to verify under
/// @param files the same for other verifiers, by file name; none if they could not verify it
record Sample(
        String origin,
        Evidence evidence,
        Endorsements endorsements,
        Instant instant,
        VendorRoots roots,
        Map<String, Bytes> files) {
    Sample {
        files = Map.copyOf(files);
    }

    /// The quote or report.
    Bytes statement() {
        return switch (evidence) {
            case SgxEvidence(var quote) -> quote;
            case TdxEvidence(var quote) -> quote;
            case SnpEvidence(var report) -> report;
            case SimulatedEvidence _ ->
                    throw new IllegalStateException("no hardware signs simulated Evidence");
        };
    }

    /// Writes the files for other verifiers.
    void writeTo(Path folder) throws IOException {
        Files.createDirectories(folder);
        for (Map.Entry<String, Bytes> file : files.entrySet()) {
            Files.write(folder.resolve(file.getKey()), file.getValue().toArray());
        }
    }
}
