package io.cloister.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class BytesTest {
    private static final String ZEROS = "0".repeat(64);

    @Test
    void areImmutableAndEqualByContent() {
        byte[] content = {1, 2, 3};
        Bytes bytes = Bytes.copyOf(content);
        content[0] = 9;
        bytes.toArray()[1] = 9;
        assertEquals(Bytes.copyOf(new byte[] {1, 2, 3}), bytes);
        assertEquals(Bytes.copyOf(new byte[] {1, 2, 3}).hashCode(), bytes.hashCode());
        assertNotEquals(Bytes.copyOf(new byte[] {1, 2}), bytes);
        assertEquals(2, bytes.at(1));
        assertThrows(IndexOutOfBoundsException.class, () -> bytes.at(3));
        assertEquals("3 bytes 010203", bytes.toString());
        assertEquals("9 bytes 0000000000000000…", Bytes.copyOf(new byte[9]).toString());
        assertEquals(
                Bytes.utf8("abc"), Bytes.concat(Bytes.utf8("a"), Bytes.utf8(""), Bytes.utf8("bc")));
    }

    @Test
    void readTheirOwnText() throws MalformedException {
        for (int length = 0; length < 20; length++) {
            Bytes bytes = Samples.bytes("text", length);
            assertEquals(bytes, Bytes.fromHex(bytes.hex(), "it"));
            assertEquals(bytes, Bytes.fromBase64(bytes.base64(), "it"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "000", "0G", "AB", "aB", " 00", "00 ", "0x00", "٠٠", "００", "-1"})
    void refuseOtherHexadecimals(String text) {
        assertThrows(MalformedException.class, () -> Bytes.fromHex(text, "it"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "A",
                "AA",
                "AAA",
                "AA=",
                "AA===",
                "=",
                "====",
                "AB==",
                "AAB=",
                "AA-_",
                "AAAA\n",
                " AAAA",
                "AA AA",
                "AA==AA==",
                "AAAA=",
                "AAAA====",
                "éAAA",
                "AAAA\u0000"
            })
    void refuseOtherBase64(String text) {
        assertThrows(MalformedException.class, () -> Bytes.fromBase64(text, "it"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "sha256:",
                "sha512:00",
                "SHA256:" + ZEROS_64,
                "sha256:" + ZEROS_64 + "0",
                ZEROS_64 + "sha256:",
                "sha256:0" + ZEROS_64
            })
    void refuseOtherDigests(String text) {
        assertThrows(MalformedException.class, () -> Sha256.parse(text, "it"));
    }

    private static final String ZEROS_64 =
            "0000000000000000000000000000000000000000000000000000000000000000";

    @Test
    void digestsReadTheirOwnTextOnly() throws MalformedException {
        Sha256 digest = Sha256.of(Bytes.utf8("abc"));
        assertEquals(
                "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
                digest.toString());
        assertEquals(digest, Sha256.parse(digest.toString(), "it"));
        assertThrows(
                MalformedException.class,
                () -> Sha256.parse(digest.toString().replace("ba", "BA"), "it"));
        assertThrows(
                MalformedException.class,
                () -> Sha256.parse("sha256:" + ZEROS.replaceFirst("0", "g"), "it"));
        assertThrows(IllegalArgumentException.class, () -> new Sha256(Bytes.copyOf(new byte[31])));
    }

    @Test
    void computationIdsReadTheirOwnTextOnly() throws MalformedException {
        assertEquals(
                Samples.COMPUTATION, ComputationId.parse(Samples.COMPUTATION.toString(), "it"));
        assertThrows(MalformedException.class, () -> ComputationId.parse("0".repeat(31), "it"));
        assertThrows(MalformedException.class, () -> ComputationId.parse("0".repeat(33), "it"));
        assertThrows(MalformedException.class, () -> ComputationId.parse("A".repeat(32), "it"));
        assertThrows(
                IllegalArgumentException.class,
                () -> new ComputationId(Bytes.copyOf(new byte[15])));
    }

    @Test
    void whatCameIsEscapedInTheMessageOfARefusal() {
        var refused =
                assertThrows(
                        MalformedException.class,
                        () -> Sha256.parse("\u001b]0;x\u0007", "a\u001b.b"));
        assertEquals(
                "a\\u{1b}.b: expected sha256: and 64 hexadecimal digits, got \\u{1b}]0;x\\u{7}",
                refused.getMessage());
        assertEquals("a\\u{1b}.b", refused.path());
    }
}
