package io.cloister.fuzz.attestation;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.cloister.attestation.amd.LeafExtensions;
import io.cloister.attestation.pki.Certificate;
import io.cloister.fuzz.FuzzTime;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

/// A certificate is refused, or has AMD's extensions within their bounds, or is refused for them.
final class LeafExtensionsFuzzTest {
    @FuzzTest(maxDuration = FuzzTime.EACH)
    void readsOrRefuses(byte[] input) {
        try {
            Certificate certificate = Certificate.parse(Bytes.copyOf(input), "leaf");
            LeafExtensions extensions = LeafExtensions.of(certificate, "leaf");
            int length = extensions.hardwareId().length();
            if (length != 0 && length != 8 && length != 64) {
                throw new AssertionError("a hwID of " + length + " bytes");
            }
        } catch (MalformedException _) {
            // What is expected of nearly every input.
        }
    }
}
