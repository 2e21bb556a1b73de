package io.cloister.server;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/// Writes a POSIX tar of regular files whose bytes depend on their names, modes and contents only.
/// For one thread.
final class PlainTar implements Closeable {
    private static final int BLOCK = 512;
    private static final int RECORD = 20 * BLOCK;
    private static final int NAME_LENGTH = 100;

    private final OutputStream out;
    private long written;

    PlainTar(OutputStream out) {
        this.out = out;
    }

    /// Writes all bytes of a file.
    @FunctionalInterface
    interface Content {
        void writeTo(OutputStream out) throws IOException;
    }

    /// Appends a file.
    ///
    /// @param size bytes that `content` writes, fewer than 8 GiB
    void file(String name, boolean executable, long size, Content content) throws IOException {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        String ascii = name.replaceAll("[^ -~]", "_");
        if (bytes.length > NAME_LENGTH || !ascii.equals(name)) {
            byte[] record = record(bytes);
            header("PaxHeaders/" + cut(ascii, NAME_LENGTH - 11), 'x', false, record.length);
            write(record);
            pad(BLOCK);
        }
        header(cut(ascii, NAME_LENGTH), '0', executable, size);
        content.writeTo(out);
        written += size;
        pad(BLOCK);
    }

    private static String cut(String text, int length) {
        return text.length() <= length ? text : text.substring(0, length);
    }

    /// `LENGTH path=NAME` and a line feed, where LENGTH counts itself.
    private static byte[] record(byte[] name) {
        int rest = " path=\n".length() + name.length;
        int length = rest + 1;
        while (Integer.toString(length).length() + rest != length) {
            length++;
        }
        byte[] start = (length + " path=").getBytes(StandardCharsets.US_ASCII);
        byte[] record = new byte[length];
        System.arraycopy(start, 0, record, 0, start.length);
        System.arraycopy(name, 0, record, start.length, name.length);
        record[length - 1] = '\n';
        return record;
    }

    private void header(String name, char type, boolean executable, long size) throws IOException {
        byte[] header = new byte[BLOCK];
        put(header, 0, name);
        put(header, 100, executable ? "0000755\0" : "0000644\0");
        put(header, 108, "0000000\0");
        put(header, 116, "0000000\0");
        put(header, 124, String.format(Locale.ROOT, "%011o\0", size));
        put(header, 136, "00000000000\0");
        put(header, 148, "        ");
        header[156] = (byte) type;
        put(header, 257, "ustar\00000");
        int sum = 0;
        for (byte b : header) {
            sum += b & 0xff;
        }
        put(header, 148, String.format(Locale.ROOT, "%06o\0 ", sum));
        write(header);
    }

    private static void put(byte[] header, int offset, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(bytes, 0, header, offset, bytes.length);
    }

    private void write(byte[] bytes) throws IOException {
        out.write(bytes);
        written += bytes.length;
    }

    private void pad(int unit) throws IOException {
        write(new byte[(int) ((unit - written % unit) % unit)]);
    }

    /// Ends the tar; the stream stays open.
    @Override
    public void close() throws IOException {
        write(new byte[2 * BLOCK]);
        pad(RECORD);
    }
}
