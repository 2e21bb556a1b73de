package io.cloister.attestation.binary;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

/// Reads a binary structure from front to back. Integers are little-endian. Every read checks its
/// bounds first; every failure names the field, its offset from the start of the outermost
/// structure, what was expected and what came. Used by one thread.
public final class BinaryReader {
    private final Bytes bytes;
    private final String name;
    private final int end;
    private int position;

    private BinaryReader(Bytes bytes, String name, int from, int end) {
        this.bytes = bytes;
        this.name = name;
        this.position = from;
        this.end = end;
    }

    /// Reads `bytes`, whose name is the beginning of every path in a failure.
    public static BinaryReader of(Bytes bytes, String name) {
        return new BinaryReader(bytes, name, 0, bytes.length());
    }

    /// Reads the next `length` bytes as a structure of their own, which must then be read to its
    /// end; this reader goes on behind it.
    ///
    /// @throws MalformedException if fewer are left
    public BinaryReader part(String field, int length) throws MalformedException {
        need(field, length);
        var part = new BinaryReader(bytes, path(field), position, position + length);
        position += length;
        return part;
    }

    /// One byte, 0 to 255.
    ///
    /// @throws MalformedException if none is left
    public int u8(String field) throws MalformedException {
        need(field, 1);
        return bytes.at(position++) & 0xff;
    }

    /// Two bytes, 0 to 65535.
    ///
    /// @throws MalformedException if fewer are left
    public int u16(String field) throws MalformedException {
        need(field, 2);
        return (int) littleEndian(2);
    }

    /// Four bytes, 0 to 2^32 - 1.
    ///
    /// @throws MalformedException if fewer are left
    public long u32(String field) throws MalformedException {
        need(field, 4);
        return littleEndian(4);
    }

    /// Eight bytes as the 64 bits of a `long`.
    ///
    /// @throws MalformedException if fewer are left
    public long u64(String field) throws MalformedException {
        need(field, 8);
        return littleEndian(8);
    }

    /// A four-byte length of something that follows.
    ///
    /// @return 0 to what is left behind it
    /// @throws MalformedException if it is more than is left
    public int length(String field) throws MalformedException {
        int at = offset();
        long length = u32(field);
        if (length > remaining()) {
            throw malformedAt(
                    field, at, "at most the " + remaining() + " bytes that follow", length + "");
        }
        return (int) length;
    }

    /// The next `length` bytes.
    ///
    /// @throws MalformedException if fewer are left
    public Bytes bytes(String field, int length) throws MalformedException {
        need(field, length);
        Bytes part = bytes.slice(position, length);
        position += length;
        return part;
    }

    /// Bytes that must be zero.
    ///
    /// @throws MalformedException if fewer are left, or one is not zero, naming its offset
    public void zeros(String field, int length) throws MalformedException {
        need(field, length);
        for (int i = 0; i < length; i++, position++) {
            if (bytes.at(position) != 0) {
                throw malformedAt(
                        field,
                        offset(),
                        "0 (reserved)",
                        Integer.toString(bytes.at(position) & 0xff));
            }
        }
    }

    /// Where the next read begins, from the start of the outermost structure.
    public int offset() {
        return position;
    }

    /// How many bytes are left.
    public int remaining() {
        return end - position;
    }

    /// Requires that nothing is left.
    ///
    /// @throws MalformedException if something is
    public void end() throws MalformedException {
        if (position != end) {
            throw new MalformedException(
                    name, "an end at offset " + offset(), remaining() + " further bytes");
        }
    }

    /// The failure of a field that begins at `offset` and has been read already.
    public MalformedException malformedAt(
            String field, int offset, String expected, String actual) {
        return new MalformedException(path(field), expected + " at offset " + offset, actual);
    }

    private String path(String field) {
        return name + "." + field;
    }

    private void need(String field, int length) throws MalformedException {
        if (length < 0 || length > remaining()) {
            throw malformedAt(field, offset(), length + " bytes", remaining() + " bytes");
        }
    }

    private long littleEndian(int length) {
        long value = 0;
        for (int i = length - 1; i >= 0; i--) {
            value = (value << 8) | (bytes.at(position + i) & 0xff);
        }
        position += length;
        return value;
    }
}
