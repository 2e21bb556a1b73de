package io.cloister.bench;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;

/// Holds what memory of the machine is free and lets go of it as others need it.
///
/// A hypervisor that takes back what its guest does not use (free page reporting) makes memory that
/// was free for some seconds much dearer than memory that was in use a moment ago. What the kernel
/// hands out first is the latter, so that whoever needs more memory, or comes later, pays for the
/// machine's idleness. With a ballast everybody's memory was in use a moment ago.
final class Ballast implements AutoCloseable {
    private static final long LEFT_FREE = 1L << 30;
    private static final long PIECE = 64L << 20;
    private static final long BETWEEN_LOOKS_MILLIS = 5;

    private final Deque<Arena> pieces = new ArrayDeque<>();
    private boolean closed;

    /// None yet: [#hold] takes it.
    Ballast() {
        Thread.ofPlatform().daemon().start(this::follow);
    }

    /// Takes all memory that is free but for a gibibyte.
    synchronized void hold() throws IOException {
        while (free() > LEFT_FREE + PIECE) {
            Arena arena = Arena.ofShared();
            arena.allocate(PIECE).fill((byte) 1);
            pieces.push(arena);
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        pieces.forEach(Arena::close);
        pieces.clear();
    }

    private void follow() {
        try {
            while (letGo()) {
                Thread.sleep(BETWEEN_LOOKS_MILLIS);
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized boolean letGo() throws IOException {
        while (!pieces.isEmpty() && free() < LEFT_FREE) {
            pieces.pop().close();
        }
        return !closed;
    }

    private static long free() throws IOException {
        return EnclaveMemory.kibibytes(Path.of("/proc/meminfo"), "MemFree:") << 10;
    }
}
