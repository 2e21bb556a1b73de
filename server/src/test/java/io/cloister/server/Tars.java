package io.cloister.server;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/// Tars as Python's `tarfile` writes them.
final class Tars {
    private static final int BLOCK = 512;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    /// Code with one clear `run.py` and one encrypted module.
    static byte[] code(String module) {
        return new Tars()
                .file("run.py", "from cosmian_lib_sgx import Enclave\n")
                .pax("27 mtime=1700000000.123456\n")
                .file("secret.py.enc", module)
                .end();
    }

    Tars file(String name, String content) {
        return entry('0', name, content.getBytes(StandardCharsets.UTF_8));
    }

    Tars pax(String records) {
        return entry('x', "././@PaxHeader", records.getBytes(StandardCharsets.UTF_8));
    }

    Tars entry(char type, String name, byte[] content) {
        byte[] header = new byte[BLOCK];
        put(header, 0, name);
        put(header, 100, "0000644\0");
        put(header, 108, "0001750\0");
        put(header, 116, "0001750\0");
        put(header, 124, String.format(Locale.ROOT, "%011o\0", content.length));
        put(header, 136, "14471724005\0");
        put(header, 148, "        ");
        header[156] = (byte) type;
        put(header, 257, "ustar\00000");
        int sum = 0;
        for (byte b : header) {
            sum += b & 0xff;
        }
        put(header, 148, String.format(Locale.ROOT, "%06o\0 ", sum));
        out.writeBytes(header);
        out.writeBytes(content);
        out.writeBytes(new byte[-content.length & (BLOCK - 1)]);
        return this;
    }

    private static void put(byte[] header, int offset, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        System.arraycopy(bytes, 0, header, offset, bytes.length);
    }

    byte[] end() {
        out.writeBytes(new byte[20 * BLOCK - out.size() % (20 * BLOCK)]);
        return out.toByteArray();
    }
}
