package io.cloister.fuzz.attestation;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.cloister.attestation.runtime.Wheel;
import io.cloister.fuzz.FuzzTime;
import io.cloister.protocol.MalformedException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// A file is refused, or is a wheel that says what it installs.
final class WheelFuzzTest {
    @FuzzTest(maxDuration = FuzzTime.EACH)
    void readsOrRefuses(byte[] input) throws IOException {
        Path file = Files.createTempFile("wheel", ".whl");
        try {
            Files.write(file, input);
            Wheel.read(file).installed();
        } catch (MalformedException _) {
            // What is expected of nearly every input.
        } finally {
            Files.delete(file);
        }
    }
}
