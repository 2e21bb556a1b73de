package io.cloister.crypto.age;

import com.exceptionfactory.jagged.FileKey;

import io.cloister.crypto.internal.Hkdf;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/// HPKE in base mode (RFC 9180 §5.1) for one message: KEM MLKEM768-X25519 (0x647a), KDF HKDF-SHA256
/// (0x0001), AEAD ChaCha20-Poly1305 (0x0003). JDK 25 has none of its own.
///
/// Specification: [RFC 9180](https://www.rfc-editor.org/rfc/rfc9180)
final class Hpke {
    private static final byte[] SUITE_ID = {'H', 'P', 'K', 'E', 0x64, 0x7a, 0, 1, 0, 3};
    private static final byte[] VERSION = "HPKE-v1".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] NOTHING = {};
    private static final byte MODE_BASE = 0;
    private static final int NK = 32;

    private Hpke() {}

    /// Encrypts as message 0, whose nonce is `base_nonce`, with empty `aad`.
    static byte[] seal(byte[] sharedSecret, byte[] info, FileKey fileKey) {
        byte[] context = context(info);
        byte[] secret = secret(sharedSecret);
        byte[] key = key(secret, context);
        try {
            return FileKeyWrap.wrap(key, nonce(secret, context), fileKey);
        } finally {
            Arrays.fill(key, (byte) 0);
            Arrays.fill(secret, (byte) 0);
        }
    }

    /// Decrypts message 0, or gives nothing if it was made with another secret.
    static Optional<FileKey> open(byte[] sharedSecret, byte[] info, byte[] ciphertext) {
        byte[] context = context(info);
        byte[] secret = secret(sharedSecret);
        byte[] key = key(secret, context);
        try {
            return FileKeyWrap.unwrap(key, nonce(secret, context), ciphertext);
        } finally {
            Arrays.fill(key, (byte) 0);
            Arrays.fill(secret, (byte) 0);
        }
    }

    /// `key_schedule_context`.
    private static byte[] context(byte[] info) {
        byte[] pskIdHash = labeledExtract(NOTHING, "psk_id_hash", NOTHING);
        byte[] infoHash = labeledExtract(NOTHING, "info_hash", info);
        return concat(new byte[] {MODE_BASE}, pskIdHash, infoHash);
    }

    private static byte[] secret(byte[] sharedSecret) {
        return labeledExtract(sharedSecret, "secret", NOTHING);
    }

    private static byte[] key(byte[] secret, byte[] context) {
        return labeledExpand(secret, "key", context, NK);
    }

    private static byte[] nonce(byte[] secret, byte[] context) {
        return labeledExpand(secret, "base_nonce", context, FileKeyWrap.NONCE_LENGTH);
    }

    private static byte[] labeledExtract(byte[] salt, String label, byte[] inputKey) {
        return Hkdf.extract(concat(VERSION, SUITE_ID, ascii(label), inputKey), salt);
    }

    private static byte[] labeledExpand(byte[] secret, String label, byte[] info, int length) {
        byte[] i2osp = {(byte) (length >> 8), (byte) length};
        return Hkdf.expand(secret, concat(i2osp, VERSION, SUITE_ID, ascii(label), info), length);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] concat(byte[]... parts) {
        int length = 0;
        for (byte[] part : parts) {
            length += part.length;
        }
        var all = ByteBuffer.allocate(length);
        for (byte[] part : parts) {
            all.put(part);
        }
        return all.array();
    }
}
