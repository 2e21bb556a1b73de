package io.cloister.crypto;

import io.cloister.crypto.internal.FixedOutput;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.CloisterBugException;
import io.cloister.protocol.PublicSigningKey;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.interfaces.EdECPublicKey;
import java.security.spec.EdECPrivateKeySpec;
import java.security.spec.NamedParameterSpec;
import java.util.Arrays;

/// An Ed25519 private key (RFC 8032 §5.1.5). It signs [envelopes][EnvelopeSigner] and nothing else;
/// whoever holds the [public half][#publicKey] verifies with `io.cloister.protocol` alone.
///
/// Ed25519 is classical: a quantum computer could forge. Immutable and safe for use by several
/// threads.
///
/// Specification: [RFC 8032](https://www.rfc-editor.org/rfc/rfc8032)
public final class SigningKey {
    /// Length of the seed in bytes.
    public static final int SEED_LENGTH = 32;

    private final SecretBytes seed;
    private final PrivateKey privateKey;
    private final PublicSigningKey publicKey;

    private SigningKey(SecretBytes seed) {
        this.seed = seed;
        byte[] raw = seed.expose(SecretExposure.acknowledged());
        try {
            this.privateKey =
                    KeyFactory.getInstance("Ed25519")
                            .generatePrivate(
                                    new EdECPrivateKeySpec(NamedParameterSpec.ED25519, raw));
            this.publicKey = publicHalf(raw);
        } catch (GeneralSecurityException e) {
            throw new CloisterBugException("every JDK has Ed25519", e);
        } finally {
            Arrays.fill(raw, (byte) 0);
        }
    }

    /// A fresh key from `random`.
    public static SigningKey generate(SecureRandom random) {
        return new SigningKey(SecretBytes.random(SEED_LENGTH, random));
    }

    /// The key whose seed is `seed` (the *private key* of RFC 8032 §5.1.5). The key keeps its own
    /// copy.
    ///
    /// @throws IllegalArgumentException if it has not exactly 32 bytes
    public static SigningKey fromSeed(SecretBytes seed) {
        if (seed.length() != SEED_LENGTH) {
            throw new IllegalArgumentException(
                    "an Ed25519 seed has 32 bytes, not " + seed.length());
        }
        var exposure = SecretExposure.acknowledged();
        byte[] copy = seed.expose(exposure);
        try {
            return new SigningKey(SecretBytes.copyOf(copy, exposure));
        } finally {
            Arrays.fill(copy, (byte) 0);
        }
    }

    /// The half that may be shown to anyone.
    public PublicSigningKey publicKey() {
        return publicKey;
    }

    /// The 32-byte seed from which [#fromSeed] makes this key again.
    public SecretBytes seed(SecretExposure exposure) {
        byte[] copy = seed.expose(exposure);
        try {
            return SecretBytes.copyOf(copy, exposure);
        } finally {
            Arrays.fill(copy, (byte) 0);
        }
    }

    /// The 64 bytes of the signature over `message`.
    ///
    /// Package-private: a signature over bare bytes has no domain. [EnvelopeSigner] gives it one.
    Bytes sign(Bytes message) {
        try {
            var signer = Signature.getInstance("Ed25519");
            signer.initSign(privateKey);
            signer.update(message.toArray());
            return Bytes.copyOf(signer.sign());
        } catch (GeneralSecurityException e) {
            throw new CloisterBugException("signing with an Ed25519 key cannot fail", e);
        }
    }

    private static PublicSigningKey publicHalf(byte[] seed) throws GeneralSecurityException {
        var generator = KeyPairGenerator.getInstance("Ed25519");
        var source = new FixedOutput(seed);
        generator.initialize(NamedParameterSpec.ED25519, source);
        var point = ((EdECPublicKey) generator.generateKeyPair().getPublic()).getPoint();
        source.requireUsedUp();
        byte[] bigEndian = point.getY().toByteArray();
        byte[] encoded = new byte[PublicSigningKey.LENGTH];
        for (int i = 0; i < Math.min(bigEndian.length, encoded.length); i++) {
            encoded[i] = bigEndian[bigEndian.length - 1 - i];
        }
        if (point.isXOdd()) {
            encoded[encoded.length - 1] |= (byte) 0x80;
        }
        return new PublicSigningKey(Bytes.copyOf(encoded));
    }

    /// The public half only.
    @Override
    public String toString() {
        return "SigningKey[" + publicKey + "]";
    }
}
