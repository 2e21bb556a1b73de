package io.cloister.crypto.bundle;

import io.cloister.protocol.MalformedException;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/// Writes a bundle: the same bytes for the same files. Files come in ascending order of their
/// paths. Used by one thread.
public final class BundleWriter {
    private static final int BUFFER = 64 << 10;

    private final OutputStream out;
    private final BundleRules rules = new BundleRules();

    /// Writes to `out`, which stays open.
    public BundleWriter(OutputStream out) {
        this.out = out;
    }

    /// Adds a file of exactly `size` bytes, read from `content`.
    ///
    /// @throws MalformedException if the file may not stand here, before anything of it is written
    /// @throws IOException if `content` is shorter or longer than `size`, or reading or writing
    ///   fails; the bundle is spoilt then
    public void add(BundlePath path, long size, InputStream content)
            throws MalformedException, IOException {
        rules.accept(path, size);
        out.write(UstarHeader.of(path, size));
        byte[] buffer = new byte[BUFFER];
        long left = size;
        while (left > 0) {
            int read = content.readNBytes(buffer, 0, (int) Math.min(left, BUFFER));
            if (read == 0) {
                throw new IOException(path + " became shorter while it was read");
            }
            out.write(buffer, 0, read);
            left -= read;
        }
        if (content.read() >= 0) {
            throw new IOException(path + " became longer while it was read");
        }
        out.write(new byte[BundleRules.padding(size)]);
    }

    /// Ends the bundle and flushes.
    ///
    /// @throws MalformedException if a file is missing
    public void finish() throws MalformedException, IOException {
        rules.end();
        out.write(new byte[2 * UstarHeader.BLOCK]);
        out.flush();
    }
}
