package io.cloister.agent.sandbox;

import io.cloister.protocol.Bytes;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/// Reads what the code prints to its end, keeps the beginning and throws the rest away.
final class PrintedText implements Runnable {
    private final InputStream in;
    private final int bound;
    private byte[] kept = new byte[0];
    private int length;
    private boolean truncated;
    private @Nullable RunObserver observer;

    PrintedText(InputStream in, int bound) {
        this.in = in;
        this.bound = bound;
    }

    @Override
    public void run() {
        byte[] chunk = new byte[1 << 13];
        try {
            int count = in.read(chunk);
            while (count >= 0) {
                keep(chunk, count);
                count = in.read(chunk);
            }
        } catch (IOException _) {
            // The sandbox was closed; what was printed by then stands.
        }
    }

    private synchronized void keep(byte[] chunk, int count) {
        int taken = Math.min(count, bound - length);
        truncated |= taken < count;
        if (kept.length < length + taken) {
            kept = Arrays.copyOf(kept, Math.min(bound, Math.max(length + taken, 2 * kept.length)));
        }
        System.arraycopy(chunk, 0, kept, length, taken);
        length += taken;
        tell(length - taken);
    }

    /// Passes on what was printed so far, and all that follows.
    synchronized void tell(RunObserver listener) {
        observer = listener;
        tell(0);
    }

    private void tell(int from) {
        RunObserver listener = observer;
        if (listener != null && from < length) {
            listener.printed(Arrays.copyOfRange(kept, from, length));
        }
    }

    synchronized Bytes text() {
        return Bytes.copyOf(Arrays.copyOf(kept, length));
    }

    synchronized boolean truncated() {
        return truncated;
    }
}
