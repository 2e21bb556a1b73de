package io.cloister.crypto;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.ComputationId;

import org.junit.jupiter.api.Test;

import java.security.SecureRandom;
import java.util.HexFormat;

final class InvitationSecretTest {
    private static final ComputationId ID =
            new ComputationId(Bytes.copyOf(HexFormat.of().parseHex("ff".repeat(16))));
    private static final Bytes CARD = Bytes.utf8("{\"card\":1}");

    /// Made with Python's hmac: HKDF-SHA-256 and HMAC-SHA-256 from the standard library.
    @Test
    void tagsAsTheSpecificationSays() {
        assertEquals(
                "6d77b02a7d7b430caa9caa8f0b9a13b4ad7ba0f793645b8769038190c9380354",
                secret((byte) 1).tag(ID, CARD).hex());
    }

    @Test
    void acceptsTheTagOfThisCardInThisComputationOnly() {
        InvitationSecret secret = secret((byte) 1);
        Bytes tag = secret.tag(ID, CARD);
        assertTrue(secret.accepts(ID, CARD, tag));

        byte[] otherId = ID.value().toArray();
        otherId[15] ^= 1;
        assertFalse(secret.accepts(new ComputationId(Bytes.copyOf(otherId)), CARD, tag));
        assertFalse(secret.accepts(ID, Bytes.utf8("{\"card\":2}"), tag));
        assertFalse(secret((byte) 2).accepts(ID, CARD, tag));
        for (int i = 0; i < InvitationSecret.TAG_LENGTH; i++) {
            byte[] changed = tag.toArray();
            changed[i] ^= 1;
            assertFalse(secret.accepts(ID, CARD, Bytes.copyOf(changed)));
        }
        assertFalse(secret.accepts(ID, CARD, Bytes.copyOf(new byte[0])));
    }

    @Test
    void isSixteenBytesAndCompared() {
        assertEquals(secret((byte) 1), secret((byte) 1));
        assertNotEquals(secret((byte) 1), secret((byte) 2));
        assertNotEquals(
                InvitationSecret.generate(new SecureRandom()),
                InvitationSecret.generate(new SecureRandom()));
        for (int length : new int[] {0, 15, 17, 32}) {
            var wrong = SecretBytes.copyOf(new byte[length], SecretExposure.acknowledged());
            assertThrows(IllegalArgumentException.class, () -> InvitationSecret.of(wrong));
        }
        assertEquals("InvitationSecret[16 bytes]", secret((byte) 1).toString());
    }

    private static InvitationSecret secret(byte last) {
        byte[] raw = new byte[InvitationSecret.LENGTH];
        raw[15] = last;
        return InvitationSecret.of(SecretBytes.copyOf(raw, SecretExposure.acknowledged()));
    }
}
