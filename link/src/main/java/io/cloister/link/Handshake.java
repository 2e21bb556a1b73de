package io.cloister.link;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// `spec/agent-link.md` §2: finds the beginning of a session, also behind leftovers of an earlier
/// one.
final class Handshake {
    private static final byte[] HELLO = "cloister-link/1?".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] WELCOME = "cloister-link/1!".getBytes(StandardCharsets.US_ASCII);
    private static final int SESSION = 16;

    /// Bytes of an earlier session that are skipped at most.
    static final int MAX_SKIPPED = 64 << 20;

    private Handshake() {}

    /// Greets, and returns the peer's window.
    static int connect(InputStream in, OutputStream out, byte[] session, int window)
            throws IOException {
        out.write(message(HELLO, session, window));
        out.flush();
        long skipped = 0;
        while (true) {
            skipped += skipTo(WELCOME, in, MAX_SKIPPED - skipped);
            byte[] rest = readFully(in, SESSION + 4);
            if (Arrays.equals(rest, 0, SESSION, session, 0, SESSION)) {
                return window(rest);
            }
        }
    }

    /// Waits for a greeting, answers it, and returns the peer's window.
    static int accept(InputStream in, OutputStream out, int window) throws IOException {
        skipTo(HELLO, in, MAX_SKIPPED);
        byte[] rest = readFully(in, SESSION + 4);
        int theirs = window(rest);
        out.write(message(WELCOME, Arrays.copyOf(rest, SESSION), window));
        out.flush();
        return theirs;
    }

    private static byte[] message(byte[] magic, byte[] session, int window) {
        byte[] message = Arrays.copyOf(magic, magic.length + SESSION + 4);
        System.arraycopy(session, 0, message, magic.length, SESSION);
        FrameWriter.putInt(message, magic.length + SESSION, window);
        return message;
    }

    private static int window(byte[] rest) throws LinkException {
        int window = FrameWriter.getInt(rest, SESSION);
        if (window < LinkSettings.MIN_WINDOW || window > LinkSettings.MAX_WINDOW) {
            throw new LinkException(
                    "HELLO.window: expected "
                            + LinkSettings.MIN_WINDOW
                            + " to "
                            + LinkSettings.MAX_WINDOW
                            + ", got "
                            + window);
        }
        return window;
    }

    /// Reads up to and with `magic`, whose first byte occurs in it only once.
    private static long skipTo(byte[] magic, InputStream in, long limit) throws IOException {
        int matched = 0;
        for (long read = 0; read < limit; read++) {
            int next = in.read();
            if (next < 0) {
                throw new EOFException("the peer closed before a session began");
            }
            if (next == (magic[matched] & 0xff)) {
                matched++;
                if (matched == magic.length) {
                    return read + 1;
                }
            } else {
                matched = next == (magic[0] & 0xff) ? 1 : 0;
            }
        }
        throw new LinkException("HELLO: expected within " + MAX_SKIPPED + " bytes, got others");
    }

    static byte[] readFully(InputStream in, int length) throws IOException {
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw new EOFException("the peer closed in the middle of a frame");
        }
        return bytes;
    }
}
