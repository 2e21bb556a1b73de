package io.cloister.crypto.cosmian;

import io.cloister.crypto.SecretBytes;
import io.cloister.crypto.SecretExposure;
import io.cloister.crypto.SigningKey;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.CloisterBugException;
import io.cloister.protocol.PublicSigningKey;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Arrays;

/// What an enclave of the Cosmian dialect opens key blobs with. Its public form is an Ed25519 key,
/// because the dialect's clients expect one and turn it into X25519 themselves; it signs nothing.
/// Immutable and safe for use by several threads, except that whoever closes must know that nobody
/// uses it any more.
public final class EnclaveKey implements AutoCloseable {
    private final SecretBytes scalar;
    private final PublicSigningKey publicKey;
    private final Bytes recipient;

    private EnclaveKey(SecretBytes scalar, PublicSigningKey publicKey) {
        this.scalar = scalar;
        this.publicKey = publicKey;
        byte[] secret = scalar.expose(SecretExposure.acknowledged());
        this.recipient = Bytes.copyOf(Curve25519.publicOf(secret));
        Arrays.fill(secret, (byte) 0);
    }

    /// A fresh key from `random`.
    public static EnclaveKey generate(SecureRandom random) {
        try (SecretBytes seed = SecretBytes.random(SigningKey.SEED_LENGTH, random)) {
            return fromSeed(seed);
        }
    }

    /// The key of an Ed25519 seed, which the caller closes: its secret is the scalar of RFC 8032
    /// §5.1.5, as libsodium's `crypto_sign_ed25519_sk_to_curve25519` has it.
    ///
    /// @throws IllegalArgumentException if it has not exactly 32 bytes
    static EnclaveKey fromSeed(SecretBytes seed) {
        PublicSigningKey publicKey = SigningKey.fromSeed(seed).publicKey();
        byte[] raw = seed.expose(SecretExposure.acknowledged());
        byte[] hash = sha512(raw);
        byte[] scalar = Arrays.copyOf(hash, Curve25519.LENGTH);
        try {
            return new EnclaveKey(
                    SecretBytes.copyOf(scalar, SecretExposure.acknowledged()), publicKey);
        } finally {
            Arrays.fill(raw, (byte) 0);
            Arrays.fill(hash, (byte) 0);
            Arrays.fill(scalar, (byte) 0);
        }
    }

    /// The form that is published.
    public PublicSigningKey publicKey() {
        return publicKey;
    }

    /// The X25519 key that boxes are sealed to.
    Bytes recipient() {
        return recipient;
    }

    /// Opens a sealed box.
    ///
    /// @throws RefusedException if it is none for this key
    SecretBytes open(Bytes box) throws RefusedException {
        byte[] secret = scalar.expose(SecretExposure.acknowledged());
        try {
            return SealedBox.open(box, secret, recipient.toArray());
        } finally {
            Arrays.fill(secret, (byte) 0);
        }
    }

    private static byte[] sha512(byte[] content) {
        try {
            return MessageDigest.getInstance("SHA-512").digest(content);
        } catch (NoSuchAlgorithmException e) {
            throw new CloisterBugException("every JDK has SHA-512", e);
        }
    }

    @Override
    public void close() {
        scalar.close();
    }

    @Override
    public String toString() {
        return "EnclaveKey[" + publicKey + "]";
    }
}
