package io.cloister.crypto.bundle;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/// The one ustar header (POSIX.1-2017, pax, "ustar Interchange Format") that a path and a size have
/// in a bundle. A reader takes path and size out, makes the header anew and compares: whatever else
/// a header could say is refused by that.
final class UstarHeader {
    /// Bytes in a header, and what contents are padded to.
    static final int BLOCK = 512;

    private static final int NAME_LENGTH = 100;
    private static final int SIZE_OFFSET = 124;
    private static final int SIZE_DIGITS = 11;
    private static final int CHECKSUM_OFFSET = 148;
    private static final int CHECKSUM_LENGTH = 8;
    private static final int PREFIX_OFFSET = 345;
    private static final int PREFIX_LENGTH = 155;

    private UstarHeader() {}

    /// Where `path` is cut, in UTF-8 bytes: 0 if it all fits the name field, else the first `/`
    /// that leaves a name that fits, with a prefix before it that fits too; nothing if there is
    /// none.
    static OptionalInt cut(String path) {
        byte[] utf8 = path.getBytes(StandardCharsets.UTF_8);
        if (utf8.length <= NAME_LENGTH) {
            return OptionalInt.of(0);
        }
        for (int i = utf8.length - 1 - NAME_LENGTH; i < utf8.length - 1; i++) {
            if (utf8[i] == '/') {
                return i > 0 && i <= PREFIX_LENGTH ? OptionalInt.of(i) : OptionalInt.empty();
            }
        }
        return OptionalInt.empty();
    }

    /// The header of a regular file of `size` bytes.
    static byte[] of(BundlePath path, long size) {
        byte[] block = new byte[BLOCK];
        byte[] utf8 = path.value().getBytes(StandardCharsets.UTF_8);
        int cut = cut(path.value()).orElseThrow();
        put(block, 0, Arrays.copyOfRange(utf8, cut == 0 ? 0 : cut + 1, utf8.length));
        put(block, 100, ascii("0000644\0" + "0000000\0" + "0000000\0"));
        put(block, SIZE_OFFSET, ascii(String.format(Locale.ROOT, "%011o\0", size)));
        put(block, 136, ascii("00000000000\0"));
        put(block, CHECKSUM_OFFSET, ascii(" ".repeat(CHECKSUM_LENGTH)));
        block[156] = '0';
        put(block, 257, ascii("ustar\0" + "00"));
        put(block, 329, ascii("0000000\0" + "0000000\0"));
        put(block, PREFIX_OFFSET, Arrays.copyOf(utf8, cut));
        int sum = 0;
        for (byte b : block) {
            sum += b & 0xff;
        }
        put(block, CHECKSUM_OFFSET, ascii(String.format(Locale.ROOT, "%06o\0 ", sum)));
        return block;
    }

    /// The path a header claims, or nothing if it is no UTF-8 text.
    static Optional<String> claimedPath(byte[] block) {
        Optional<String> name = text(block, 0, NAME_LENGTH);
        Optional<String> prefix = text(block, PREFIX_OFFSET, PREFIX_LENGTH);
        if (name.isEmpty() || prefix.isEmpty()) {
            return Optional.empty();
        }
        return prefix.get().isEmpty() ? name : Optional.of(prefix.get() + "/" + name.get());
    }

    /// The size a header claims, or -1 if it claims none.
    static long claimedSize(byte[] block) {
        long size = 0;
        for (int i = SIZE_OFFSET; i < SIZE_OFFSET + SIZE_DIGITS; i++) {
            int digit = block[i] - '0';
            if (digit < 0 || digit > 7) {
                return -1;
            }
            size = size << 3 | digit;
        }
        return size;
    }

    private static Optional<String> text(byte[] block, int offset, int length) {
        int end = offset;
        while (end < offset + length && block[end] != 0) {
            end++;
        }
        String text = new String(block, offset, end - offset, StandardCharsets.UTF_8);
        return Arrays.equals(
                        text.getBytes(StandardCharsets.UTF_8),
                        Arrays.copyOfRange(block, offset, end))
                ? Optional.of(text)
                : Optional.empty();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static void put(byte[] block, int offset, byte[] content) {
        System.arraycopy(content, 0, block, offset, content.length);
    }
}
