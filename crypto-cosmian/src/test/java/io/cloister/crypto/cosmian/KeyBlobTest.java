package io.cloister.crypto.cosmian;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.cloister.crypto.SecretExposure;
import io.cloister.crypto.SigningKey;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.ComputationId;
import io.cloister.protocol.PublicSigningKey;

import org.junit.jupiter.api.Test;

import java.security.SecureRandom;

final class KeyBlobTest {
    private final SecureRandom random = new SecureRandom();
    private final EnclaveKey enclave = EnclaveKey.generate(random);
    private final SigningKey signing = SigningKey.generate(random);
    private final PublicSigningKey signer = signing.publicKey();
    private final ComputationId computation = new ComputationId(Bytes.copyOf(new byte[16]));
    private final Bytes blob = sealed(enclave.publicKey());

    private Bytes sealed(PublicSigningKey to) {
        var exposure = SecretExposure.acknowledged();
        try (var content =
                new KeyBlob.Content(
                        PreSharedKey.of(Fixtures.bytes(32, 1), exposure),
                        SecretboxKey.of(Fixtures.bytes(32, 2), exposure))) {
            return KeyBlob.seal(content, signing.seed(exposure), computation, to, random);
        } catch (RefusedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void opensABlob() throws Exception {
        try (var content = KeyBlob.parse(blob).open(signer, computation, enclave)) {
            assertEquals(Fixtures.key(Fixtures.bytes(32, 2)), content.key());
            assertEquals(
                    PreSharedKey.of(Fixtures.bytes(32, 1), SecretExposure.acknowledged()),
                    content.preSharedKey());
            assertEquals(
                    "Content[preSharedKey=PreSharedKey, key=SecretboxKey]", content.toString());
        }
    }

    @Test
    void refusesABlobWithAnyByteAltered() {
        byte[] raw = blob.toArray();
        for (int i = 0; i < raw.length; i++) {
            Bytes altered = Bytes.copyOf(Fixtures.flipped(raw, i, 1 << i % 8));
            assertRefused(RefusedException.Stage.SIGNATURE, altered, signer, computation, enclave);
        }
    }

    @Test
    void refusesABlobOfAnotherLength() {
        assertRefused(
                RefusedException.Stage.LENGTH, blob.slice(0, 175), signer, computation, enclave);
        assertRefused(
                RefusedException.Stage.LENGTH,
                Bytes.concat(blob, Bytes.copyOf(new byte[1])),
                signer,
                computation,
                enclave);
    }

    @Test
    void refusesABlobOfAnotherSigner() {
        assertRefused(
                RefusedException.Stage.SIGNATURE,
                blob,
                SigningKey.generate(random).publicKey(),
                computation,
                enclave);
    }

    @Test
    void refusesABlobForAnotherComputation() {
        byte[] other = new byte[16];
        other[15] = 1;
        assertRefused(
                RefusedException.Stage.SIGNATURE,
                blob,
                signer,
                new ComputationId(Bytes.copyOf(other)),
                enclave);
    }

    @Test
    void refusesABlobForAnotherEnclave() {
        assertRefused(
                RefusedException.Stage.TAG,
                sealed(EnclaveKey.generate(random).publicKey()),
                signer,
                computation,
                enclave);
    }

    @Test
    void keepsWhatItIsMadeOfToItself() throws Exception {
        assertEquals("EnclaveKey[" + enclave.publicKey() + "]", enclave.toString());
        var exposure = SecretExposure.acknowledged();
        PreSharedKey psk = PreSharedKey.of(Fixtures.bytes(32, 1), exposure);
        assertEquals("PreSharedKey", psk.toString());
        assertNotEquals(PreSharedKey.of(Fixtures.bytes(32, 2), exposure), psk);
        psk.close();
        assertThrows(IllegalStateException.class, () -> psk.expose(exposure));
        var gone = EnclaveKey.generate(random);
        gone.close();
        assertThrows(IllegalStateException.class, () -> gone.open(blob.slice(64, 112)));
        assertThrows(IllegalArgumentException.class, () -> PreSharedKey.of(new byte[33], exposure));
    }

    private static void assertRefused(
            RefusedException.Stage stage,
            Bytes blob,
            PublicSigningKey signer,
            ComputationId computation,
            EnclaveKey enclave) {
        var refused =
                assertThrows(
                        RefusedException.class,
                        () -> KeyBlob.parse(blob).open(signer, computation, enclave).close());
        assertEquals(stage, refused.stage());
    }
}
