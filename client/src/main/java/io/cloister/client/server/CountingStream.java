package io.cloister.client.server;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Tells a [Progress] what was read of a file.
final class CountingStream extends FilterInputStream {
    private final String what;
    private final long total;
    private final Progress progress;
    private long done;

    private CountingStream(InputStream in, String what, long total, Progress progress) {
        super(in);
        this.what = what;
        this.total = total;
        this.progress = progress;
    }

    static InputStream open(Path file, String what, long total, Progress progress) {
        try {
            return new CountingStream(Files.newInputStream(file), what, total, progress);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public int read() throws IOException {
        int one = super.read();
        return one < 0 ? one : count(one, 1);
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        int read = super.read(buffer, offset, length);
        return read < 0 ? read : count(read, read);
    }

    private int count(int result, int bytes) {
        done += bytes;
        progress.at(what, done, total);
        return result;
    }
}
