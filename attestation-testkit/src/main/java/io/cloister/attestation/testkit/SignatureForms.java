package io.cloister.attestation.testkit;

import io.cloister.protocol.Bytes;

import java.math.BigInteger;
import java.util.Arrays;

/// Other forms of the same signature, certificate or number.
final class SignatureForms {
    private static final BigInteger P256_ORDER =
            new BigInteger("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16);
    private static final int P256_BYTES = 32;

    private SignatureForms() {}

    /// With the length of its SEQUENCE in one byte more than it needs, as BER allows and DER does
    /// not.
    static Bytes longLength(Bytes der) {
        int first = der.at(1) & 0xff;
        int octets = first < 0x80 ? 0 : first & 0x7f;
        byte[] head = new byte[octets == 0 ? 3 : octets + 3];
        head[0] = der.at(0);
        head[1] = (byte) (0x81 + octets);
        if (octets == 0) {
            head[2] = der.at(1);
        } else {
            for (int i = 0; i < octets; i++) {
                head[3 + i] = der.at(2 + i);
            }
        }
        return Bytes.concat(Bytes.copyOf(head), der.slice(2 + octets, der.length() - 2 - octets));
    }

    /// With the indefinite length of BER.
    static Bytes indefiniteLength(Bytes der) {
        int first = der.at(1) & 0xff;
        int octets = first < 0x80 ? 0 : first & 0x7f;
        return Bytes.concat(
                Bytes.copyOf(new byte[] {der.at(0), (byte) 0x80}),
                der.slice(2 + octets, der.length() - 2 - octets),
                Bytes.copyOf(new byte[2]));
    }

    /// With a byte behind it.
    static Bytes trailing(Bytes der) {
        return Bytes.concat(der, Bytes.copyOf(new byte[1]));
    }

    /// An ECDSA signature with a zero in front of its first number.
    static Bytes paddedNumber(Bytes signature) {
        byte[] head = {
            0x30, (byte) (signature.at(1) + 1), 0x02, (byte) (signature.at(3) + 1), 0x00
        };
        return Bytes.concat(Bytes.copyOf(head), signature.slice(4, signature.length() - 4));
    }

    /// A short INTEGER with a zero in front, as BER allows and DER does not.
    static Bytes padded(Bytes integer) {
        byte[] head = {integer.at(0), (byte) (integer.at(1) + 1), 0};
        return Bytes.concat(Bytes.copyOf(head), integer.slice(2, integer.length() - 2));
    }

    /// `r ‖ s` on P-256 with the other `s` that verifies as well: `n - s`.
    static Bytes otherHalf(Bytes raw) {
        var s = new BigInteger(1, raw.slice(P256_BYTES, P256_BYTES).toArray());
        byte[] other = P256_ORDER.subtract(s).toByteArray();
        var half = new byte[P256_BYTES];
        int from = Math.max(0, other.length - P256_BYTES);
        System.arraycopy(
                other, from, half, P256_BYTES - (other.length - from), other.length - from);
        return Bytes.concat(raw.slice(0, P256_BYTES), Bytes.copyOf(half));
    }

    /// With one bit of a byte flipped.
    static Bytes altered(Bytes bytes, int offset) {
        byte[] copy = Arrays.copyOf(bytes.toArray(), bytes.length());
        copy[offset] ^= 1;
        return Bytes.copyOf(copy);
    }
}
