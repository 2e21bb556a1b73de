package io.cloister.crypto.cosmian;

import io.cloister.protocol.Bytes;

import java.io.IOException;
import java.io.OutputStream;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Objects;

/// Seals one secretbox message while its content is written: ciphertext goes to a sink at once, and
/// [#head], without which nobody can open it, is known at the end. The message is head ‖
/// ciphertext, which the sink alone never holds.
///
/// Content of any length; the sink sees exactly how long it is. Used by one thread.
public final class SecretboxSealing extends OutputStream {
    private static final int BUFFER = 64 << 10;

    private final OutputStream sink;
    private final byte[] nonce = new byte[XSalsa20Poly1305.NONCE_LENGTH];
    private final XSalsa20Poly1305 cipher;
    private final byte[] buffer = new byte[BUFFER];
    private Bytes head = Bytes.copyOf(new byte[0]);
    private boolean closed;

    /// @param random for the nonce
    /// @param sink takes the ciphertext; closed with this stream
    public SecretboxSealing(SecretboxKey key, SecureRandom random, OutputStream sink) {
        random.nextBytes(nonce);
        this.cipher = key.cipher(nonce, true);
        this.sink = sink;
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] from, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, from.length);
        if (closed) {
            throw new IOException("the message has ended");
        }
        for (int done = 0; done < length; ) {
            int count = Math.min(length - done, BUFFER);
            System.arraycopy(from, offset + done, buffer, 0, count);
            cipher.process(buffer, 0, count);
            sink.write(buffer, 0, count);
            done += count;
        }
    }

    @Override
    public void flush() throws IOException {
        sink.flush();
    }

    /// Ends the message and closes the sink. Closing again does nothing.
    @Override
    public void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        head = Bytes.concat(Bytes.copyOf(nonce), Bytes.copyOf(cipher.tag()));
        Arrays.fill(buffer, (byte) 0);
        sink.close();
    }

    /// Nonce ‖ tag, 40 bytes: what goes before the ciphertext.
    ///
    /// @throws IllegalStateException before [#close]
    public Bytes head() {
        if (!closed) {
            throw new IllegalStateException("a message has no tag before its end");
        }
        return head;
    }
}
