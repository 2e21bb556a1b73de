package io.cloister.crypto.age;

import io.cloister.crypto.internal.Hkdf;

import java.nio.charset.StandardCharsets;

import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/// The key of one payload and how it is derived.
final class PayloadKey {
    /// Length in bytes of the nonce with which every payload begins.
    static final int NONCE_LENGTH = 16;

    private static final byte[] INFO = "payload".getBytes(StandardCharsets.US_ASCII);

    private PayloadKey() {}

    /// `HKDF-SHA-256(ikm = file key, salt = nonce, info = "payload")`.
    static SecretKey derive(byte[] fileKey, byte[] nonce) {
        return of(Hkdf.derive(fileKey, nonce, INFO, 32));
    }

    static SecretKey of(byte[] key) {
        return new SecretKeySpec(key, "ChaCha20");
    }
}
