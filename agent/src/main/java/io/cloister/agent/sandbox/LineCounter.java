package io.cloister.agent.sandbox;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.function.IntConsumer;

/// Counts the lines of `run.py` on its way, so that a reported line can be held against them.
final class LineCounter extends FilterOutputStream {
    private final IntConsumer result;
    private int lines = 1;

    LineCounter(OutputStream out, IntConsumer result) {
        super(out);
        this.result = result;
    }

    @Override
    public void write(int value) throws IOException {
        write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] content, int offset, int length) throws IOException {
        for (int i = offset; i < offset + length; i++) {
            if (content[i] == '\n' && lines < Integer.MAX_VALUE) {
                lines++;
            }
        }
        out.write(content, offset, length);
    }

    @Override
    public void close() throws IOException {
        result.accept(lines);
        out.close();
    }
}
