package io.cloister.fuzz.attestation;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.evidence.SnpEvidence;
import io.cloister.attestation.evidence.Verification.Authentic;
import io.cloister.attestation.evidence.Verifier;
import io.cloister.attestation.finding.CouldNotCheckException;
import io.cloister.fuzz.FuzzTime;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import java.time.Instant;
import java.util.List;

/// A report with or without certificate table is read or refused, and is never authentic under
/// AMD's roots by what it brings along.
final class SnpReportFuzzTest {
    @FuzzTest(maxDuration = FuzzTime.EACH)
    void readsOrRefusesAndVerifies(byte[] input) {
        if (input.length < 1 || input.length > SnpEvidence.MAX_LENGTH) {
            return;
        }
        try {
            if (Verifier.standard()
                            .verify(
                                    new SnpEvidence(Bytes.copyOf(input)),
                                    new Endorsements(List.of()),
                                    Instant.EPOCH)
                    instanceof Authentic) {
                throw new AssertionError("authentic without a valid chain");
            }
        } catch (MalformedException | CouldNotCheckException _) {
            // What is expected of nearly every input.
        }
    }
}
