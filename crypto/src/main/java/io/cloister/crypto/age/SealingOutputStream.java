package io.cloister.crypto.age;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;

import javax.crypto.AEADBadTagException;

/// Seals what is written to it, a chunk at a time. Used by one thread.
final class SealingOutputStream extends OutputStream {
    private final ChunkCipher cipher;
    private final OutputStream sink;
    private final byte[] clear = new byte[ChunkCipher.CLEAR];
    private final byte[] sealed = new byte[ChunkCipher.SEALED];
    private int filled;
    private long chunk;
    private boolean closed;

    SealingOutputStream(ChunkCipher cipher, OutputStream sink) {
        this.cipher = cipher;
        this.sink = sink;
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] source, int offset, int length) throws IOException {
        if (closed) {
            throw new IOException("the sealed body has been ended");
        }
        int position = offset;
        int end = offset + length;
        while (position < end) {
            // A full chunk waits for the next byte: only then it is known not to be the last.
            if (filled == clear.length) {
                sealChunk(false);
            }
            int count = Math.min(end - position, clear.length - filled);
            System.arraycopy(source, position, clear, filled, count);
            filled += count;
            position += count;
        }
    }

    /// Flushes what has been sealed; the chunk being filled stays.
    @Override
    public void flush() throws IOException {
        sink.flush();
    }

    @Override
    public void close() throws IOException {
        if (!closed) {
            closed = true;
            sealChunk(true);
            sink.flush();
        }
    }

    private void sealChunk(boolean last) throws IOException {
        try {
            sink.write(sealed, 0, cipher.apply(chunk++, last, clear, filled, sealed, 0));
        } catch (AEADBadTagException e) {
            throw new IOException("sealing checks no tag", e);
        }
        filled = 0;
        if (last) {
            Arrays.fill(clear, (byte) 0);
        }
    }
}
