package io.cloister.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/// Bodies that trickle are refused by a deadline, however large they say they are.
final class PacedBodyTest {
    private final AtomicLong nanos = new AtomicLong();

    /// A body of which each read takes `wait` and gives `piece` bytes.
    private InputStream trickling(int bytes, int piece, Duration wait) {
        InputStream source = new ByteArrayInputStream(new byte[bytes]);
        return new PacedBody(
                new InputStream() {
                    @Override
                    public int read() {
                        throw new AssertionError("bodies are read in pieces");
                    }

                    @Override
                    public int read(byte[] into, int offset, int length) throws IOException {
                        nanos.addAndGet(wait.toNanos());
                        byte[] some = new byte[Math.min(piece, length)];
                        int count = source.read(some, 0, some.length);
                        if (count > 0) {
                            System.arraycopy(some, 0, into, offset, count);
                        }
                        return count;
                    }
                },
                nanos::get);
    }

    @Test
    void aByteNowAndThenIsRefusedAfterAMinute() {
        var refused =
                assertThrows(
                        PacedBody.TooSlowException.class,
                        () -> trickling(1_000, 1, Duration.ofSeconds(1)).readAllBytes());
        assertEquals(
                "the body came slower than 1024 bytes a second for more than 60 seconds",
                refused.getMessage());
        assertEquals(Duration.ofSeconds(61), Duration.ofNanos(nanos.get()));
    }

    @Test
    void aBodyJustTooSlowIsRefused() {
        assertThrows(
                PacedBody.TooSlowException.class,
                () -> trickling(1 << 20, 1_023, Duration.ofSeconds(1)).readAllBytes());
    }

    @Test
    void aSlowBodyThatKeepsThePaceIsTaken() throws Exception {
        assertEquals(
                1 << 20, trickling(1 << 20, 1_200, Duration.ofSeconds(1)).readAllBytes().length);
    }

    @Test
    void aSmallBodyMayTakeAMinute() throws Exception {
        assertEquals(60, trickling(60, 1, Duration.ofSeconds(1)).readAllBytes().length);
    }
}
