package io.cloister.fuzz.attestation;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.cloister.attestation.appraisal.AppraisalPolicy;
import io.cloister.attestation.appraisal.AttestationCheck;
import io.cloister.attestation.appraisal.AttestationResult.Affirmed;
import io.cloister.attestation.appraisal.Expectation;
import io.cloister.attestation.evidence.EvidenceBundle;
import io.cloister.attestation.evidence.Verifier;
import io.cloister.attestation.finding.CouldNotCheckException;
import io.cloister.attestation.finding.UnknownKindException;
import io.cloister.fuzz.FuzzTime;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import java.time.Instant;

/// An evidence bundle is read back as it was written, or refused; whatever is read verifies or not,
/// without anything else.
final class EvidenceFuzzTest {
    @FuzzTest(maxDuration = FuzzTime.EACH)
    void readsOrRefusesAndVerifies(byte[] input) {
        Bytes bytes = Bytes.copyOf(input);
        try {
            EvidenceBundle bundle = EvidenceBundle.parse(bytes);
            if (!bundle.canonical().equals(bytes)) {
                throw new AssertionError("two forms of one bundle");
            }
            var expected = new Expectation(Bytes.copyOf(new byte[64]));
            if (AttestationCheck.check(
                            Verifier.standard(),
                            bundle,
                            AppraisalPolicy.builtIn(),
                            expected,
                            Instant.EPOCH)
                    instanceof Affirmed) {
                throw new AssertionError("affirmed under the built-in policy");
            }
        } catch (MalformedException | UnknownKindException | CouldNotCheckException _) {
            // What is expected of nearly every input.
        }
    }
}
