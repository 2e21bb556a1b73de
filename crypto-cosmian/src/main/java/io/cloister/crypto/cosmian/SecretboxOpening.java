package io.cloister.crypto.cosmian;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.util.Arrays;

/// Opens one secretbox message: nonce (24 bytes) ‖ Poly1305 tag (16) ‖ XSalsa20 ciphertext, in one
/// pass and in constant memory.
///
/// **Not guaranteed** before [#transfer] has returned: anything. The format has one tag for the
/// whole message, so what is written meanwhile may be whatever somebody made of it, and must not be
/// acted on.
public final class SecretboxOpening {
    /// Bytes that a message is longer than its content.
    public static final int OVERHEAD = XSalsa20Poly1305.NONCE_LENGTH + XSalsa20Poly1305.TAG_LENGTH;

    private static final int BUFFER = 64 << 10;

    private SecretboxOpening() {}

    /// Reads a message to the end of `message` and writes its content. Neither stream is closed.
    ///
    /// @return bytes of the content
    /// @throws RefusedException if the message was changed, is too short, or is under another key:
    ///   whatever was written is worthless
    /// @throws IOException if reading or writing fails
    public static long transfer(SecretboxKey key, InputStream message, OutputStream content)
            throws IOException {
        byte[] head = message.readNBytes(OVERHEAD);
        if (head.length < OVERHEAD) {
            throw new RefusedException(
                    RefusedException.Stage.LENGTH, "a secretbox message has at least 40 bytes");
        }
        XSalsa20Poly1305 cipher =
                key.cipher(Arrays.copyOf(head, XSalsa20Poly1305.NONCE_LENGTH), false);
        byte[] buffer = new byte[BUFFER];
        long total = 0;
        for (int read = message.read(buffer); read >= 0; read = message.read(buffer)) {
            cipher.process(buffer, 0, read);
            content.write(buffer, 0, read);
            total += read;
        }
        Arrays.fill(buffer, (byte) 0);
        if (!MessageDigest.isEqual(
                cipher.tag(), Arrays.copyOfRange(head, XSalsa20Poly1305.NONCE_LENGTH, OVERHEAD))) {
            throw new RefusedException(
                    RefusedException.Stage.TAG, "the tag of a secretbox message does not fit");
        }
        return total;
    }
}
