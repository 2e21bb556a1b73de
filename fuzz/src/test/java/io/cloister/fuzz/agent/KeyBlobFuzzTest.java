package io.cloister.fuzz.agent;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.cloister.crypto.SecretBytes;
import io.cloister.crypto.SecretExposure;
import io.cloister.crypto.SigningKey;
import io.cloister.crypto.cosmian.EnclaveKey;
import io.cloister.crypto.cosmian.KeyBlob;
import io.cloister.crypto.cosmian.RefusedException;
import io.cloister.fuzz.FuzzTime;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.ComputationId;
import io.cloister.protocol.PublicSigningKey;

import java.security.SecureRandom;

/// A key blob is refused with a [RefusedException]: nobody finds one that was signed.
final class KeyBlobFuzzTest {
    private static final EnclaveKey ENCLAVE = EnclaveKey.generate(new SecureRandom());
    private static final ComputationId COMPUTATION =
            new ComputationId(Bytes.copyOf(new byte[ComputationId.LENGTH]));
    private static final PublicSigningKey SIGNER =
            SigningKey.fromSeed(
                            SecretBytes.copyOf(
                                    new byte[SigningKey.SEED_LENGTH],
                                    SecretExposure.acknowledged()))
                    .publicKey();

    @FuzzTest(maxDuration = FuzzTime.EACH)
    void keyBlob(byte[] bytes) {
        try {
            KeyBlob.parse(Bytes.copyOf(bytes)).open(SIGNER, COMPUTATION, ENCLAVE).close();
        } catch (RefusedException _) {
            return;
        }
        throw new AssertionError("a blob that nobody signed was opened");
    }
}
