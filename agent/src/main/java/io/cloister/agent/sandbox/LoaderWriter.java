package io.cloister.agent.sandbox;

import io.cloister.protocol.Email;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// Sends the loader code, inputs and the start (`spec/sandbox.md`). Not thread-safe.
final class LoaderWriter {
    private static final int JOB = 0x01;
    private static final int FILE = 0x02;
    private static final int INPUT = 0x03;
    private static final int DATA = 0x04;
    private static final int END = 0x05;
    private static final int START = 0x06;
    private static final int STREAM = 0x07;
    private static final int WHEEL = 0x08;
    private static final int INSTALL = 0x09;
    private static final int WARM = 0x0A;

    private static final int HEADER_BYTES = 5;
    private static final int MOST_BODY_BYTES = 1 << 20;

    private final SocketChannel channel;
    private long mostHeld;
    private final ByteBuffer frame = ByteBuffer.allocateDirect(HEADER_BYTES + MOST_BODY_BYTES);
    private long held;
    private boolean open;

    /// @param mostHeld how many bytes of code and inputs there may be
    LoaderWriter(SocketChannel channel, long mostHeld) {
        this.channel = channel;
        this.mostHeld = mostHeld;
    }

    /// Bytes of code and inputs so far.
    long held() {
        return held;
    }

    /// A wheel, before anything else. It is not held once it is installed.
    OutputStream wheel(String fileName) throws IOException {
        begin(WHEEL);
        frame.put(fileName.getBytes(StandardCharsets.UTF_8));
        send();
        return new Content();
    }

    /// All wheels are there.
    void install() throws IOException {
        begin(INSTALL);
        send();
        held = 0;
    }

    /// So much of the room for code and inputs is taken by what was installed.
    void installed(long bytes) {
        mostHeld = Math.max(0, mostHeld - bytes);
    }

    /// A module to be imported before anything else comes.
    void warm(String module) throws IOException {
        begin(WARM);
        frame.put(module.getBytes(StandardCharsets.UTF_8));
        send();
    }

    OutputStream file(String path, boolean secret) throws IOException {
        begin(FILE);
        frame.put((byte) (secret ? 1 : 0)).put(path.getBytes(StandardCharsets.UTF_8));
        send();
        return new Content();
    }

    OutputStream input(InputDescription input) throws IOException {
        describe(INPUT, input);
        return new Content();
    }

    /// An input whose content goes another way.
    void stream(InputDescription input) throws IOException {
        describe(STREAM, input);
    }

    private void describe(int kind, InputDescription input) throws IOException {
        begin(kind);
        frame.putShort((short) input.provider()).put(input.name().getBytes(StandardCharsets.UTF_8));
        send();
    }

    void start(RunRequest request) throws IOException {
        begin(JOB);
        frame.put(request.computation().toString().getBytes(StandardCharsets.US_ASCII));
        frame.put((byte) (request.named() ? 1 : 0));
        putAll(request.dataProviders());
        putAll(request.consumers());
        send();
        begin(START);
        send();
    }

    private void putAll(List<Email> emails) {
        frame.putShort((short) emails.size());
        for (Email email : emails) {
            byte[] text = email.value().getBytes(StandardCharsets.UTF_8);
            frame.putShort((short) text.length).put(text);
        }
    }

    private void begin(int kind) {
        if (open) {
            throw new IllegalStateException("the file before is still open");
        }
        header(kind);
    }

    private void header(int kind) {
        frame.clear().put((byte) kind).putInt(0);
    }

    private void send() throws IOException {
        frame.putInt(1, frame.position() - HEADER_BYTES).flip();
        try {
            while (frame.hasRemaining()) {
                channel.write(frame);
            }
        } catch (IOException e) {
            throw new GoneException(e);
        }
    }

    private final class Content extends OutputStream {
        private boolean closed;

        Content() {
            open = true;
            header(DATA);
        }

        @Override
        public void write(int value) throws IOException {
            write(new byte[] {(byte) value}, 0, 1);
        }

        @Override
        public void write(byte[] content, int offset, int length) throws IOException {
            if (closed) {
                throw new IOException("the file is closed");
            }
            if (length > mostHeld - held) {
                throw new MemoryExceededException(mostHeld);
            }
            held += length;
            int done = 0;
            while (done < length) {
                int count = Math.min(length - done, frame.remaining());
                frame.put(content, offset + done, count);
                done += count;
                if (!frame.hasRemaining()) {
                    send();
                    header(DATA);
                }
            }
        }

        @Override
        public void close() throws IOException {
            if (closed) {
                return;
            }
            closed = true;
            if (frame.position() > HEADER_BYTES) {
                send();
            }
            header(END);
            send();
            open = false;
        }
    }
}
