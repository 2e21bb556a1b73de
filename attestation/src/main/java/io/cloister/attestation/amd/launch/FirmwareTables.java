package io.cloister.attestation.amd.launch;

import static io.cloister.attestation.amd.launch.LaunchPages.PAGE;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/// Reads the tables of a firmware image, from its end: a footer table of entries, each *data,
/// length, GUID*, that begins 32 bytes before the end and grows downward; and the SEV metadata one
/// of them points to. Everything is bounded where it is read. Used once, by one thread.
final class FirmwareTables {
    /// Where firmware ends.
    static final long FOUR_GIB = 1L << 32;

    /// Most page ranges there may be, and most pages in all of them: each page costs a digest.
    static final int MAX_SECTIONS = 64;

    static final int MAX_PAGES = 16_384;

    private static final int RESET_VECTOR = 32;
    private static final int GUID = 16;
    private static final int ENTRY_HEAD = 2 + GUID;
    private static final int METADATA_HEAD = 16;
    private static final int DESCRIPTOR = 12;
    private static final int SIGNATURE = 0x56455341;

    private static final Bytes FOOTER = Guids.of("96b582de-1fb2-45f7-baea-a366c55a082d");
    private static final Bytes METADATA = Guids.of("dc886566-984a-4798-a75e-5585a7bf67cc");
    private static final Bytes HASHES = Guids.of("7255371f-3a3b-4b04-927b-1da6efa8d454");
    private static final Bytes RESET = Guids.of("00f771de-1a7e-4fcb-890e-68c77e2fb44e");

    private final byte[] image;
    private final ByteBuffer buffer;

    FirmwareTables(byte[] image) {
        this.image = image;
        this.buffer = ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN);
    }

    Firmware firmware() throws MalformedException {
        if (image.length == 0 || image.length > Firmware.MAX_SIZE || image.length % PAGE != 0) {
            throw new MalformedException(
                    "firmware",
                    "whole pages of 4096 bytes, at most " + Firmware.MAX_SIZE + " bytes",
                    image.length + " bytes");
        }
        Map<Bytes, Entry> entries = entries();
        List<Section> sections = sections(entries);
        OptionalLong hashes = hashesAddress(entries, sections);
        OptionalLong reset = address(entries, RESET, "firmware.footer.reset", 4);
        return new Firmware(image, sections, hashes, reset);
    }

    /// The data of one entry of the footer table.
    private record Entry(int offset, int length) {}

    private Map<Bytes, Entry> entries() throws MalformedException {
        int end = image.length - RESET_VECTOR;
        if (!guidBefore(end).equals(FOOTER)) {
            throw malformed(
                    "firmware.footer.guid", end - GUID, guid(FOOTER), guidBefore(end).hex());
        }
        int size = unsignedShort(end - ENTRY_HEAD);
        if (size < ENTRY_HEAD || size > end) {
            throw malformed(
                    "firmware.footer.length",
                    end - ENTRY_HEAD,
                    ENTRY_HEAD + " to " + end + " bytes",
                    size + " bytes");
        }
        int start = end - size;
        int at = end - ENTRY_HEAD;
        var entries = new HashMap<Bytes, Entry>();
        while (at > start) {
            at = entry(entries, start, at);
        }
        return entries;
    }

    /// Reads the entry that ends at `end`.
    ///
    /// @return where it begins
    private int entry(Map<Bytes, Entry> entries, int start, int end) throws MalformedException {
        int left = end - start;
        int length = left < ENTRY_HEAD ? 0 : unsignedShort(end - ENTRY_HEAD);
        if (length < ENTRY_HEAD || length > left) {
            throw malformed(
                    "firmware.footer.entry",
                    Math.max(start, end - ENTRY_HEAD),
                    "an entry of " + ENTRY_HEAD + " to " + left + " bytes",
                    length + " bytes");
        }
        var entry = new Entry(end - length, length - ENTRY_HEAD);
        if (entries.put(guidBefore(end), entry) != null) {
            throw malformed(
                    "firmware.footer.entry",
                    end - GUID,
                    "each entry once",
                    "a second " + guidBefore(end).hex());
        }
        return entry.offset();
    }

    private List<Section> sections(Map<Bytes, Entry> entries) throws MalformedException {
        OptionalLong back = address(entries, METADATA, "firmware.footer.metadata", 4);
        if (back.isEmpty()) {
            throw new MalformedException(
                    "firmware.footer", "an entry for SEV metadata", "none: no SNP firmware");
        }
        if (back.getAsLong() < METADATA_HEAD || back.getAsLong() > image.length) {
            throw new MalformedException(
                    "firmware.footer.metadata",
                    METADATA_HEAD + " to " + image.length + " bytes before the end",
                    Long.toString(back.getAsLong()));
        }
        int start = image.length - (int) back.getAsLong();
        int count = descriptors(start, (int) back.getAsLong());
        var sections = new ArrayList<Section>();
        long pages = 0;
        for (int i = 0; i < count; i++) {
            int at = start + METADATA_HEAD + i * DESCRIPTOR;
            Section section = section(at, "firmware.metadata[" + i + "]");
            against(sections, section, at, "firmware.metadata[" + i + "]");
            pages += section.size() / PAGE;
            if (pages > MAX_PAGES) {
                throw malformed(
                        "firmware.metadata[" + i + "].size",
                        at + 4,
                        "at most " + MAX_PAGES + " pages in all",
                        pages + " pages");
            }
            sections.add(section);
        }
        return sections;
    }

    /// No page is added to a guest twice, and pages with one purpose are there once.
    private static void against(List<Section> earlier, Section section, int at, String path)
            throws MalformedException {
        for (Section one : earlier) {
            if (one.overlaps(section)) {
                throw malformed(
                        path + ".address",
                        at,
                        "pages of no other range",
                        Long.toHexString(section.address()));
            }
            if (one.kind() == section.kind() && section.kind().isOnePage()) {
                throw malformed(
                        path + ".type",
                        at + 8,
                        "one page of this type",
                        "a second " + section.kind());
            }
        }
    }

    /// Reads the head of the SEV metadata, of which there are `available` bytes.
    ///
    /// @return how many descriptors follow
    private int descriptors(int start, int available) throws MalformedException {
        int signature = buffer.getInt(start);
        if (signature != SIGNATURE) {
            throw malformed(
                    "firmware.metadata.signature", start, "ASEV", Integer.toHexString(signature));
        }
        int version = buffer.getInt(start + 8);
        if (version != 1) {
            throw malformed(
                    "firmware.metadata.version", start + 8, "1", Integer.toUnsignedString(version));
        }
        int count = buffer.getInt(start + 12);
        if (count < 0 || count > MAX_SECTIONS) {
            throw malformed(
                    "firmware.metadata.count",
                    start + 12,
                    "at most " + MAX_SECTIONS,
                    Integer.toUnsignedString(count));
        }
        int size = buffer.getInt(start + 4);
        int expected = METADATA_HEAD + count * DESCRIPTOR;
        if (size != expected || expected > available) {
            throw malformed(
                    "firmware.metadata.size",
                    start + 4,
                    expected + " bytes, of " + available + " before the image's end",
                    Integer.toUnsignedString(size) + " bytes");
        }
        return count;
    }

    private Section section(int at, String path) throws MalformedException {
        long address = Integer.toUnsignedLong(buffer.getInt(at));
        long size = Integer.toUnsignedLong(buffer.getInt(at + 4));
        int code = buffer.getInt(at + 8);
        SectionKind kind = SectionKind.ofCode(code).orElse(null);
        if (kind == null) {
            throw malformed(
                    path + ".type", at + 8, "a known type of pages", Integer.toHexString(code));
        }
        if (address % PAGE != 0) {
            throw malformed(path + ".address", at, "a page's address", Long.toHexString(address));
        }
        if (size == 0 || size % PAGE != 0 || (kind.isOnePage() && size != PAGE)) {
            throw malformed(
                    path + ".size",
                    at + 4,
                    kind.isOnePage() ? "one page" : "whole pages",
                    size + " bytes");
        }
        if (address + size > FOUR_GIB - image.length) {
            throw malformed(
                    path + ".size",
                    at + 4,
                    "an end below the firmware",
                    Long.toHexString(address + size));
        }
        return new Section(kind, address, size);
    }

    /// Where the table of kernel digests goes: within the page that is measured for it.
    private OptionalLong hashesAddress(Map<Bytes, Entry> entries, List<Section> sections)
            throws MalformedException {
        String path = "firmware.footer.hashes";
        OptionalLong address = address(entries, HASHES, path, 8);
        if (address.isEmpty() || address.getAsLong() == 0) {
            return OptionalLong.empty();
        }
        long page = address.getAsLong() / PAGE * PAGE;
        long offset = address.getAsLong() - page;
        boolean measured =
                sections.stream()
                        .anyMatch(section ->
                                section.kind() == SectionKind.KERNEL_HASHES
                                        && section.address() == page);
        if (!measured || offset + KernelHashes.SIZE > PAGE) {
            throw new MalformedException(
                    path,
                    "a place within the page of type 0x10",
                    Long.toHexString(address.getAsLong()));
        }
        return address;
    }

    private OptionalLong address(Map<Bytes, Entry> entries, Bytes guid, String path, int length)
            throws MalformedException {
        Entry entry = entries.get(guid);
        if (entry == null) {
            return OptionalLong.empty();
        }
        if (entry.length() != length) {
            throw malformed(path, entry.offset(), length + " bytes", entry.length() + " bytes");
        }
        return OptionalLong.of(Integer.toUnsignedLong(buffer.getInt(entry.offset())));
    }

    private int unsignedShort(int offset) {
        return Short.toUnsignedInt(buffer.getShort(offset));
    }

    private Bytes guidBefore(int end) {
        var guid = new byte[GUID];
        buffer.get(end - GUID, guid);
        return Bytes.copyOf(guid);
    }

    private static String guid(Bytes guid) {
        return "the GUID " + guid.hex();
    }

    private static MalformedException malformed(
            String path, int offset, String expected, String actual) {
        return new MalformedException(path, expected + " at offset " + offset, actual);
    }
}
