package io.cloister.attestation.pki;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.math.BigInteger;

/// DER has one encoding for each value; every other is refused.
class DerReaderTest {
    private static DerReader reader(String hex) throws MalformedException {
        return DerReader.of(Bytes.fromHex(hex, "test"), "der");
    }

    @Test
    void readsNestedElementsToTheirEnd() throws Exception {
        DerReader outer = reader("3006020105020106");
        DerReader inner = outer.element("list", DerReader.SEQUENCE);
        outer.end();

        assertEquals(BigInteger.valueOf(5), inner.natural("a", DerReader.INTEGER, 1));
        assertTrue(inner.nextIs(DerReader.INTEGER));
        assertEquals("020106", inner.encoded("b", DerReader.INTEGER).hex());
        assertFalse(inner.hasNext());
        assertFalse(inner.nextIs(DerReader.INTEGER));
        inner.end();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", // nothing
                "04", // no length
                "0401", // no content
                "040201", // too little content
                "048101" + "00", // a long length that is short
                "04817f" + "00", // the same at its boundary
                "04820080", // leading zero
                "0480" + "0000", // indefinite
                "048400000001" + "00", // longer than any
                "0484ffffffff", // negative if signed
                "0483ffffff", // more than is there
                "0481", // half a length
                "05" + "00", // another tag
                "24" + "00", // constructed
                "1f04" + "00" // a tag of several bytes
            })
    void refusesOtherFormsOfAnOctetString(String hex) throws Exception {
        assertEquals("00", reader("040100").content("value", DerReader.OCTET_STRING).hex());
        DerReader reader = reader(hex);
        var refusal =
                assertThrows(
                        MalformedException.class,
                        () -> reader.content("value", DerReader.OCTET_STRING));
        String message = String.valueOf(refusal.getMessage());
        assertTrue(message.contains("der.value") && message.contains("offset "), message);
    }

    @Test
    void refusesTagsOfSeveralBytesEvenIfAskedFor() throws Exception {
        DerReader reader = reader("1f0400");
        assertThrows(MalformedException.class, () -> reader.content("value", 0x1f));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 127, 128, 255, 256, 65535, 65536})
    void readsEveryLengthInItsShortestForm(int length) throws Exception {
        String digits =
                length < 128
                        ? String.format("%02x", length)
                        : length < 256
                                ? String.format("81%02x", length)
                                : length < 65536
                                        ? String.format("82%04x", length)
                                        : String.format("83%06x", length);
        DerReader reader = reader("04" + digits + "aa".repeat(length));
        assertEquals(length, reader.content("value", DerReader.OCTET_STRING).length());
        reader.end();
    }

    @Test
    void innerElementsEndWithTheOuterOne() throws Exception {
        DerReader inner = reader("3003020200ff").element("list", DerReader.SEQUENCE);
        assertThrows(MalformedException.class, () -> inner.natural("a", DerReader.INTEGER, 2));
    }

    @Test
    void refusesWhatIsLeft() throws Exception {
        DerReader reader = reader("04010000");
        reader.content("value", DerReader.OCTET_STRING);
        assertThrows(MalformedException.class, reader::end);
    }

    @ParameterizedTest
    @CsvSource({"020100,0", "02017f,127", "02020080,128", "020300ffff,65535"})
    void readsNaturalNumbers(String hex, int value) throws Exception {
        assertEquals(BigInteger.valueOf(value), reader(hex).natural("value", DerReader.INTEGER, 3));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0200", // none
                "020180", // negative
                "0201ff", // negative
                "0202007f", // leading zero
                "02020000", // leading zero
                "020400ffffff", // too long
                "0a0101" // another kind
            })
    void refusesOtherNumbers(String hex) throws Exception {
        DerReader reader = reader(hex);
        assertThrows(MalformedException.class, () -> reader.natural("value", DerReader.INTEGER, 3));
    }

    @Test
    void readsBooleans() throws Exception {
        assertTrue(reader("0101ff").bool("value"));
        assertFalse(reader("010100").bool("value"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"010101", "0101fe", "0100", "0102ffff"})
    void refusesOtherBooleans(String hex) throws Exception {
        DerReader reader = reader(hex);
        assertThrows(MalformedException.class, () -> reader.bool("value"));
    }

    @ParameterizedTest
    @CsvSource({
        "0603550403,2.5.4.3",
        "06082a8648ce3d040302,1.2.840.10045.4.3.2",
        "060100,0.0",
        "06012a,1.2",
        "06028837,2.999"
    })
    void readsObjectIdentifiers(String hex, String dotted) throws Exception {
        assertEquals(dotted, reader(hex).oid("value"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0600", // none
                "0602558a", // ends in the middle
                "0603805503", // leading zero
                "060355" + "8003", // leading zero within
                "0608558fffffffffff7f", // larger than any
            })
    void refusesOtherObjectIdentifiers(String hex) throws Exception {
        DerReader reader = reader(hex);
        assertThrows(MalformedException.class, () -> reader.oid("value"));
    }

    @Test
    void refusesObjectIdentifiersOfMoreThan32Bytes() throws Exception {
        assertEquals(32, reader("0620" + "01".repeat(32)).oid("value").split("\\.").length - 1);
        DerReader longer = reader("0621" + "01".repeat(33));
        assertThrows(MalformedException.class, () -> longer.oid("value"));
    }
}
