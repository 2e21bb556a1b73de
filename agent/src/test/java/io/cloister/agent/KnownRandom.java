package io.cloister.agent;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.Sha256;

import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;

/// Bytes that follow from a seed, for tests that must know a process's keys; and what was given out
/// of them.
final class KnownRandom extends SecureRandom {
    private static final long serialVersionUID = 1L;

    private final transient Bytes seed;
    private final transient List<Bytes> given = new ArrayList<>();
    private long counter;

    KnownRandom(String seed) {
        this.seed = Bytes.utf8(seed);
    }

    @Override
    public synchronized void nextBytes(byte[] bytes) {
        byte[] block = new byte[0];
        for (int i = 0; i < bytes.length; i++) {
            if (i % 32 == 0) {
                Bytes number =
                        Bytes.copyOf(ByteBuffer.allocate(Long.BYTES).putLong(counter++).array());
                block = Sha256.of(Bytes.concat(seed, number)).value().toArray();
            }
            bytes[i] = block[i % 32];
        }
        given.add(Bytes.copyOf(bytes));
    }

    /// Everything given out, in order.
    synchronized List<Bytes> given() {
        return List.copyOf(given);
    }
}
