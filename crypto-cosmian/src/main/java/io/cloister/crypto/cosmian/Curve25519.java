package io.cloister.crypto.cosmian;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.PublicSigningKey;

import org.bouncycastle.math.ec.rfc7748.X25519;
import org.bouncycastle.math.ec.rfc8032.Ed25519;

import java.math.BigInteger;
import java.util.Optional;

/// X25519, and Ed25519 keys seen as X25519 keys.
final class Curve25519 {
    /// Bytes of a key of either kind.
    static final int LENGTH = 32;

    private static final BigInteger P = BigInteger.TWO.pow(255).subtract(BigInteger.valueOf(19));

    private Curve25519() {}

    /// The public half of `secret`.
    static byte[] publicOf(byte[] secret) {
        byte[] point = new byte[LENGTH];
        X25519.scalarMultBase(secret, 0, point, 0);
        return point;
    }

    /// The shared point, or nothing if it is all zero: a point of small order would let anyone know
    /// it, and libsodium refuses it, too (RFC 7748 §6.1).
    static Optional<byte[]> shared(byte[] secret, byte[] point) {
        byte[] shared = new byte[LENGTH];
        return X25519.calculateAgreement(secret, 0, point, 0, shared, 0)
                ? Optional.of(shared)
                : Optional.empty();
    }

    /// u = (1 + y) / (1 − y) (RFC 7748 §4.1), in time that depends on the key, which is public.
    ///
    /// @throws RefusedException if the key is not on the curve or not in the group of prime order,
    ///   where libsodium's conversion refuses it
    static byte[] publicOf(PublicSigningKey key) throws RefusedException {
        byte[] encoded = key.value().toArray();
        if (!Ed25519.validatePublicKeyFull(encoded, 0)) {
            throw new RefusedException(
                    RefusedException.Stage.KEY,
                    "not a point of the prime-order group of edwards25519");
        }
        encoded[LENGTH - 1] &= 0x7f;
        BigInteger y = new BigInteger(1, reversed(encoded));
        BigInteger u =
                BigInteger.ONE.add(y).multiply(BigInteger.ONE.subtract(y).modInverse(P)).mod(P);
        byte[] bigEndian = new byte[LENGTH];
        byte[] magnitude = u.toByteArray();
        int length = Math.min(magnitude.length, LENGTH);
        System.arraycopy(magnitude, magnitude.length - length, bigEndian, LENGTH - length, length);
        return reversed(bigEndian);
    }

    /// Whether `signature` is `key`'s over `message` by libsodium's rules: as
    /// [PublicSigningKey#verifies], and R is neither of small order nor in a second encoding.
    static boolean verifies(PublicSigningKey key, Bytes message, Bytes signature) {
        return signature.length() == PublicSigningKey.SIGNATURE_LENGTH
                && isOrdinaryPoint(signature.slice(0, LENGTH))
                && key.verifies(message, signature);
    }

    private static boolean isOrdinaryPoint(Bytes point) {
        try {
            return new PublicSigningKey(point).value().length() == LENGTH;
        } catch (IllegalArgumentException _) {
            return false;
        }
    }

    private static byte[] reversed(byte[] bytes) {
        byte[] reversed = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            reversed[i] = bytes[bytes.length - 1 - i];
        }
        return reversed;
    }
}
