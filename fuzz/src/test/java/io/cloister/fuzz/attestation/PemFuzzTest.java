package io.cloister.fuzz.attestation;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.cloister.attestation.pki.Pem;
import io.cloister.fuzz.FuzzTime;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

/// PEM text is refused, or its blocks are what it holds.
final class PemFuzzTest {
    @FuzzTest(maxDuration = FuzzTime.EACH)
    void readsOrRefuses(byte[] input) {
        try {
            int total =
                    Pem.blocks(Bytes.copyOf(input), "CERTIFICATE", "pem").stream()
                            .mapToInt(Bytes::length)
                            .sum();
            if (total > input.length) {
                throw new AssertionError("more than came");
            }
        } catch (MalformedException _) {
            // What is expected of nearly every input.
        }
    }
}
