package io.cloister.fuzz.crypto;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.cloister.crypto.age.AgeException;
import io.cloister.crypto.age.Identity;
import io.cloister.crypto.age.Opening;
import io.cloister.crypto.age.X25519Identity;
import io.cloister.fuzz.FuzzTime;
import io.cloister.protocol.Bytes;

import java.security.SecureRandom;
import java.util.List;

/// Whatever is taken for an age file is opened or refused with an [AgeException], never anything
/// else.
final class AgeFileFuzzTest {
    private static final Opening OPENING =
            Opening.with(
                    List.of(
                            Identity.generate(new SecureRandom()),
                            X25519Identity.generate(new SecureRandom())));

    @FuzzTest(maxDuration = FuzzTime.EACH)
    void headers(byte[] file) {
        try {
            OPENING.open(Bytes.copyOf(file), 1 << 20);
        } catch (AgeException _) {
            // As it must be.
        }
    }
}
