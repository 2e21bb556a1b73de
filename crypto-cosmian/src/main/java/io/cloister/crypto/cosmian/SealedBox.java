package io.cloister.crypto.cosmian;

import io.cloister.crypto.SecretBytes;
import io.cloister.crypto.SecretExposure;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.PublicSigningKey;

import org.bouncycastle.crypto.digests.Blake2bDigest;
import org.bouncycastle.crypto.engines.Salsa20Engine;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;

/// libsodium's sealed box: ephemeral X25519 key (32 bytes) ‖ Poly1305 tag (16) ‖ ciphertext, under
/// a nonce of BLAKE2b-24(ephemeral key ‖ recipient). It says nothing about who sealed it.
final class SealedBox {
    /// Bytes that a box is longer than its content.
    static final int OVERHEAD = Curve25519.LENGTH + XSalsa20Poly1305.TAG_LENGTH;

    private static final int ROUNDS = 20;

    /// "expand 32-byte k", the diagonal of Salsa20's square.
    private static final int[] SIGMA = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};

    private SealedBox() {}

    /// Opens `box` for whoever has `secret`, whose public half is `recipient`.
    ///
    /// @throws RefusedException if it was changed, is too short, has an ephemeral key of small
    ///   order, or is for somebody else
    static SecretBytes open(Bytes box, byte[] secret, byte[] recipient) throws RefusedException {
        if (box.length() < OVERHEAD) {
            throw new RefusedException(
                    RefusedException.Stage.LENGTH, "a sealed box has at least 48 bytes");
        }
        byte[] ephemeral = box.slice(0, Curve25519.LENGTH).toArray();
        byte[] tag = box.slice(Curve25519.LENGTH, XSalsa20Poly1305.TAG_LENGTH).toArray();
        byte[] content = box.slice(OVERHEAD, box.length() - OVERHEAD).toArray();
        XSalsa20Poly1305 cipher = cipher(secret, ephemeral, ephemeral, recipient, false);
        cipher.process(content, 0, content.length);
        try {
            if (!MessageDigest.isEqual(tag, cipher.tag())) {
                throw new RefusedException(
                        RefusedException.Stage.TAG, "the tag of a sealed box does not fit");
            }
            return SecretBytes.copyOf(content, SecretExposure.acknowledged());
        } finally {
            Arrays.fill(content, (byte) 0);
        }
    }

    /// Seals `content` to the X25519 form of `recipient`.
    ///
    /// @throws RefusedException if that key has none
    static Bytes seal(SecretBytes content, PublicSigningKey recipient, SecureRandom random)
            throws RefusedException {
        byte[] to = Curve25519.publicOf(recipient);
        byte[] secret = new byte[Curve25519.LENGTH];
        random.nextBytes(secret);
        byte[] ephemeral = Curve25519.publicOf(secret);
        XSalsa20Poly1305 cipher = cipher(secret, to, ephemeral, to, true);
        Arrays.fill(secret, (byte) 0);
        byte[] ciphertext = content.expose(SecretExposure.acknowledged());
        cipher.process(ciphertext, 0, ciphertext.length);
        return Bytes.concat(
                Bytes.copyOf(ephemeral), Bytes.copyOf(cipher.tag()), Bytes.copyOf(ciphertext));
    }

    private static XSalsa20Poly1305 cipher(
            byte[] secret, byte[] point, byte[] ephemeral, byte[] recipient, boolean sealing)
            throws RefusedException {
        byte[] shared =
                Curve25519.shared(secret, point)
                        .orElseThrow(() ->
                                new RefusedException(
                                        RefusedException.Stage.KEY, "a key of small order"));
        byte[] key = hsalsa20(shared);
        Arrays.fill(shared, (byte) 0);
        try {
            return new XSalsa20Poly1305(key, nonce(ephemeral, recipient), sealing);
        } finally {
            Arrays.fill(key, (byte) 0);
        }
    }

    private static byte[] nonce(byte[] ephemeral, byte[] recipient) {
        var digest = new Blake2bDigest(8 * XSalsa20Poly1305.NONCE_LENGTH);
        digest.update(ephemeral, 0, ephemeral.length);
        digest.update(recipient, 0, recipient.length);
        byte[] nonce = new byte[XSalsa20Poly1305.NONCE_LENGTH];
        digest.doFinal(nonce, 0);
        return nonce;
    }

    /// HSalsa20 with an all-zero input (D. J. Bernstein, "Extending the Salsa20 nonce", §2): the
    /// eight words of Salsa20's core, before its last addition, that an attacker would know.
    private static byte[] hsalsa20(byte[] shared) {
        int[] key = new int[8];
        ByteBuffer.wrap(shared).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer().get(key);
        int[] square = new int[16];
        for (int i = 0; i < 4; i++) {
            square[5 * i] = SIGMA[i];
            square[1 + i] = key[i];
            square[11 + i] = key[4 + i];
        }
        int[] mixed = new int[16];
        Salsa20Engine.salsaCore(ROUNDS, square, mixed);
        ByteBuffer out = ByteBuffer.allocate(32).order(ByteOrder.LITTLE_ENDIAN);
        for (int word : new int[] {0, 5, 10, 15, 6, 7, 8, 9}) {
            out.putInt(mixed[word] - square[word]);
        }
        Arrays.fill(key, 0);
        Arrays.fill(square, 0);
        Arrays.fill(mixed, 0);
        return out.array();
    }
}
