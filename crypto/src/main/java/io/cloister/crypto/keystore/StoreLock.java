package io.cloister.crypto.keystore;

import io.cloister.crypto.keystore.KeyStoreException.Kind;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/// Lets one writer at a time into a key store, among processes and among threads. Readers need
/// none: files are replaced as a whole.
final class StoreLock implements AutoCloseable {
    /// How long a writer waits for another.
    static final Duration PATIENCE = Duration.ofSeconds(20);

    private static final Duration PAUSE = Duration.ofMillis(5);

    private final FileChannel channel;

    private StoreLock(FileChannel channel) {
        this.channel = channel;
    }

    /// Waits for the lock in `file`.
    ///
    /// @throws KeyStoreException if another writer holds it all that time
    static StoreLock acquire(Path file, Duration patience) throws IOException {
        FileChannel channel = StoreFiles.openLock(file);
        try {
            long deadline = System.nanoTime() + patience.toNanos();
            while (!tryLock(channel)) {
                if (System.nanoTime() > deadline) {
                    throw new KeyStoreException(
                            Kind.BUSY, file.getParent() + " is in use by another process");
                }
                LockSupport.parkNanos(PAUSE.toNanos());
            }
            var lock = new StoreLock(channel);
            channel = null;
            return lock;
        } finally {
            closeIfPresent(channel);
        }
    }

    private static void closeIfPresent(@Nullable FileChannel channel) throws IOException {
        if (channel != null) {
            channel.close();
        }
    }

    /// Closing the channel releases the lock.
    private static boolean tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException _) {
            // Another thread of this process holds it: the operating system does not tell threads
            // apart.
            return false;
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
