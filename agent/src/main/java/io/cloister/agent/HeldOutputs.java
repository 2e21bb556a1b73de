package io.cloister.agent;

import io.cloister.agent.sandbox.OutputKey;
import io.cloister.agent.sandbox.RunObserver;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/// Keeps the results of a run in memory until all its inputs are checked, then lets them through to
/// their stage in the order they were opened (spec/grant.md §5). Used by one thread.
public final class HeldOutputs implements RunObserver {
    /// Most bytes kept, of all results together.
    static final int MOST_BYTES = 32 << 20;

    private final RunObserver stage;
    private final BooleanSupplier checked;
    private final List<Held> held = new ArrayList<>();
    private int bytes;
    private boolean full;

    /// @param stage where results go
    /// @param checked whether all inputs are
    public HeldOutputs(RunObserver stage, BooleanSupplier checked) {
        this.stage = stage;
        this.checked = checked;
    }

    /// Whether the run was ended because more would have had to be kept than may be.
    public boolean isFull() {
        return full;
    }

    @Override
    public OutputStream open(OutputKey key) throws IOException {
        if (checked.getAsBoolean()) {
            release();
            return stage.open(key);
        }
        var one = new Held(key);
        held.add(one);
        return one;
    }

    @Override
    public void printed(byte[] text) {
        stage.printed(text);
    }

    /// Lets all that is held through: the inputs are checked.
    public void release() throws IOException {
        for (Held one : held) {
            one.pass();
        }
        held.clear();
        bytes = 0;
    }

    private final class Held extends OutputStream {
        private final OutputKey key;
        private final ByteArrayOutputStream content = new ByteArrayOutputStream();
        private Optional<OutputStream> target = Optional.empty();
        private boolean closed;

        Held(OutputKey key) {
            this.key = key;
        }

        void pass() throws IOException {
            OutputStream staged = stage.open(key);
            target = Optional.of(staged);
            content.writeTo(staged);
            content.reset();
            if (closed) {
                staged.close();
            }
        }

        @Override
        public void write(int value) throws IOException {
            write(new byte[] {(byte) value}, 0, 1);
        }

        @Override
        public void write(byte[] from, int offset, int length) throws IOException {
            if (target.isEmpty() && checked.getAsBoolean()) {
                release();
            }
            if (target.isPresent()) {
                target.get().write(from, offset, length);
            } else if (length > MOST_BYTES - bytes) {
                full = true;
                throw new IOException("more results than can be kept until all inputs are checked");
            } else {
                bytes += length;
                content.write(from, offset, length);
            }
        }

        @Override
        public void close() throws IOException {
            closed = true;
            if (target.isPresent()) {
                target.get().close();
            }
        }
    }
}
