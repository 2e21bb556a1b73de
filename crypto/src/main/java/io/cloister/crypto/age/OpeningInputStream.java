package io.cloister.crypto.age;

import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;

/// Opens a payload while it is read, a chunk at a time. Used by one thread.
final class OpeningInputStream extends InputStream {
    private final Batch batch;
    private final InputStream source;
    private final Batch.Ahead ahead = new Batch.Ahead();
    private long chunk;
    private int position;
    private boolean ended;

    OpeningInputStream(ChunkCipher cipher, InputStream source) {
        this.batch = new Batch(cipher, true, 1);
        this.source = source;
    }

    @Override
    public int read() throws IOException {
        return refill() ? batch.output(position++) & 0xff : -1;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, target.length);
        if (length == 0) {
            return 0;
        }
        if (!refill()) {
            return -1;
        }
        int count = Math.min(length, batch.outputLength() - position);
        batch.copyOutput(position, target, offset, count);
        position += count;
        return count;
    }

    @Override
    public int available() {
        return batch.outputLength() - position;
    }

    @Override
    public void close() throws IOException {
        source.close();
    }

    /// Makes sure that there is something to give out.
    ///
    /// @return whether there is; if not, the payload has ended as it should
    private boolean refill() throws IOException {
        while (position == batch.outputLength()) {
            batch.requireGood();
            if (ended) {
                return false;
            }
            ended = batch.readFrom(source, ahead);
            batch.work(chunk++);
            position = 0;
        }
        return true;
    }
}
