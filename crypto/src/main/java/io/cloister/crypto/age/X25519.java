package io.cloister.crypto.age;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.CloisterBugException;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.spec.NamedParameterSpec;
import java.security.spec.XECPrivateKeySpec;
import java.security.spec.XECPublicKeySpec;
import java.util.Set;

import javax.crypto.KeyAgreement;

/// X25519 (RFC 7748 §5) over raw 32-byte values.
///
/// Specification: [RFC 7748](https://www.rfc-editor.org/rfc/rfc7748)
final class X25519 {
    /// Length of scalars, coordinates and shared secrets in bytes.
    static final int LENGTH = 32;

    private static final BigInteger P = BigInteger.TWO.pow(255).subtract(BigInteger.valueOf(19));
    private static final BigInteger BASE = BigInteger.valueOf(9);

    /// u of the points whose order divides 8, on the curve and on its twist. Whatever the scalar,
    /// they make the shared secret all zeros.
    private static final Set<BigInteger> LOW_ORDER =
            Set.of(
                    BigInteger.ZERO,
                    BigInteger.ONE,
                    P.subtract(BigInteger.ONE),
                    new BigInteger(
                            "325606250916557431795983626356110631294008115727848805560023387167927233504"),
                    new BigInteger(
                            "39382357235489614581723060781553021112529911719440698176882885853963445705823"));

    private X25519() {}

    /// Whether `u` stands for one of the points that every scalar takes to zero. Values are reduced
    /// first, with the topmost bit ignored, as RFC 7748 §5 reads them.
    static boolean isLowOrder(byte[] u) {
        return LOW_ORDER.contains(coordinate(u));
    }

    static PrivateKey privateKey(byte[] scalar) {
        try {
            return KeyFactory.getInstance("X25519")
                    .generatePrivate(new XECPrivateKeySpec(NamedParameterSpec.X25519, scalar));
        } catch (GeneralSecurityException e) {
            throw new CloisterBugException("every 32 bytes are an X25519 private key", e);
        }
    }

    /// `X25519(scalar, basepoint)`.
    static Bytes publicKey(PrivateKey scalar) {
        try {
            return Bytes.copyOf(agree(scalar, BASE));
        } catch (InvalidKeyException e) {
            throw new CloisterBugException("the base point has large order", e);
        }
    }

    /// `X25519(scalar, u)`.
    ///
    /// @throws InvalidKeyException if the result is all zeros
    static byte[] agree(PrivateKey scalar, byte[] u) throws InvalidKeyException {
        if (isLowOrder(u)) {
            throw new InvalidKeyException("a point of low order");
        }
        return agree(scalar, coordinate(u));
    }

    private static byte[] agree(PrivateKey scalar, BigInteger u) throws InvalidKeyException {
        try {
            PublicKey point =
                    KeyFactory.getInstance("X25519")
                            .generatePublic(new XECPublicKeySpec(NamedParameterSpec.X25519, u));
            var agreement = KeyAgreement.getInstance("X25519");
            agreement.init(scalar);
            agreement.doPhase(point, true);
            return agreement.generateSecret();
        } catch (InvalidKeyException e) {
            throw e;
        } catch (GeneralSecurityException e) {
            throw new CloisterBugException("every JDK has X25519", e);
        }
    }

    private static BigInteger coordinate(byte[] littleEndian) {
        byte[] bigEndian = new byte[LENGTH];
        for (int i = 0; i < LENGTH; i++) {
            bigEndian[i] = littleEndian[LENGTH - 1 - i];
        }
        bigEndian[0] &= 0x7f;
        return new BigInteger(1, bigEndian).mod(P);
    }
}
