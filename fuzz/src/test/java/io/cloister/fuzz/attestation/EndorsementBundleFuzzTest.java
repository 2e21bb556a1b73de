package io.cloister.fuzz.attestation;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.cloister.attestation.endorsement.EndorsementBundle;
import io.cloister.attestation.finding.UnknownKindException;
import io.cloister.fuzz.FuzzTime;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

/// An endorsement bundle is refused, or read back as it was written.
final class EndorsementBundleFuzzTest {
    @FuzzTest(maxDuration = FuzzTime.EACH)
    void readsOrRefuses(byte[] input) {
        Bytes bytes = Bytes.copyOf(input);
        try {
            if (!EndorsementBundle.parse(bytes).canonical().equals(bytes)) {
                throw new AssertionError("two forms of one bundle");
            }
        } catch (MalformedException | UnknownKindException _) {
            // What is expected of nearly every input.
        }
    }
}
