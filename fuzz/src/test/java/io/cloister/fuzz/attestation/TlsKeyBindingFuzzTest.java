package io.cloister.fuzz.attestation;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.cloister.attestation.evidence.TlsKeyBinding;
import io.cloister.attestation.finding.Finding.Outcome;
import io.cloister.fuzz.FuzzTime;
import io.cloister.protocol.Bytes;

/// A key of any form is compared or not, and never refused: who made the certificate may follow a
/// rule that isn't known.
final class TlsKeyBindingFuzzTest {
    @FuzzTest(maxDuration = FuzzTime.EACH)
    void comparesOrDoesNot(byte[] input) {
        Bytes reportData = Bytes.copyOf(new byte[64]);
        if (TlsKeyBinding.check(Bytes.copyOf(input), reportData).outcome() != Outcome.NOT_CHECKED) {
            throw new AssertionError("a key whose hash is zero");
        }
    }
}
