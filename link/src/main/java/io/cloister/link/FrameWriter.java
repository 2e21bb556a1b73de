package io.cloister.link;

import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/// Writes whole frames, one thread at a time and fairly, so that no stream keeps another from
/// writing.
final class FrameWriter {
    private final OutputStream out;
    private final ReentrantLock turn = new ReentrantLock(true);

    FrameWriter(OutputStream out) {
        this.out = out;
    }

    void write(FrameType type, int stream, byte[] payload) throws IOException {
        byte[] frame = new byte[FrameType.HEADER + payload.length];
        System.arraycopy(payload, 0, frame, FrameType.HEADER, payload.length);
        writeInPlace(type, stream, frame, payload.length);
    }

    /// Writes the frame whose payload stands in `frame` from [FrameType#HEADER] on; fills in the
    /// header.
    void writeInPlace(FrameType type, int stream, byte[] frame, int payloadLength)
            throws IOException {
        frame[0] = (byte) type.number();
        frame[1] = (byte) (payloadLength >>> 16);
        frame[2] = (byte) (payloadLength >>> 8);
        frame[3] = (byte) payloadLength;
        putInt(frame, 4, stream);
        turn.lock();
        try {
            out.write(frame, 0, FrameType.HEADER + payloadLength);
            out.flush();
        } finally {
            turn.unlock();
        }
    }

    /// Says good-bye if nobody is in the middle of a frame for long.
    void goodbye() throws IOException, InterruptedException {
        if (turn.tryLock(200, TimeUnit.MILLISECONDS)) {
            try {
                out.write(new byte[] {(byte) FrameType.GOODBYE.number(), 0, 0, 0, 0, 0, 0, 0});
                out.flush();
            } finally {
                turn.unlock();
            }
        }
    }

    static void putInt(byte[] into, int offset, int value) {
        into[offset] = (byte) (value >>> 24);
        into[offset + 1] = (byte) (value >>> 16);
        into[offset + 2] = (byte) (value >>> 8);
        into[offset + 3] = (byte) value;
    }

    static int getInt(byte[] from, int offset) {
        return (from[offset] & 0xff) << 24
                | (from[offset + 1] & 0xff) << 16
                | (from[offset + 2] & 0xff) << 8
                | (from[offset + 3] & 0xff);
    }
}
