package io.cloister.attestation.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.attestation.amd.launch.Firmware;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/// What is refused of a firmware's tables, each time one field of an image that is accepted.
class FirmwareTest {
    private static final int END = 8192;
    private static final int FOOTER_LENGTH = END - 32 - 18;

    /// Entries end here, in this order from the end: metadata, hashes, reset.
    private static final int METADATA_ENTRY = FOOTER_LENGTH - 22;

    private static final int HASHES_ENTRY = METADATA_ENTRY - 26;
    private static final int RESET_ENTRY = HASHES_ENTRY - 22;

    private ByteBuffer image = ByteBuffer.allocate(0);
    private int metadata;

    @BeforeEach
    void anAcceptedImage() throws IOException, MalformedException {
        image = ByteBuffer.wrap(LaunchVectors.firmware("kernel")).order(ByteOrder.LITTLE_ENDIAN);
        metadata = END - LaunchVectors.tail("kernel").length;
        Firmware firmware = Firmware.parse(Bytes.copyOf(image.array()));
        assertTrue(firmware.measuresKernel());
        assertTrue(firmware.startsFurtherProcessors());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4095, 4097, (16 << 20) + 4096})
    void refusesASizeNoFirmwareHas(int size) {
        refuses("firmware", new byte[size]);
    }

    @Test
    void refusesAnImageWithoutFooter() {
        image.put(FOOTER_LENGTH + 2, (byte) 0);
        refuses("firmware.footer.guid", 8144);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 17, 0xffff})
    void refusesAFooterOutsideTheImage(int length) {
        image.putShort(FOOTER_LENGTH, (short) length);
        refuses("firmware.footer.length", 8142);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 17, 71, 0xffff})
    void refusesAnEntryOutsideTheTable(int length) {
        image.putShort(METADATA_ENTRY + 4, (short) length);
        refuses("firmware.footer.entry", 8124);
    }

    @Test
    void refusesALeftoverBetweenEntries() {
        image.putShort(FOOTER_LENGTH, (short) (18 + 22 + 26 + 22 + 3));
        refuses("firmware.footer.entry", (RESET_ENTRY - 3));
    }

    @Test
    void refusesAnEntryTwice() {
        image.put(RESET_ENTRY + 6, Arrays.copyOfRange(image.array(), 8126, 8142));
        refuses("firmware.footer.entry", (RESET_ENTRY + 6));
    }

    @Test
    void refusesFirmwareWithoutSevMetadata() {
        image.put(METADATA_ENTRY + 6, (byte) 0);
        refuses("firmware.footer");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 15, END + 1, -1})
    void refusesMetadataOutsideTheImage(int back) {
        image.putInt(METADATA_ENTRY, back);
        refuses("firmware.footer.metadata");
    }

    @Test
    void refusesMetadataOfAnotherSignature() {
        image.put(metadata, (byte) 'a');
        refuses("firmware.metadata.signature", metadata);
    }

    @Test
    void refusesMetadataOfAnotherVersion() {
        image.putInt(metadata + 8, 2);
        refuses("firmware.metadata.version", (metadata + 8));
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 65, Integer.MIN_VALUE})
    void refusesTooManyPageRanges(int count) {
        image.putInt(metadata + 12, count);
        refuses("firmware.metadata.count", (metadata + 12));
    }

    @ParameterizedTest
    @ValueSource(ints = {5, 7})
    void refusesASizeThatIsNotThatOfItsPageRanges(int count) {
        image.putInt(metadata + 12, count);
        refuses("firmware.metadata.size", (metadata + 4));
    }

    @Test
    void refusesPageRangesBehindTheImage() {
        int back = 16;
        image.position(END - back);
        image.put(Arrays.copyOfRange(image.array(), metadata, metadata + back));
        image.putInt(METADATA_ENTRY, back);
        refuses("firmware.metadata.size", (END - back + 4));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 5, 0x11, -1})
    void refusesPagesOfUnknownType(int type) {
        image.putInt(metadata + 16 + 8, type);
        refuses("firmware.metadata[0].type", (metadata + 24));
    }

    @Test
    void refusesAnAddressWithinAPage() {
        image.putInt(metadata + 16, 0x800800);
        refuses("firmware.metadata[0].address", (metadata + 16));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 0x1001})
    void refusesPartsOfPages(int size) {
        image.putInt(metadata + 20, size);
        refuses("firmware.metadata[0].size", (metadata + 20));
    }

    @Test
    void refusesTwoPagesWhereThereIsOne() {
        image.putInt(metadata + 16 + 12 + 4, 0x2000);
        refuses("firmware.metadata[1].size", (metadata + 32));
    }

    @Test
    void refusesPagesThatReachIntoTheFirmware() {
        image.putInt(metadata + 16, 0xffffd000);
        refuses("firmware.metadata[0].size", (metadata + 20));
    }

    @Test
    void refusesMorePagesThanAnyoneMeasures() {
        image.putInt(metadata + 16, 0x10000000);
        image.putInt(metadata + 20, 0x10000000);
        refuses("firmware.metadata[0].size", (metadata + 20));
    }

    @Test
    void refusesPagesOfTwoRanges() {
        image.putInt(metadata + 16 + 12, 0x801000);
        refuses("firmware.metadata[1].address", (metadata + 28));
    }

    @Test
    void refusesASecondPageForOnePurpose() {
        image.putInt(metadata + 16 + 2 * 12 + 8, 2);
        refuses("firmware.metadata[2].type", (metadata + 48));
    }

    @ParameterizedTest
    @ValueSource(ints = {0x804c00, 0x806000, 0x805f51})
    void refusesKernelDigestsOutsideTheirPage(int address) {
        image.putInt(HASHES_ENTRY, address);
        refuses("firmware.footer.hashes");
    }

    @Test
    void refusesAnEntryOfAnotherLength() {
        image.putShort(HASHES_ENTRY + 8, (short) (26 + 22));
        refuses("firmware.footer.hashes", RESET_ENTRY);
    }

    private void refuses(String path, int offset) {
        var refused = refused(image.array());
        assertEquals(path, refused.path());
        String message = String.valueOf(refused.getMessage());
        assertTrue(message.contains(" at offset " + offset + ","), message);
    }

    private void refuses(String path) {
        assertEquals(path, refused(image.array()).path());
    }

    private static void refuses(String path, byte[] image) {
        assertEquals(path, refused(image).path());
    }

    private static MalformedException refused(byte[] image) {
        return assertThrows(MalformedException.class, () -> Firmware.parse(Bytes.copyOf(image)));
    }
}
