package io.cloister.fuzz.attestation;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.cloister.attestation.intel.SignedCollateral;
import io.cloister.fuzz.FuzzTime;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

/// Intel's QE identity is read or refused, without anything else; what is read has a level.
final class QeIdentityFuzzTest {
    @FuzzTest(maxDuration = FuzzTime.EACH)
    void readsOrRefuses(byte[] input) {
        try {
            if (SignedCollateral.qeIdentity(Bytes.copyOf(input)).document().levels().isEmpty()) {
                throw new AssertionError("no level");
            }
        } catch (MalformedException _) {
            // What is expected of nearly every input.
        }
    }
}
