package io.cloister.crypto;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.dsse.Envelope;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.security.SecureRandom;

final class SigningKeyTest {
    private static final SecretExposure EXPOSURE = SecretExposure.acknowledged();

    /// RFC 8032 §7.1, tests 1 to 3 and SHA(abc).
    @ParameterizedTest
    @CsvSource({
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60,"
                + "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a,'',"
                + "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
                + "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb,"
                + "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c,72,"
                + "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7,"
                + "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025,af82,"
                + "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
                + "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
    })
    void signsAsRfc8032Does(String seed, String publicKey, String message, String signature)
            throws MalformedException {
        SigningKey key = SigningKey.fromSeed(secret(seed));

        assertEquals(publicKey, key.publicKey().value().hex());
        assertEquals(signature, key.sign(Bytes.fromHex(message, "message")).hex());
        assertEquals(secret(seed), key.seed(EXPOSURE));
    }

    @Test
    void signsEnvelopesThatVerify() {
        SigningKey key = SigningKey.generate(new SecureRandom());
        Bytes payload = Bytes.utf8("{}");
        Envelope envelope = EnvelopeSigner.sign(key, "application/test", payload);

        assertEquals(key.publicKey().fingerprint(), envelope.keyId());
        assertTrue(verifies(key, "application/test", payload, envelope));
        assertFalse(verifies(key, "application/tesT", payload, envelope));
        assertFalse(verifies(key, "application/test", Bytes.utf8("{ }"), envelope));
        assertFalse(
                verifies(
                        SigningKey.generate(new SecureRandom()),
                        "application/test",
                        payload,
                        envelope));
    }

    @Test
    void refusesSeedsOfAnotherLength() {
        for (int length : new int[] {0, 31, 33, 64}) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> SigningKey.fromSeed(SecretBytes.copyOf(new byte[length], EXPOSURE)));
        }
    }

    @Test
    void keepsTheSeedWhenTheCallersIsClosed() throws MalformedException {
        SecretBytes seed = secret("00".repeat(32));
        SigningKey key = SigningKey.fromSeed(seed);
        seed.close();

        assertEquals(secret("00".repeat(32)), key.seed(EXPOSURE));
    }

    private static boolean verifies(SigningKey key, String type, Bytes payload, Envelope envelope) {
        return key.publicKey()
                .verifies(Envelope.preAuthenticationEncoding(type, payload), envelope.signature());
    }

    private static SecretBytes secret(String hex) throws MalformedException {
        return SecretBytes.copyOf(Bytes.fromHex(hex, "seed").toArray(), EXPOSURE);
    }
}
