package io.cloister.client.server;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/// Ends streams on which nothing arrives: the JDK's request timeout ends with the headers.
final class Stalls implements AutoCloseable {
    private final ScheduledExecutorService timer = timer();

    private static ScheduledExecutorService timer() {
        var timer =
                new ScheduledThreadPoolExecutor(
                        1, Thread.ofPlatform().daemon().name("cloister-stalls").factory());
        timer.setRemoveOnCancelPolicy(true);
        return timer;
    }

    /// `in`, closed when a read takes longer than `longest`; that read fails then.
    InputStream guarded(InputStream in, Duration longest) {
        return new Guarded(in, longest, timer);
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }

    private static final class Guarded extends FilterInputStream {
        private final Duration longest;
        private final ScheduledExecutorService timer;

        Guarded(InputStream in, Duration longest, ScheduledExecutorService timer) {
            super(in);
            this.timer = timer;
            this.longest = longest;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) == 1 ? one[0] & 0xff : -1;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            ScheduledFuture<?> alarm =
                    timer.schedule(this::end, longest.toMillis(), TimeUnit.MILLISECONDS);
            try {
                return super.read(buffer, offset, length);
            } finally {
                alarm.cancel(false);
            }
        }

        private void end() {
            try {
                in.close();
            } catch (IOException _) {
                // The waiting read reports it.
            }
        }
    }
}
