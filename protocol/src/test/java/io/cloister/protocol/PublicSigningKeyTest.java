package io.cloister.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.math.BigInteger;

final class PublicSigningKeyTest {
    private static final BigInteger ORDER =
            BigInteger.TWO.pow(252).add(new BigInteger("27742317777372353535851937790883648493"));

    private static Bytes hex(String text) {
        try {
            return Bytes.fromHex(text, "test");
        } catch (MalformedException e) {
            throw new AssertionError(e);
        }
    }

    /// RFC 8032 §7.1, TEST 1, 2, 3 and SHA(abc).
    @ParameterizedTest
    @CsvSource({
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60,"
            + " d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a, '',"
            + " e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb,"
            + " 3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c, 72,"
            + " 92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7,"
            + " fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025, af82,"
            + " 6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
        "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42,"
            + " ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf,"
            + " ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f,"
            + " dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704"
    })
    void verifiesThePublishedVectors(String secret, String key, String message, String signature)
            throws MalformedException {
        var published = PublicSigningKey.parse("ed25519:" + key, "it");
        assertEquals(published, TestKey.ofSecret(hex(secret)).publicKey());
        assertTrue(published.verifies(hex(message), hex(signature)));
        assertFalse(published.verifies(hex(message + "00"), hex(signature)));
        assertEquals("ed25519:" + key, published.toString());
        assertEquals(Sha256.of(hex(key)), published.fingerprint());
    }

    @Test
    void refusesEveryOneBitChangeOfASignature() {
        TestKey key = TestKey.of("bits");
        Bytes message = Bytes.utf8("message");
        byte[] signature = key.signature(message).toArray();
        for (int bit = 0; bit < 512; bit++) {
            byte[] changed = signature.clone();
            changed[bit / 8] ^= (byte) (1 << bit % 8);
            assertFalse(key.publicKey().verifies(message, Bytes.copyOf(changed)), "bit " + bit);
        }
    }

    /// The second signature of a message anybody can make: S + L for S.
    @Test
    void refusesASignatureWhoseSIsNotReduced() {
        TestKey key = TestKey.of("malleable");
        Bytes message = Bytes.utf8("message");
        byte[] signature = key.signature(message).toArray();
        byte[] reversed = new byte[32];
        for (int i = 0; i < 32; i++) {
            reversed[i] = signature[63 - i];
        }
        byte[] more = new BigInteger(1, reversed).add(ORDER).toByteArray();
        byte[] changed = signature.clone();
        for (int i = 0; i < 32; i++) {
            changed[32 + i] = i < more.length ? more[more.length - 1 - i] : 0;
        }
        assertFalse(key.publicKey().verifies(message, Bytes.copyOf(changed)));
    }

    @Test
    void refusesSignaturesOfAnotherLength() {
        TestKey key = TestKey.of("length");
        Bytes message = Bytes.utf8("message");
        Bytes signature = key.signature(message);
        assertFalse(key.publicKey().verifies(message, Bytes.copyOf(new byte[0])));
        assertFalse(
                key.publicKey()
                        .verifies(
                                message,
                                Bytes.copyOf(java.util.Arrays.copyOf(signature.toArray(), 63))));
        assertFalse(key.publicKey().verifies(message, Bytes.concat(signature, Bytes.utf8("\0"))));
    }

    /// Every encoding of the eight points of small order, reduced or not, either sign: the list of
    /// "Taming the many EdDSAs" (Chalkias, Garillot, Nikolaenko, 2020), Table 1 and §5.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "0000000000000000000000000000000000000000000000000000000000000000",
                "0000000000000000000000000000000000000000000000000000000000000080",
                "0100000000000000000000000000000000000000000000000000000000000000",
                "0100000000000000000000000000000000000000000000000000000000000080",
                "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
                "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
                "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
                "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
                "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
                "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
                "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
            })
    void refusesKeysOfSmallOrder(String key) {
        assertThrows(
                MalformedException.class, () -> PublicSigningKey.parse("ed25519:" + key, "it"));
        assertThrows(IllegalArgumentException.class, () -> new PublicSigningKey(hex(key)));
    }

    /// y from p to 2^255 - 1 has a second, reduced encoding.
    @Test
    void refusesEveryYThatIsNotReduced() {
        for (int low = 0xed; low <= 0xff; low++) {
            for (String high : new String[] {"7f", "ff"}) {
                String key = Integer.toHexString(low) + "ff".repeat(30) + high;
                assertThrows(
                        MalformedException.class,
                        () -> PublicSigningKey.parse("ed25519:" + key, "it"),
                        key);
            }
        }
    }

    @Test
    void aKeyThatIsNoPointVerifiesNothing() throws MalformedException {
        int noPoint = 0;
        for (int y = 2; y < 40; y++) {
            String encoded = String.format("%02x", y) + "00".repeat(31);
            var key = PublicSigningKey.parse("ed25519:" + encoded, "it");
            assertFalse(key.verifies(Bytes.utf8("x"), Bytes.copyOf(new byte[64])));
            noPoint++;
        }
        assertEquals(38, noPoint);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "ed25519:",
                "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
                "ED25519:d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
                "ed25519:D75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
                "ed25519:d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f70751",
                "ed25519:d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a00",
                "x25519::d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
            })
    void refusesOtherTexts(String text) {
        assertThrows(MalformedException.class, () -> PublicSigningKey.parse(text, "it"));
    }

    @Test
    void refusesOtherLengths() {
        assertThrows(
                IllegalArgumentException.class,
                () -> new PublicSigningKey(Bytes.copyOf(new byte[31])));
        assertThrows(
                IllegalArgumentException.class,
                () -> new PublicSigningKey(Bytes.copyOf(new byte[33])));
    }
}
