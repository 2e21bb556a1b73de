package io.cloister.agent.evidence;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/// Tries a request to a platform a bounded number of times: firmware and quoting services are
/// shared, and answer that they are busy or were interrupted.
final class Retry {
    /// How often in all.
    static final int ATTEMPTS = 6;

    private static final Duration FIRST = Duration.ofMillis(50);

    private final Pause pause;

    Retry(Pause pause) {
        this.pause = pause;
    }

    /// Waits with the thread's own sleep.
    static Retry sleeping() {
        return new Retry(time -> TimeUnit.NANOSECONDS.sleep(time.toNanos()));
    }

    /// Waits.
    @FunctionalInterface
    interface Pause {
        void pause(Duration time) throws InterruptedException;
    }

    /// One attempt.
    @FunctionalInterface
    interface Attempt<T> {
        T make() throws IOException;
    }

    /// The first result.
    ///
    /// @throws IOException what the last attempt failed with, with the others as suppressed; at
    ///   once what no further attempt would mend
    <T> T first(Attempt<T> attempt) throws IOException {
        Duration time = FIRST;
        IOException failure = new IOException("the platform made no report");
        for (int i = 1; i <= ATTEMPTS; i++) {
            try {
                return attempt.make();
            } catch (UnusableException | AccessDeniedException | NoSuchFileException e) {
                throw e;
            } catch (IOException e) {
                e.addSuppressed(failure);
                failure = e;
            }
            if (i < ATTEMPTS) {
                pause(time);
                time = time.multipliedBy(2);
            }
        }
        throw new IOException(
                "the platform made no report in " + ATTEMPTS + " attempts: " + failure.getMessage(),
                failure);
    }

    private void pause(Duration time) throws IOException {
        try {
            pause.pause(time);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while the platform was busy");
        }
    }
}
