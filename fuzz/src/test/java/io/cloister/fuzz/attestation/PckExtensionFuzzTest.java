package io.cloister.fuzz.attestation;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.cloister.attestation.intel.PckExtension;
import io.cloister.fuzz.FuzzTime;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

/// The extension of PCK certificates is read or refused, without anything else.
final class PckExtensionFuzzTest {
    @FuzzTest(maxDuration = FuzzTime.EACH)
    void readsOrRefuses(byte[] input) {
        try {
            PckExtension pck = PckExtension.parse(Bytes.copyOf(input));
            if (pck.components().length() != 16 || pck.fmspc().length() != 6) {
                throw new AssertionError("a part of another length");
            }
        } catch (MalformedException _) {
            // What is expected of nearly every input.
        }
    }
}
