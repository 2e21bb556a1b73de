package io.cloister.crypto.age;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.crypto.SecretBytes;
import io.cloister.crypto.SecretExposure;
import io.cloister.crypto.internal.FixedOutput;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.CloisterBugException;
import io.cloister.protocol.Sha256;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.OptionalInt;

final class PrimitivesTest {
    private static final HexFormat HEX = HexFormat.of();

    /// FIPS 202: SHAKE256 of the empty string, NIST's example values.
    @Test
    void shake256OfNothing() {
        assertEquals(
                "46b9dd2b0ba88d13233b3feb743eeb243fcd52ea62b81b82b50c27646ed5762f"
                        + "d75dc4ddd8c0f200cb05019d67b592f6fc821c49479ab48640292eacb3b7c4be",
                HEX.formatHex(Shake256.digest(new byte[0], 64)));
    }

    /// The JDK has SHAKE256 with 64 bytes of output.
    @Test
    void shake256AgreesWithTheJdk() throws Exception {
        for (int length = 0; length < 136; length++) {
            byte[] input = new byte[length];
            Arrays.fill(input, (byte) length);
            assertArrayEquals(
                    MessageDigest.getInstance("SHAKE256-512").digest(input),
                    Shake256.digest(input, 64));
        }
        assertThrows(IllegalArgumentException.class, () -> Shake256.digest(new byte[136], 64));
        assertThrows(IllegalArgumentException.class, () -> Shake256.digest(new byte[1], 137));
    }

    /// draft-connolly-cfrg-xwing-kem-08 appendix C (unchanged since): seed, eseed and shared secret
    /// as published, public key and ciphertext by their SHA-256.
    @ParameterizedTest
    @CsvSource({
        "7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26,"
                + "3cb1eea988004b93103cfb0aeefd2a686e01fa4a58e8a3639ca8a1e3f9ae57e2"
                + "35b8cc873c23dc62b8d260169afa2f75ab916a58d974918835d25e6a435085b2,"
                + "d2df0522128f09dd8e2c92b1e905c793d8f57a54c3da25861f10bf4ca613e384,"
                + "2e816deebcd76c5c80d0cd2d174478871658e8e2ff42bc9d4a6e486372e856bb,"
                + "17cd532d657e44c897ca6583e548a5424fc70bf54f99515a4d2bcf99e3469f33",
        "badfd6dfaac359a5efbb7bcc4b59d538df9a04302e10c8bc1cbf1a0b3a5120ea,"
                + "17cda7cfad765f5623474d368ccca8af0007cd9f5e4c849f167a580b14aabdef"
                + "aee7eef47cb0fca9767be1fda69419dfb927e9df07348b196691abaeb580b32d,"
                + "f2e86241c64d60f6649fbc6c5b7d17180b780a3f34355e64a85749949c45f150,"
                + "c42ba5f8430d7d2c83739338203819f090e8303ce9c8b02107c272bfa5376916,"
                + "1661ea86d608a1924ba30840cb0a65f13ae051e3aec9cf0f064efc0bc92f2154",
        "ef58538b8d23f87732ea63b02b4fa0f4873360e2841928cd60dd4cee8cc0d4c9,"
                + "22a96188d032675c8ac850933c7aff1533b94c834adbb69c6115bad4692d8619"
                + "f90b0cdf8a7b9c264029ac185b70b83f2801f2f4b3f70c593ea3aeeb613a7f1b,"
                + "953f7f4e8c5b5049bdc771d1dffada0dd961477d1a2ae0988baa7ea6898d893f,"
                + "6b080d6b84f095342092fa7a22423e58bd681397ad0ef00eac92bd254db4fa95,"
                + "d3ca5578500344b5896cffc4fd740c9311946b82951df155e6fd86a7966b43c6"
    })
    void xWingAsPublished(
            String seed, String eseed, String secret, String key, String encapsulation)
            throws Exception {
        XWing.Pair pair = XWing.expand(HEX.parseHex(seed));
        assertEquals(key, Sha256.of(pair.publicKey()).hex());
        assertTrue(XWing.isAcceptable(pair.publicKey().toArray()));

        // The vectors draw ML-KEM's randomness first, this implementation the X25519 scalar.
        byte[] drawn = HEX.parseHex(eseed.substring(64) + eseed.substring(0, 64));
        var made = XWing.encapsulate(pair.publicKey().toArray(), new FixedOutput(drawn));
        assertEquals(encapsulation, Sha256.of(made.encapsulation()).hex());
        assertEquals(secret(secret), made.sharedSecret());
        assertArrayEquals(
                HEX.parseHex(secret), XWing.decapsulate(pair, made.encapsulation().toArray()));
    }

    @Test
    void xWingRefusesKeysThatCannotBeEncryptedTo() {
        byte[] key = XWing.expand(new byte[32]).publicKey().toArray();
        assertTrue(XWing.isAcceptable(key));

        assertFalse(XWing.isAcceptable(Arrays.copyOf(key, key.length - 1)));
        assertFalse(XWing.isAcceptable(Arrays.copyOf(key, key.length + 1)));
        byte[] unreduced = key.clone();
        unreduced[3] = (byte) 0x01;
        unreduced[4] = (byte) ((unreduced[4] & 0xf0) | 0x0d); // 0xd01 = 3329
        assertFalse(XWing.isAcceptable(unreduced));
        byte[] lowOrder = key.clone();
        Arrays.fill(lowOrder, 1184, 1216, (byte) 0);
        assertFalse(XWing.isAcceptable(lowOrder));
    }

    /// A changed ML-KEM part gives an unrelated secret (implicit rejection), a changed X25519 part
    /// too.
    @Test
    void xWingGivesAnotherSecretForAnotherEncapsulation() throws Exception {
        var pair = XWing.expand(new byte[32]);
        var made = XWing.encapsulate(pair.publicKey().toArray(), new SecureRandom());
        for (int i : new int[] {0, 1087, 1088, 1118}) {
            byte[] changed = made.encapsulation().toArray();
            changed[i] ^= 1;
            assertFalse(
                    made.sharedSecret()
                            .equals(
                                    SecretBytes.copyOf(
                                            XWing.decapsulate(pair, changed),
                                            SecretExposure.acknowledged())));
        }
    }

    /// RFC 7748 §5.2, both test vectors; the second has its topmost bit set, which is ignored.
    @ParameterizedTest
    @CsvSource({
        "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4,"
                + "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c,"
                + "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552",
        "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d,"
                + "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493,"
                + "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957"
    })
    void x25519AsPublished(String scalar, String u, String result) throws Exception {
        byte[] shared = X25519.agree(X25519.privateKey(HEX.parseHex(scalar)), HEX.parseHex(u));
        assertEquals(result, HEX.formatHex(shared));
    }

    /// The points that make every shared secret zero (cr.yp.to/ecdh.html, "Validate"), with their
    /// encodings that are not reduced and those with the topmost bit set.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "0000000000000000000000000000000000000000000000000000000000000000",
                "0100000000000000000000000000000000000000000000000000000000000000",
                "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
                "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
                "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                "0000000000000000000000000000000000000000000000000000000000000080",
                "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b880",
                "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
            })
    void x25519RefusesPointsOfLowOrder(String point) {
        byte[] u = HEX.parseHex(point);
        assertTrue(X25519.isLowOrder(u));
        assertThrows(
                InvalidKeyException.class, () -> X25519.agree(X25519.privateKey(new byte[32]), u));
        assertThrows(IllegalArgumentException.class, () -> new X25519Recipient(Bytes.copyOf(u)));
    }

    /// RFC 7914 §12.
    @ParameterizedTest
    @CsvSource({
        "'','',4,1,1,77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442"
                + "fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906",
        "password,NaCl,10,8,16,fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
                + "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640",
        "pleaseletmein,SodiumChloride,14,8,1,7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
            + "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887"
    })
    void scryptAsPublished(String password, String salt, int logN, int r, int p, String expected) {
        for (int stride : new int[] {1, 2, 8, 16}) {
            byte[] derived =
                    Scrypt.derive(
                            password.getBytes(StandardCharsets.UTF_8),
                            salt.getBytes(StandardCharsets.UTF_8),
                            logN,
                            r,
                            p,
                            stride,
                            64);
            assertEquals(expected, HEX.formatHex(derived));
        }
    }

    @Test
    void scryptTradesTimeForMemory() {
        assertEquals(OptionalInt.of(1), Scrypt.stride(17, 8, 128 << 20));
        assertEquals(OptionalInt.of(2), Scrypt.stride(17, 8, (128 << 20) - 1));
        assertEquals(OptionalInt.of(8), Scrypt.stride(20, 8, 160 << 20));
        assertEquals(OptionalInt.of(16), Scrypt.stride(20, 8, 64 << 20));
        assertEquals(OptionalInt.empty(), Scrypt.stride(20, 8, (64 << 20) - 1));
    }

    @Test
    void aGeneratorThatWantsMoreOrLessThanTheSeedIsOurBug() {
        var source = new FixedOutput(new byte[] {1, 2, 3});
        byte[] two = new byte[2];
        source.nextBytes(two);

        assertArrayEquals(new byte[] {1, 2}, two);
        assertThrows(CloisterBugException.class, source::requireUsedUp);
        assertThrows(CloisterBugException.class, () -> source.nextBytes(two));
    }

    private static SecretBytes secret(String hex) {
        return SecretBytes.copyOf(HEX.parseHex(hex), SecretExposure.acknowledged());
    }
}
