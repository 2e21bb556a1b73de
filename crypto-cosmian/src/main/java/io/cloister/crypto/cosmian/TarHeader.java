package io.cloister.crypto.cosmian;

import io.cloister.protocol.MalformedException;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/// One header block of a tar (POSIX.1-2017, pax, "ustar Interchange Format"), and the records of an
/// extended header. What is refused could make two readers see two archives.
///
/// @param type the type flag
/// @param path from prefix and name
/// @param size of what follows, in bytes
record TarHeader(char type, String path, long size) {
    /// Bytes in a header, and what contents are padded to.
    static final int BLOCK = 512;

    /// A regular file.
    static final char FILE = '0';

    /// Extended header for the one file that follows.
    static final char EXTENDED = 'x';

    private static final String WHERE = "tar";
    private static final int NAME_LENGTH = 100;
    private static final int SIZE = 124;
    private static final int CHECKSUM = 148;
    private static final int TYPE = 156;
    private static final int LINK = 157;
    private static final int MAGIC = 257;
    private static final int PREFIX = 345;
    private static final int PREFIX_LENGTH = 155;

    /// Reads a block.
    ///
    /// @throws MalformedException if it is none, or is of anything but a regular file or an
    ///   extended header for one
    static TarHeader read(byte[] block) throws MalformedException {
        if (!text(block, MAGIC, 8).equals("ustar\00000")) {
            throw new MalformedException(WHERE, "a header of a POSIX tar", "something else");
        }
        if (octal(block, CHECKSUM, 8) != checksum(block)) {
            throw new MalformedException(WHERE, "a header with its checksum", "another checksum");
        }
        String name = upToZero(block, 0, NAME_LENGTH);
        String prefix = upToZero(block, PREFIX, PREFIX_LENGTH);
        String path = prefix.isEmpty() ? name : prefix + "/" + name;
        char type = (char) (block[TYPE] & 0xff);
        if ((type != FILE && type != EXTENDED) || block[LINK] != 0) {
            throw new MalformedException(
                    WHERE, "regular files only, no links and no folders", type + " " + path);
        }
        return new TarHeader(type, path, octal(block, SIZE, 12));
    }

    /// Reads the records of an extended header, as in `30 mtime=1663848000.1234567\n`.
    ///
    /// @throws MalformedException if they are not in their form, or one is there that says more
    ///   than path, size, owner and times
    static Map<String, String> records(byte[] content) throws MalformedException {
        Map<String, String> records = new HashMap<>();
        int at = 0;
        while (at < content.length) {
            int space = at;
            while (space < content.length && content[space] != ' ') {
                space++;
            }
            int length = decimal(content, at, space);
            if (length < space - at + 4 || length > content.length - at) {
                throw record("a length that fits");
            }
            String record = utf8(content, space + 1, at + length);
            int equals = record.indexOf('=');
            if (equals < 1 || !record.endsWith("\n")) {
                throw record("name=value and a line feed");
            }
            keep(
                    records,
                    record.substring(0, equals),
                    record.substring(equals + 1, record.length() - 1));
            at += length;
        }
        return records;
    }

    private static void keep(Map<String, String> records, String name, String value)
            throws MalformedException {
        switch (name) {
            case "path", "size" -> {
                if (records.put(name, value) != null) {
                    throw record("each name once");
                }
            }
            case "mtime", "atime", "ctime", "uid", "gid", "uname", "gname" -> {}
            default ->
                    throw new MalformedException(
                            "tar extended header", "path, size, owner or times", name);
        }
    }

    private static MalformedException record(String expected) {
        return new MalformedException("tar extended header", expected, "another record");
    }

    private static int decimal(byte[] content, int from, int to) throws MalformedException {
        if (to == from || to - from > 6 || content[from] == '0') {
            throw record("a decimal length");
        }
        int value = 0;
        for (int i = from; i < to; i++) {
            if (content[i] < '0' || content[i] > '9') {
                throw record("a decimal length");
            }
            value = 10 * value + content[i] - '0';
        }
        return value;
    }

    private static long octal(byte[] block, int offset, int length) throws MalformedException {
        long value = 0;
        int i = offset;
        while (i < offset + length && block[i] >= '0' && block[i] <= '7') {
            value = value << 3 | block[i] - '0';
            i++;
        }
        boolean digits = i > offset;
        while (i < offset + length && (block[i] == 0 || block[i] == ' ')) {
            i++;
        }
        if (!digits || i < offset + length || value < 0) {
            throw new MalformedException(WHERE, "an octal number", "something else");
        }
        return value;
    }

    /// The sum of all bytes, those of the checksum taken for blanks.
    private static long checksum(byte[] block) {
        long sum = 0;
        for (int i = 0; i < BLOCK; i++) {
            sum += i >= CHECKSUM && i < CHECKSUM + 8 ? ' ' : block[i] & 0xff;
        }
        return sum;
    }

    private static String upToZero(byte[] block, int offset, int length) throws MalformedException {
        int end = offset;
        while (end < offset + length && block[end] != 0) {
            end++;
        }
        return utf8(block, offset, end);
    }

    private static String text(byte[] block, int offset, int length) {
        return new String(block, offset, length, StandardCharsets.ISO_8859_1);
    }

    private static String utf8(byte[] content, int from, int to) throws MalformedException {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(content, from, to - from))
                    .toString();
        } catch (CharacterCodingException _) {
            throw new MalformedException(WHERE, "text in UTF-8", "other bytes");
        }
    }
}
