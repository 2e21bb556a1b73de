package io.cloister.crypto.cosmian;

import io.cloister.crypto.SecretBytes;
import io.cloister.crypto.SecretExposure;
import io.cloister.protocol.Bytes;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.SplittableRandom;

/// What several tests make.
final class Fixtures {
    private Fixtures() {}

    static byte[] bytes(int length, long seed) {
        byte[] bytes = new byte[length];
        new SplittableRandom(seed).nextBytes(bytes);
        return bytes;
    }

    static SecretBytes secret(byte[] content) {
        return SecretBytes.copyOf(content, SecretExposure.acknowledged());
    }

    static SecretboxKey key(byte[] content) {
        return SecretboxKey.of(content, SecretExposure.acknowledged());
    }

    static byte[] seal(SecretboxKey key, byte[] content) throws IOException {
        var body = new ByteArrayOutputStream();
        var sealing = new SecretboxSealing(key, new SecureRandom(), body);
        sealing.write(content);
        sealing.close();
        return Bytes.concat(sealing.head(), Bytes.copyOf(body.toByteArray())).toArray();
    }

    static byte[] open(SecretboxKey key, byte[] message) throws IOException {
        var content = new ByteArrayOutputStream();
        SecretboxOpening.transfer(key, new ByteArrayInputStream(message), content);
        return content.toByteArray();
    }

    static byte[] flipped(byte[] bytes, int index, int bits) {
        byte[] flipped = bytes.clone();
        flipped[index] ^= (byte) bits;
        return flipped;
    }
}
