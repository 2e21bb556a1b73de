package io.cloister.client;

import io.cloister.client.server.Progress;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/// Tells a [Progress] what was read.
final class ProgressStream extends FilterInputStream {
    private final String what;
    private final long total;
    private final Progress progress;
    private long done;

    ProgressStream(InputStream in, String what, long total, Progress progress) {
        super(in);
        this.what = what;
        this.total = total;
        this.progress = progress;
    }

    /// Bytes read so far.
    long done() {
        return done;
    }

    @Override
    public int read() throws IOException {
        int one = in.read();
        return one < 0 ? one : count(one, 1);
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        int read = in.read(buffer, offset, length);
        return read < 0 ? read : count(read, read);
    }

    private int count(int result, int bytes) {
        done += bytes;
        progress.at(what, done, total);
        return result;
    }
}
