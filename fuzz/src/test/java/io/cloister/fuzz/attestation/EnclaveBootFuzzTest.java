package io.cloister.fuzz.attestation;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.cloister.attestation.platform.EnclaveBoot;
import io.cloister.fuzz.FuzzTime;
import io.cloister.protocol.MalformedException;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// A boot line is refused, or read back as it was written.
final class EnclaveBootFuzzTest {
    @FuzzTest(maxDuration = FuzzTime.EACH)
    void readsOrRefuses(byte[] input) {
        try {
            byte[] line = EnclaveBoot.parse(input).line().getBytes(StandardCharsets.UTF_8);
            if (!Arrays.equals(input, Arrays.copyOf(line, line.length - 1))) {
                throw new AssertionError("two forms of one boot line");
            }
        } catch (MalformedException _) {
            // What is expected of nearly every input.
        }
    }
}
