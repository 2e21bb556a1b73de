package io.cloister.fuzz.agent;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.cloister.crypto.age.AgeException;
import io.cloister.crypto.age.HybridIdentity;
import io.cloister.crypto.grant.SealedEnvelopes;
import io.cloister.fuzz.FuzzTime;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import java.security.SecureRandom;

/// What an agent opens: what nobody sealed is refused with an [AgeException] or a
/// [MalformedException].
final class SealedEnvelopesFuzzTest {
    private static final HybridIdentity ENCLAVE = HybridIdentity.generate(new SecureRandom());

    @FuzzTest(maxDuration = FuzzTime.EACH)
    void sealed(byte[] bytes) {
        try {
            SealedEnvelopes.open(Bytes.copyOf(bytes), ENCLAVE);
            throw new AssertionError("opened what nobody sealed");
        } catch (AgeException | MalformedException _) {
            // As it must be.
        }
    }
}
