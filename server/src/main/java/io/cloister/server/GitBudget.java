package io.cloister.server;

import org.eclipse.jgit.lib.EmptyProgressMonitor;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.LongSupplier;

/// What one fetch may cost. It is asked while bytes come and while objects are put together. Safe
/// for use by several threads.
final class GitBudget extends EmptyProgressMonitor {
    private final LongSupplier nanos;
    private final long end;
    private volatile boolean tooLarge;

    /// @param nanos a clock as [System#nanoTime]
    /// @param limit how long a fetch may take, in nanoseconds
    GitBudget(LongSupplier nanos, long limit) {
        this.nanos = nanos;
        this.end = nanos.getAsLong() + limit;
    }

    /// Whether more came than may.
    boolean isTooLarge() {
        return tooLarge;
    }

    /// Whether time is up.
    @Override
    public boolean isCancelled() {
        return nanos.getAsLong() - end >= 0;
    }

    /// What is to be thrown once more came than may.
    IOException exceeded() {
        tooLarge = true;
        return new IOException("more than may be fetched");
    }

    private void requireTime() throws IOException {
        if (isCancelled()) {
            throw new IOException("the time for a fetch is up");
        }
    }

    /// `in`, which breaks off once time is up or more than `most` bytes came.
    InputStream limited(InputStream in, long most) {
        return new FilterInputStream(in) {
            private long left = most;

            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] buffer, int offset, int length) throws IOException {
                requireTime();
                int read = super.read(buffer, offset, length);
                left -= Math.max(read, 0);
                if (left < 0) {
                    throw exceeded();
                }
                return read;
            }

            @Override
            public long skip(long count) throws IOException {
                return count <= 0 ? 0 : Math.max(read(new byte[(int) Math.min(count, 8_192)]), 0);
            }

            @Override
            public boolean markSupported() {
                return false;
            }
        };
    }
}
