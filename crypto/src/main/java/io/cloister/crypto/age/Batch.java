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
    private static final int NONE = -1;

    private final ChunkCipher cipher;
    private final int unitIn;
    private final boolean opening;

    /// One array for each chunk, since the JDK's cipher copies a chunk to open, and slowly, unless
    /// it stands at the beginning of its array.
    private final byte[][] in;

    private final int[] inLengths;
    private final byte[] out;

    private int chunks;
    private int outLength;
    private boolean last;
    private @Nullable IOException failure;

    /// @param capacity how many chunks it holds
    Batch(ChunkCipher cipher, boolean opening, int capacity) {
        this.cipher = cipher;
        this.opening = opening;
        this.unitIn = opening ? ChunkCipher.SEALED : ChunkCipher.CLEAR;
        this.in = new byte[capacity][unitIn];
        this.inLengths = new int[capacity];
        this.out = new byte[capacity * ChunkCipher.SEALED];
    }

    /// The state that reading carries from one batch to the next: one byte read ahead, by which a
    /// batch knows whether it is the last.
    static final class Ahead {
        private int value = NONE;
    }

    /// Fills the batch. A failure to read is kept until [#writeTo], so that what came before is
    /// still written.
    ///
    /// @return whether the source has ended
    boolean readFrom(InputStream source, Ahead ahead) {
        outLength = 0;
        failure = null;
        try {
            last = fill(source, ahead);
        } catch (IOException e) {
            failure = e;
            last = true;
        }
        return last;
    }

    private boolean fill(InputStream source, Ahead ahead) throws IOException {
        int held = 0;
        if (ahead.value != NONE) {
            in[0][0] = (byte) ahead.value;
            held = 1;
        }
        chunks = 0;
        while (chunks < in.length) {
            int length = held + source.readNBytes(in[chunks], held, unitIn - held);
            held = 0;
            // A source that ends with a full chunk shows it here; an empty source is one empty
            // chunk.
            if (length == 0 && chunks > 0) {
                return true;
            }
            inLengths[chunks++] = length;
            if (length < unitIn) {
                return true;
            }
        }
        ahead.value = source.read();
        return ahead.value == NONE;
    }

    /// Seals or opens all chunks; stops at the first that does not open.
    ///
    /// @param firstChunk number of the first chunk in this batch
    void work(long firstChunk) {
        for (int i = 0; i < chunks && failure == null; i++) {
            long chunk = firstChunk + i;
            boolean lastChunk = last && i == chunks - 1;
            try {
                requireLength(chunk, inLengths[i]);
                outLength += cipher.apply(chunk, lastChunk, in[i], inLengths[i], out, outLength);
            } catch (AEADBadTagException _) {
                failure = refused(chunk, lastChunk, i);
            } catch (AgeException e) {
                failure = e;
            }
        }
    }

    /// Finds out why a chunk does not open. It may be this payload's chunk of this number all the
    /// same, with others missing or added after it; then it is as authentic as those before and
    /// given out like them.
    private AgeException refused(long chunk, boolean lastChunk, int index) {
        try {
            // Only a full chunk can be one that is not the last.
            if (inLengths[index] < unitIn) {
                throw new AEADBadTagException("a short chunk");
            }
            outLength += cipher.apply(chunk, !lastChunk, in[index], unitIn, out, outLength);
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
