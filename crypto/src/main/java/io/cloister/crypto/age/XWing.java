package io.cloister.crypto.age;

import io.cloister.crypto.SecretBytes;
import io.cloister.crypto.SecretExposure;
import io.cloister.crypto.internal.FixedOutput;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.CloisterBugException;

import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.spec.NamedParameterSpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;

import javax.crypto.KEM;

/// X-Wing (draft-connolly-cfrg-xwing-kem), which HPKE calls MLKEM768-X25519: secure while
/// ML-KEM-768 **or** X25519 is.
///
/// Composed of the JDK's ML-KEM-768 and X25519. JDK 25 stores expanded ML-KEM keys only, so pairs
/// are made from their seed by the JDK's generator each time; known-answer tests pin that.
///
/// Specification: [X-Wing](https://datatracker.ietf.org/doc/draft-connolly-cfrg-xwing-kem/)
final class XWing {
    /// Length of the seed, which is the private key, in bytes.
    static final int SEED_LENGTH = 32;

    /// Length of a public key in bytes.
    static final int PUBLIC_KEY_LENGTH = 1216;

    /// Length of an encapsulation, `enc`, in bytes.
    static final int ENCAPSULATION_LENGTH = 1120;

    /// Where the X25519 part begins in an encapsulation: the length of an ML-KEM-768 ciphertext
    /// (FIPS 203 table 3).
    static final int ENCAPSULATION_SPLIT = 1088;

    /// Length of an ML-KEM-768 encapsulation key (FIPS 203 table 3).
    private static final int PUBLIC_KEY_SPLIT = 1184;

    private static final int MLKEM_SEED_LENGTH = 64;
    private static final byte[] LABEL = HexFormat.of().parseHex("5c2e2f2f5e5c");

    /// DER of a SubjectPublicKeyInfo with id-alg-ml-kem-768 (NIST CSOR 2.16.840.1.101.3.4.4.2), up
    /// to the key itself.
    private static final byte[] SPKI_PREFIX =
            HexFormat.of().parseHex("308204b2300b0609608648016503040402038204a100");

    private XWing() {}

    /// A key pair expanded from its seed.
    ///
    /// @param mlkem the ML-KEM-768 decapsulation key
    /// @param x25519 the X25519 private key
    /// @param publicKey both public keys, `pk_M ‖ pk_X`
    record Pair(PrivateKey mlkem, PrivateKey x25519, Bytes publicKey) {}

    /// What [#encapsulate] makes.
    ///
    /// @param sharedSecret 32 bytes
    /// @param encapsulation `enc`, 1,120 bytes
    record Encapsulated(SecretBytes sharedSecret, Bytes encapsulation) {}

    /// Expands a seed (§5.2, `expandDecapsulationKey`).
    ///
    /// @param seed 32 bytes
    static Pair expand(byte[] seed) {
        byte[] expanded = Shake256.digest(seed, MLKEM_SEED_LENGTH + X25519.LENGTH);
        byte[] mlkemSeed = Arrays.copyOf(expanded, MLKEM_SEED_LENGTH);
        byte[] scalar = Arrays.copyOfRange(expanded, MLKEM_SEED_LENGTH, expanded.length);
        try {
            var generator = KeyPairGenerator.getInstance("ML-KEM-768");
            var source = new FixedOutput(mlkemSeed);
            generator.initialize(NamedParameterSpec.ML_KEM_768, source);
            KeyPair mlkem = generator.generateKeyPair();
            source.requireUsedUp();
            PrivateKey x25519 = X25519.privateKey(scalar);
            byte[] encoded = mlkem.getPublic().getEncoded();
            byte[] mlkemPublic = Arrays.copyOfRange(encoded, SPKI_PREFIX.length, encoded.length);
            Bytes publicKey = Bytes.concat(Bytes.copyOf(mlkemPublic), X25519.publicKey(x25519));
            return new Pair(mlkem.getPrivate(), x25519, publicKey);
        } catch (GeneralSecurityException e) {
            throw new CloisterBugException("JDK 25 has ML-KEM-768", e);
        } finally {
            Arrays.fill(expanded, (byte) 0);
            Arrays.fill(mlkemSeed, (byte) 0);
            Arrays.fill(scalar, (byte) 0);
        }
    }

    /// Whether `publicKey` may be encapsulated to: ML-KEM's check of the modulus (FIPS 203 §7.2)
    /// and an X25519 point of large order.
    static boolean isAcceptable(byte[] publicKey) {
        if (publicKey.length != PUBLIC_KEY_LENGTH
                || X25519.isLowOrder(
                        Arrays.copyOfRange(publicKey, PUBLIC_KEY_SPLIT, PUBLIC_KEY_LENGTH))) {
            return false;
        }
        // 768 coefficients of 12 bits, two in three bytes; the last 32 bytes are ρ and may be
        // anything.
        for (int i = 0; i < PUBLIC_KEY_SPLIT - 32; i += 3) {
            int pair =
                    (publicKey[i] & 0xff)
                            | ((publicKey[i + 1] & 0xff) << 8)
                            | ((publicKey[i + 2] & 0xff) << 16);
            if ((pair & 0xfff) >= 3329 || (pair >> 12) >= 3329) {
                return false;
            }
        }
        return true;
    }

    /// A fresh shared secret for the holder of `publicKey` (§5.4).
    static Encapsulated encapsulate(byte[] publicKey, SecureRandom random) {
        byte[] theirs = Arrays.copyOfRange(publicKey, PUBLIC_KEY_SPLIT, PUBLIC_KEY_LENGTH);
        byte[] scalar = new byte[X25519.LENGTH];
        random.nextBytes(scalar);
        byte[] mlkemSecret = {};
        byte[] x25519Secret = {};
        try {
            var mlkem =
                    KEM.getInstance("ML-KEM")
                            .newEncapsulator(mlkemPublicKey(publicKey), random)
                            .encapsulate();
            mlkemSecret = mlkem.key().getEncoded();
            PrivateKey ephemeral = X25519.privateKey(scalar);
            Bytes ephemeralPublic = X25519.publicKey(ephemeral);
            x25519Secret = X25519.agree(ephemeral, theirs);
            byte[] shared = combine(mlkemSecret, x25519Secret, ephemeralPublic.toArray(), theirs);
            return new Encapsulated(
                    SecretBytes.copyOf(shared, SecretExposure.acknowledged()),
                    Bytes.concat(Bytes.copyOf(mlkem.encapsulation()), ephemeralPublic));
        } catch (GeneralSecurityException e) {
            throw new CloisterBugException("an accepted recipient can be encapsulated to", e);
        } finally {
            Arrays.fill(scalar, (byte) 0);
            Arrays.fill(mlkemSecret, (byte) 0);
            Arrays.fill(x25519Secret, (byte) 0);
        }
    }

    /// The shared secret of `encapsulation` (§5.5). A changed ML-KEM part gives an unrelated
    /// secret, not an error.
    ///
    /// @throws InvalidKeyException if the X25519 part is a point of low order
    static byte[] decapsulate(Pair pair, byte[] encapsulation) throws InvalidKeyException {
        byte[] theirs =
                Arrays.copyOfRange(encapsulation, ENCAPSULATION_SPLIT, ENCAPSULATION_LENGTH);
        byte[] x25519Secret = X25519.agree(pair.x25519, theirs);
        byte[] mlkemSecret = {};
        try {
            mlkemSecret =
                    KEM.getInstance("ML-KEM")
                            .newDecapsulator(pair.mlkem)
                            .decapsulate(Arrays.copyOf(encapsulation, ENCAPSULATION_SPLIT))
                            .getEncoded();
            byte[] ours =
                    Arrays.copyOfRange(
                            pair.publicKey.toArray(), PUBLIC_KEY_SPLIT, PUBLIC_KEY_LENGTH);
            return combine(mlkemSecret, x25519Secret, theirs, ours);
        } catch (GeneralSecurityException e) {
            throw new CloisterBugException("ML-KEM decapsulates whatever has the right length", e);
        } finally {
            Arrays.fill(mlkemSecret, (byte) 0);
            Arrays.fill(x25519Secret, (byte) 0);
        }
    }

    /// `SHA3-256(ss_M ‖ ss_X ‖ ct_X ‖ pk_X ‖ label)` (§5.3).
    private static byte[] combine(
            byte[] mlkemSecret, byte[] x25519Secret, byte[] x25519Enc, byte[] x25519Public)
            throws GeneralSecurityException {
        var digest = MessageDigest.getInstance("SHA3-256");
        digest.update(mlkemSecret);
        digest.update(x25519Secret);
        digest.update(x25519Enc);
        digest.update(x25519Public);
        return digest.digest(LABEL);
    }

    private static PublicKey mlkemPublicKey(byte[] publicKey) throws GeneralSecurityException {
        byte[] encoded = Arrays.copyOf(SPKI_PREFIX, SPKI_PREFIX.length + PUBLIC_KEY_SPLIT);
        System.arraycopy(publicKey, 0, encoded, SPKI_PREFIX.length, PUBLIC_KEY_SPLIT);
        return KeyFactory.getInstance("ML-KEM").generatePublic(new X509EncodedKeySpec(encoded));
    }
}
