package io.cloister.crypto.age;

import io.cloister.crypto.age.AgeException.Stage;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

import javax.crypto.AEADBadTagException;

/// A run of chunks that one thread reads, works on and writes: buffers of fixed size, used again
/// and again.
final class Batch {
    private final ChunkCipher cipher;
    private final int unitIn;
    private final boolean opening;
    private final int capacity;
    private final byte[] in;
    private final byte[] out;

    private int inLength;
    private int outLength;
    private boolean last;
    private @Nullable IOException failure;

    /// @param chunks how many chunks it holds
    Batch(ChunkCipher cipher, boolean opening, int chunks) {
        this.cipher = cipher;
        this.opening = opening;
        this.unitIn = opening ? ChunkCipher.SEALED : ChunkCipher.CLEAR;
        this.capacity = chunks * unitIn;
        this.in = new byte[capacity + 1];
        this.out = new byte[chunks * ChunkCipher.SEALED];
    }

    /// The state that reading carries from one batch to the next: one byte read ahead, by which a
    /// batch knows whether it is the last.
    static final class Ahead {
        private byte value;
        private boolean present;
    }

    /// Fills the batch. A failure to read is kept until [#writeTo], so that what came before is
    /// still written.
    ///
    /// @return whether the source has ended
    boolean readFrom(InputStream source, Ahead ahead) {
        outLength = 0;
        failure = null;
        int start = 0;
        if (ahead.present) {
            in[0] = ahead.value;
            start = 1;
        }
        try {
            inLength = start + source.readNBytes(in, start, capacity + 1 - start);
        } catch (IOException e) {
            failure = e;
            inLength = 0;
            last = true;
            return true;
        }
        ahead.present = inLength > capacity;
        last = !ahead.present;
        if (ahead.present) {
            ahead.value = in[capacity];
            inLength = capacity;
        }
        return last;
    }

    /// Seals or opens all chunks; stops at the first that does not open.
    ///
    /// @param firstChunk number of the first chunk in this batch
    void work(long firstChunk) {
        if (failure != null) {
            return;
        }
        long chunk = firstChunk;
        int offset = 0;
        do {
            int length = Math.min(unitIn, inLength - offset);
            boolean lastChunk = last && offset + length == inLength;
            try {
                requireLength(chunk, length);
                outLength += cipher.apply(chunk, lastChunk, in, offset, length, out, outLength);
            } catch (AEADBadTagException _) {
                failure = refused(chunk, lastChunk, offset, length);
                return;
            } catch (AgeException e) {
                failure = e;
                return;
            }
            offset += length;
            chunk++;
        } while (offset < inLength);
    }

    /// Finds out why a chunk does not open. It may be this payload's chunk of this number all the
    /// same, with others missing or added after it; then it is as authentic as those before and
    /// given out like them.
    private AgeException refused(long chunk, boolean lastChunk, int offset, int length) {
        try {
            // Only a full chunk can be one that is not the last.
            if (length < unitIn) {
                throw new AEADBadTagException("a short chunk");
            }
            outLength += cipher.apply(chunk, !lastChunk, in, offset, length, out, outLength);
        } catch (AEADBadTagException e) {
            return new AgeException(
                    Stage.PAYLOAD,
                    "age payload: chunk "
                            + chunk
                            + " was changed, cut or moved, or is of another file",
                    e);
        }
        return new AgeException(
                Stage.PAYLOAD,
                lastChunk
                        ? "age payload: the file ends after chunk "
                                + chunk
                                + ", which is not the last"
                        : "age payload: the file goes on after chunk " + chunk + ", the last");
    }

    private void requireLength(long chunk, int length) throws AgeException {
        if (!opening) {
            return;
        }
        if (length < ChunkCipher.TAG) {
            throw new AgeException(
                    Stage.PAYLOAD,
                    "age payload: chunk "
                            + chunk
                            + " has "
                            + length
                            + " bytes; at least its tag of 16 was expected");
        }
        if (length == ChunkCipher.TAG && chunk > 0) {
            throw new AgeException(
                    Stage.PAYLOAD, "age payload: the last chunk is empty, and not the only one");
        }
    }

    /// Writes what was worked on, then throws what went wrong.
    ///
    /// @return bytes written
    int writeTo(OutputStream sink) throws IOException {
        sink.write(out, 0, outLength);
        requireGood();
        return outLength;
    }

    /// @throws IOException what went wrong while reading or working, if anything
    void requireGood() throws IOException {
        if (failure != null) {
            throw failure;
        }
    }

    /// How many bytes came out.
    int outputLength() {
        return outLength;
    }

    byte output(int index) {
        return out[index];
    }

    void copyOutput(int from, byte[] target, int offset, int length) {
        System.arraycopy(out, from, target, offset, length);
    }
}
