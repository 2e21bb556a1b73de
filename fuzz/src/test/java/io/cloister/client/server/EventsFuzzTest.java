package io.cloister.client.server;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.cloister.fuzz.FuzzTime;

import java.io.ByteArrayInputStream;

/// A server's event stream: refused as malformed, or read; nothing else happens.
final class EventsFuzzTest {
    @FuzzTest(maxDuration = FuzzTime.EACH)
    void events(byte[] bytes) throws InterruptedException {
        try (var events = new EventStream(_ -> new Once(bytes), 0)) {
            events.next();
        } catch (ServerException | EndException _) {
            // As it must be.
        }
    }

    /// Thrown instead of connecting again.
    private static final class EndException extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    private static final class Once extends ByteArrayInputStream {
        Once(byte[] bytes) {
            super(bytes);
        }

        @Override
        public synchronized int read() {
            int one = super.read();
            if (one < 0) {
                throw new EndException();
            }
            return one;
        }

        @Override
        public synchronized int read(byte[] buffer, int offset, int length) {
            int read = super.read(buffer, offset, length);
            if (read < 0) {
                throw new EndException();
            }
            return read;
        }
    }
}
