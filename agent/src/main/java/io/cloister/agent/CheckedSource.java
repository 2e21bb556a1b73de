package io.cloister.agent;

import io.cloister.protocol.Sha256;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.security.MessageDigest;
import java.util.Objects;

/// A ciphertext while it is read: counts and digests what passes, and lets no more pass than was
/// promised. Several threads may read from it; each byte passes once.
final class CheckedSource extends InputStream {
    private static final int BUFFER = 64 << 10;

    private final InputStream in;
    private final long expectedSize;
    private final Sha256 expected;
    private final MessageDigest digest = Sha256.newDigest();
    private long count;
    private boolean tooLong;

    CheckedSource(InputStream in, long expectedSize, Sha256 expected) {
        this.in = in;
        this.expectedSize = expectedSize;
        this.expected = expected;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public synchronized int read(byte[] into, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, into.length);
        if (length == 0) {
            return 0;
        }
        if (count == expectedSize) {
            tooLong |= !tooLong && in.read() >= 0;
            return -1;
        }
        int read = in.read(into, offset, (int) Math.min(length, expectedSize - count));
        if (read > 0) {
            digest.update(into, offset, read);
            count += read;
        }
        return read;
    }

    /// Reads what is left and says whether all of it was what was promised: exactly that many bytes
    /// with exactly that digest.
    ///
    /// @throws IOException if the source fails
    synchronized boolean endsAsPromised() throws IOException {
        byte[] buffer = new byte[BUFFER];
        while (read(buffer, 0, buffer.length) >= 0) {
            if (Thread.interrupted()) {
                throw new InterruptedIOException();
            }
        }
        return count == expectedSize && !tooLong && Sha256.finish(digest).equals(expected);
    }
}
