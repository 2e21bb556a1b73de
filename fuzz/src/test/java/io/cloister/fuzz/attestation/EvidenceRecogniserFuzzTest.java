package io.cloister.fuzz.attestation;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.cloister.attestation.evidence.EvidenceRecogniser;
import io.cloister.attestation.evidence.RecognisedEvidence;
import io.cloister.fuzz.FuzzTime;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

/// Bytes are refused, or are Evidence of a hardware kind.
final class EvidenceRecogniserFuzzTest {
    @FuzzTest(maxDuration = FuzzTime.EACH)
    void recognisesOrRefuses(byte[] input) {
        try {
            RecognisedEvidence found = EvidenceRecogniser.recognise(Bytes.copyOf(input));
            if (!found.evidence().kind().isHardware()) {
                throw new AssertionError("recognised " + found);
            }
        } catch (MalformedException _) {
            // What is expected of nearly every input.
        }
    }
}
