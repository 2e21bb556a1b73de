package io.cloister.trial;

import io.cloister.agent.sandbox.InputFeed;

import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/// Streamed inputs from files. One thread opens and reads, [#isRead] is for any.
final class FileFeed implements InputFeed {
    private final List<Path> files;
    private final AtomicInteger read = new AtomicInteger();

    /// @param files in the order of their streams
    FileFeed(List<Path> files) {
        this.files = List.copyOf(files);
    }

    /// Whether the code is done with every one: has read it to its end, or closed it.
    boolean isRead() {
        return read.get() == files.size();
    }

    @Override
    public InputStream open(int stream) throws IOException {
        return new Counted(new BufferedInputStream(Files.newInputStream(files.get(stream))));
    }

    private final class Counted extends FilterInputStream {
        private boolean over;

        Counted(InputStream file) {
            super(file);
        }

        @Override
        public int read() throws IOException {
            int value = super.read();
            if (value < 0) {
                end();
            }
            return value;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            int count = super.read(into, offset, length);
            if (count < 0) {
                end();
            }
            return count;
        }

        private void end() {
            if (!over) {
                over = true;
                read.incrementAndGet();
            }
        }

        @Override
        public void close() throws IOException {
            end();
            super.close();
        }
    }
}
