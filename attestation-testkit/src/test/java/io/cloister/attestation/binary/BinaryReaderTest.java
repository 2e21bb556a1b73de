package io.cloister.attestation.binary;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What is read, and what one byte less or one altered byte does to it.
class BinaryReaderTest {
    private static BinaryReader reader(String hex) throws MalformedException {
        return BinaryReader.of(Bytes.fromHex(hex, "test"), "report");
    }

    private static void refuses(String path, int offset, Executable reading) {
        var refusal = assertThrows(MalformedException.class, reading);
        String message = String.valueOf(refusal.getMessage());
        assertTrue(message.contains(path) && message.contains("offset " + offset), message);
    }

    @Test
    void readsIntegersAsLittleEndianAndUnsigned() throws Exception {
        BinaryReader reader = reader("ff" + "feff" + "fdffffff" + "fcffffffffffffff");

        assertEquals(0xff, reader.u8("a"));
        assertEquals(0xfffe, reader.u16("b"));
        assertEquals(0xffff_fffdL, reader.u32("c"));
        assertEquals(-4, reader.u64("d"));
        reader.end();
    }

    @Test
    void refusesIntegersOfOneByteLess() throws Exception {
        BinaryReader none = reader("");
        BinaryReader one = reader("01");
        BinaryReader three = reader("010203");
        BinaryReader seven = reader("01020304050607");

        refuses("report.a", 0, () -> none.u8("a"));
        refuses("report.b", 0, () -> one.u16("b"));
        refuses("report.c", 0, () -> three.u32("c"));
        refuses("report.d", 0, () -> seven.u64("d"));
    }

    @Test
    void refusesBytesBehindTheEnd() throws Exception {
        BinaryReader reader = reader("0102030405");
        assertEquals("0102", reader.bytes("a", 2).hex());

        refuses("report.b", 2, () -> reader.bytes("b", 4));
        assertEquals("030405", reader.bytes("b", 3).hex());
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, Integer.MIN_VALUE, Integer.MAX_VALUE, 3})
    void refusesLengthsThatAreNone(int length) throws Exception {
        BinaryReader reader = reader("0102");

        refuses("report.a", 0, () -> reader.bytes("a", length));
        refuses("report.a", 0, () -> reader.zeros("a", length));
        refuses("report.a", 0, () -> reader.part("a", length));
    }

    @Test
    void refusesALengthOfMoreThanFollows() throws Exception {
        assertEquals(1, reader("0100000099").length("size"));
        BinaryReader two = reader("0200000099");
        BinaryReader huge = reader("ffffffff99");

        refuses("report.size", 0, () -> two.length("size"));
        refuses("report.size", 0, () -> huge.length("size"));
    }

    @Test
    void refusesAnyReservedByteThatIsNotZeroAndNamesIt() throws Exception {
        reader("00000000").zeros("reserved", 4);
        for (int i = 0; i < 4; i++) {
            byte[] bytes = new byte[4];
            bytes[i] = (byte) 0x80;
            BinaryReader altered = BinaryReader.of(Bytes.copyOf(bytes), "report");
            refuses("report.reserved", i, () -> altered.zeros("reserved", 4));
        }
    }

    @Test
    void partsNameTheirOffsetInTheWhole() throws Exception {
        BinaryReader reader = reader("0102030405");
        reader.u8("a");
        BinaryReader part = reader.part("inner", 2);

        assertEquals(1, part.offset());
        assertEquals(2, part.remaining());
        assertEquals(2, part.u8("b"));
        refuses("report.inner.c", 2, () -> part.u16("c"));
        assertEquals(4, reader.u8("behind"));
    }

    @Test
    void refusesWhatIsLeftAtTheEnd() throws Exception {
        BinaryReader reader = reader("0102");
        reader.u8("a");

        refuses("report", 1, reader::end);
        reader.u8("b");
        reader.end();
    }
}
