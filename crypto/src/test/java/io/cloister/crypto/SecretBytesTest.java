package io.cloister.crypto;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;

final class SecretBytesTest {
    private static final SecretExposure EXPOSURE = SecretExposure.acknowledged();

    @Test
    void keepsItsOwnCopy() {
        byte[] source = bytes("secret");
        var secret = SecretBytes.copyOf(source, EXPOSURE);
        source[0] = 0;
        secret.expose(EXPOSURE)[1] = 0;

        assertArrayEquals(bytes("secret"), secret.expose(EXPOSURE));
    }

    @Test
    void comparesByContentAndHashesByLength() {
        var secret = SecretBytes.copyOf(bytes("secret"), EXPOSURE);

        assertEquals(SecretBytes.copyOf(bytes("secret"), EXPOSURE), secret);
        assertNotEquals(SecretBytes.copyOf(bytes("secreT"), EXPOSURE), secret);
        assertNotEquals(SecretBytes.copyOf(bytes("secrets"), EXPOSURE), secret);
        assertEquals(SecretBytes.copyOf(bytes("public"), EXPOSURE).hashCode(), secret.hashCode());
    }

    @Test
    void saysNothingOfItsContent() {
        assertEquals(
                "SecretBytes[6 bytes]", SecretBytes.copyOf(bytes("secret"), EXPOSURE).toString());
        assertFalse(SigningKey.generate(new SecureRandom()).toString().contains("seed"));
    }

    @Test
    void givesNothingOutOnceClosed() {
        var secret = SecretBytes.copyOf(bytes("secret"), EXPOSURE);
        secret.close();
        secret.close();

        assertThrows(IllegalStateException.class, () -> secret.expose(EXPOSURE));
        assertEquals(SecretBytes.copyOf(new byte[6], EXPOSURE), secret);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
