package io.cloister.protocol;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.spec.EdECPoint;
import java.security.spec.EdECPublicKeySpec;
import java.security.spec.NamedParameterSpec;
import java.util.Set;

/// An Ed25519 public key (RFC 8032). Text form: `ed25519:` and 64 lower-case hexadecimal digits.
/// Keys of small order and encodings of y that are not reduced are refused: under such a key one
/// signature can fit any message.
///
/// @param value the 32 bytes of RFC 8032 §5.1.5
public record PublicSigningKey(Bytes value) {
    /// Length of the key in bytes.
    public static final int LENGTH = 32;

    /// Length of a signature in bytes.
    public static final int SIGNATURE_LENGTH = 64;

    private static final String PREFIX = "ed25519:";
    private static final BigInteger P = BigInteger.TWO.pow(255).subtract(BigInteger.valueOf(19));

    /// y of the points of order 1, 2, 4 and 8 (RFC 7748 §7 and RFC 8032 §5.1).
    private static final Set<BigInteger> SMALL_ORDER_Y =
            Set.of(
                    BigInteger.ZERO,
                    BigInteger.ONE,
                    P.subtract(BigInteger.ONE),
                    littleEndian(
                            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
                    littleEndian(
                            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"));

    public PublicSigningKey {
        if (!isAcceptable(value)) {
            throw new IllegalArgumentException("not an acceptable Ed25519 public key");
        }
    }

    /// Reads the text form.
    ///
    /// @throws MalformedException if `text` is anything else or the key is not acceptable, naming
    ///   `path`
    public static PublicSigningKey parse(String text, String path) throws MalformedException {
        if (text.length() != PREFIX.length() + 2 * LENGTH || !text.startsWith(PREFIX)) {
            throw new MalformedException(path, "ed25519: and 64 hexadecimal digits", text);
        }
        Bytes value = Bytes.fromHex(text.substring(PREFIX.length()), path);
        if (!isAcceptable(value)) {
            throw new MalformedException(
                    path, "an Ed25519 key of large order in canonical form", text);
        }
        return new PublicSigningKey(value);
    }

    /// Whether `signature` is this key's over `message` (RFC 8032 §5.1.7, with S below the group
    /// order).
    public boolean verifies(Bytes message, Bytes signature) {
        if (signature.length() != SIGNATURE_LENGTH) {
            return false;
        }
        try {
            var verifier = Signature.getInstance("Ed25519");
            verifier.initVerify(toJca());
            verifier.update(message.toArray());
            return verifier.verify(signature.toArray());
        } catch (InvalidKeyException | SignatureException _) {
            return false;
        } catch (GeneralSecurityException e) {
            throw new CloisterBugException("every JDK has Ed25519", e);
        }
    }

    /// SHA-256 of the 32 bytes: the full fingerprint people compare, and the DSSE `keyid`.
    public Sha256 fingerprint() {
        return Sha256.of(value);
    }

    private PublicKey toJca() throws GeneralSecurityException {
        boolean xOdd = (value.at(LENGTH - 1) & 0x80) != 0;
        return KeyFactory.getInstance("Ed25519")
                .generatePublic(
                        new EdECPublicKeySpec(
                                NamedParameterSpec.ED25519, new EdECPoint(xOdd, y(value))));
    }

    private static boolean isAcceptable(Bytes value) {
        if (value.length() != LENGTH) {
            return false;
        }
        BigInteger y = y(value);
        return y.compareTo(P) < 0 && !SMALL_ORDER_Y.contains(y);
    }

    private static BigInteger y(Bytes value) {
        byte[] bigEndian = new byte[LENGTH];
        for (int i = 0; i < LENGTH; i++) {
            bigEndian[i] = value.at(LENGTH - 1 - i);
        }
        bigEndian[0] &= 0x7f;
        return new BigInteger(1, bigEndian);
    }

    private static BigInteger littleEndian(String hex) {
        try {
            return y(Bytes.fromHex(hex, "constant"));
        } catch (MalformedException e) {
            throw new CloisterBugException("a constant is well formed", e);
        }
    }

    @Override
    public String toString() {
        return PREFIX + value.hex();
    }
}
