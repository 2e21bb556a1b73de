package io.cloister.crypto.age;

import io.cloister.protocol.CloisterBugException;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/// Carries a payload from a source to a sink on several threads, in order and in constant memory.
///
/// Every thread, the caller's among them, does the same: read the next batch while holding the
/// source, work on it, wait for its turn, write it. So reads and writes are each in order and never
/// by two threads at once, while the work in between runs on all cores. A thread holds one batch;
/// nothing is queued.
final class Payload {
    /// Chunks to a batch: 512 KiB, enough for the hand-over to cost nothing.
    private static final int CHUNKS = 8;

    private final InputStream source;
    private final OutputStream sink;
    private final Batch.Ahead ahead = new Batch.Ahead();

    private final ReentrantLock reading = new ReentrantLock();
    private long batchesRead;
    private boolean ended;

    private final ReentrantLock writing = new ReentrantLock();
    private final Condition written = writing.newCondition();
    private long batchesWritten;
    private long bytesWritten;
    private @Nullable Throwable failure;

    private Payload(InputStream source, OutputStream sink) {
        this.source = source;
        this.sink = sink;
    }

    /// Seals all of `source`.
    ///
    /// @param cipher makes a cipher for each thread
    /// @param threads how many threads to use at most, the caller's included
    /// @return bytes written to `sink`
    static long seal(
            InputStream source, OutputStream sink, Supplier<ChunkCipher> cipher, int threads)
            throws IOException {
        return new Payload(source, sink).run(() -> new Batch(cipher.get(), false, CHUNKS), threads);
    }

    /// Opens all of `source`. What was written before an exception is authentic, but not all there
    /// is.
    ///
    /// @param cipher makes a cipher for each thread
    /// @param threads how many threads to use at most, the caller's included
    /// @return bytes written to `sink`
    static long open(
            InputStream source, OutputStream sink, Supplier<ChunkCipher> cipher, int threads)
            throws IOException {
        return new Payload(source, sink).run(() -> new Batch(cipher.get(), true, CHUNKS), threads);
    }

    private long run(Supplier<Batch> batches, int threads) throws IOException {
        List<Thread> helpers = new ArrayList<>();
        // The first batch is read before any helper starts: most payloads are one batch.
        Batch own = batches.get();
        boolean more = step(own);
        if (more) {
            for (int i = 1; i < threads; i++) {
                helpers.add(
                        Thread.ofPlatform()
                                .daemon()
                                .name("cloister-age-" + i)
                                .start(() -> workAll(batches.get())));
            }
            workAll(own);
        }
        rethrow();
        for (Thread helper : helpers) {
            joinUninterruptibly(helper);
        }
        rethrow();
        return bytesWritten;
    }

    private void workAll(Batch batch) {
        boolean more;
        do {
            more = step(batch);
        } while (more);
    }

    /// One batch from source to sink.
    ///
    /// @return whether there may be another
    private boolean step(Batch batch) {
        long number = -1;
        try {
            reading.lock();
            try {
                if (ended) {
                    return false;
                }
                number = batchesRead++;
                ended = true; // Unless the read below returns normally and says otherwise.
                ended = batch.readFrom(source, ahead);
            } finally {
                reading.unlock();
            }
            batch.work(number * CHUNKS);
            return write(batch, number);
        } catch (IOException | RuntimeException | Error e) {
            fail(e);
            return false;
        }
    }

    private boolean write(Batch batch, long number) throws IOException {
        writing.lock();
        try {
            while (batchesWritten != number && failure == null) {
                written.awaitUninterruptibly();
            }
            if (failure != null) {
                return false;
            }
            bytesWritten += batch.writeTo(sink);
            batchesWritten++;
            written.signalAll();
            return true;
        } finally {
            writing.unlock();
        }
    }

    private void fail(Throwable e) {
        writing.lock();
        try {
            if (failure == null) {
                failure = e;
            }
            written.signalAll();
        } finally {
            writing.unlock();
        }
        // Not under the source's lock: a helper may be waiting in a read that never ends. It stops
        // after it.
    }

    private void rethrow() throws IOException {
        writing.lock();
        try {
            switch (failure) {
                case null -> {}
                case IOException e -> throw e;
                case RuntimeException e -> throw e;
                case Error e -> throw e;
                default -> throw new CloisterBugException("no other kind is kept", failure);
            }
        } finally {
            writing.unlock();
        }
    }

    private static void joinUninterruptibly(Thread thread) {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException _) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
