package io.cloister.crypto.bundle;

import io.cloister.protocol.MalformedException;

import org.jspecify.annotations.Nullable;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Optional;

/// Reads a bundle from anywhere, in bounded memory: only the one form that [BundleWriter] writes is
/// accepted. Nothing said by a bundle is authentic before its digest is checked. Used by one
/// thread.
public final class BundleReader {
    private final InputStream in;
    private final BundleRules rules = new BundleRules();
    private @Nullable Content current;
    private boolean ended;

    /// Reads from `in`, which stays open.
    public BundleReader(InputStream in) {
        this.in = in;
    }

    /// A file.
    ///
    /// @param path its place
    /// @param size of its content in bytes
    /// @param content may be read until the next call of [#next]
    public record Entry(BundlePath path, long size, InputStream content) {}

    /// The next file, or nothing after the last; what was not read of the one before is skipped.
    ///
    /// @throws MalformedException if the bundle is not one
    /// @throws IOException if reading fails
    public Optional<Entry> next() throws MalformedException, IOException {
        if (ended) {
            return Optional.empty();
        }
        if (current != null) {
            finish(current);
            current = null;
        }
        byte[] block = block("a header");
        if (isZero(block)) {
            end();
            return Optional.empty();
        }
        BundlePath path =
                BundlePath.parse(
                        UstarHeader.claimedPath(block)
                                .orElseThrow(() ->
                                        new MalformedException(
                                                "bundle", "a path in UTF-8", "other bytes")),
                        "bundle path");
        long size = UstarHeader.claimedSize(block);
        if (size < 0) {
            throw new MalformedException(
                    BundleRules.at(path), "a size of 11 octal digits", "something else");
        }
        if (!Arrays.equals(UstarHeader.of(path, size), block)) {
            throw new MalformedException(
                    BundleRules.at(path),
                    "the header of a regular file in its one form",
                    "another");
        }
        rules.accept(path, size);
        var content = new Content(in, path, size);
        current = content;
        return Optional.of(new Entry(path, size, content));
    }

    private void finish(Content content) throws MalformedException, IOException {
        content.skipRest();
        byte[] padding = new byte[BundleRules.padding(content.size)];
        if (in.readNBytes(padding, 0, padding.length) < padding.length || !isZero(padding)) {
            throw new MalformedException(
                    BundleRules.at(content.path), "zero bytes after the content", "something else");
        }
    }

    private void end() throws MalformedException, IOException {
        if (!isZero(block("a second zero block"))) {
            throw new MalformedException("bundle", "a second zero block", "something else");
        }
        if (in.read() >= 0) {
            throw new MalformedException("bundle", "the end", "more bytes");
        }
        rules.end();
        ended = true;
    }

    private byte[] block(String what) throws MalformedException, IOException {
        byte[] block = in.readNBytes(UstarHeader.BLOCK);
        if (block.length < UstarHeader.BLOCK) {
            throw new MalformedException("bundle", what + " of 512 bytes", block.length + " bytes");
        }
        return block;
    }

    private static boolean isZero(byte[] bytes) {
        for (byte b : bytes) {
            if (b != 0) {
                return false;
            }
        }
        return true;
    }

    private static final class Content extends InputStream {
        private final InputStream in;
        private final BundlePath path;
        private final long size;
        private long left;

        Content(InputStream in, BundlePath path, long size) {
            this.in = in;
            this.path = path;
            this.size = size;
            this.left = size;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            if (left == 0) {
                return length == 0 ? 0 : -1;
            }
            int read = in.read(buffer, offset, (int) Math.min(left, length));
            if (read < 0) {
                throw new EOFException(
                        BundleRules.at(path) + ": expected " + left + " more bytes, got the end");
            }
            left -= read;
            return read;
        }

        void skipRest() throws MalformedException, IOException {
            byte[] buffer = new byte[8 << 10];
            try {
                while (left > 0) {
                    read(buffer, 0, buffer.length);
                }
            } catch (EOFException _) {
                throw new MalformedException(
                        BundleRules.at(path), size + " bytes", size - left + " bytes");
            }
        }
    }
}
