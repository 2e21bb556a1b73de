package io.cloister.server;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.function.LongSupplier;

/// A request's body that must keep up a pace, slow as it may be: who sends a byte a minute would
/// otherwise hold a connection, and a file half written, for as long as it likes.
final class PacedBody extends FilterInputStream {
    /// How long any body may take.
    static final Duration GRACE = Duration.ofSeconds(60);

    /// How many bytes a second must have come after that, from the start.
    static final long LEAST_BYTES_PER_SECOND = 1_024;

    private final LongSupplier nanos;
    private final long start;
    private long came;

    /// @param nanos a monotonic count, as [System#nanoTime]
    PacedBody(InputStream body, LongSupplier nanos) {
        super(body);
        this.nanos = nanos;
        this.start = nanos.getAsLong();
    }

    /// The body came too slowly.
    static final class TooSlowException extends IOException {
        private static final long serialVersionUID = 1L;

        TooSlowException() {
            super(
                    "the body came slower than "
                            + LEAST_BYTES_PER_SECOND
                            + " bytes a second for more than "
                            + GRACE.toSeconds()
                            + " seconds");
        }
    }

    @Override
    public int read() throws IOException {
        int value = in.read();
        took(value < 0 ? -1 : 1);
        return value;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        int count = in.read(into, offset, length);
        took(count);
        return count;
    }

    private void took(int count) throws TooSlowException {
        if (count < 0) {
            return;
        }
        came += count;
        long elapsed = nanos.getAsLong() - start;
        if (elapsed > GRACE.toNanos()
                && came < LEAST_BYTES_PER_SECOND * Duration.ofNanos(elapsed).toSeconds()) {
            throw new TooSlowException();
        }
    }
}
