package io.cloister.crypto.cosmian;

import org.bouncycastle.crypto.engines.XSalsa20Engine;
import org.bouncycastle.crypto.macs.Poly1305;
import org.bouncycastle.crypto.params.KeyParameter;
import org.bouncycastle.crypto.params.ParametersWithIV;

import java.util.Arrays;

/// The one construction below secretbox and sealed box (D. J. Bernstein, "Cryptography in NaCl", §9
/// and §10): the first 32 bytes of the XSalsa20 stream are the Poly1305 key, the message is
/// encrypted with what follows, the tag is over the ciphertext. Used by one thread for one message.
final class XSalsa20Poly1305 {
    /// Bytes of a nonce.
    static final int NONCE_LENGTH = 24;

    /// Bytes of a tag.
    static final int TAG_LENGTH = 16;

    private static final int MAC_KEY_LENGTH = 32;

    private final XSalsa20Engine stream = new XSalsa20Engine();
    private final Poly1305 mac = new Poly1305();
    private final boolean sealing;

    XSalsa20Poly1305(byte[] key, byte[] nonce, boolean sealing) {
        this.sealing = sealing;
        stream.init(sealing, new ParametersWithIV(new KeyParameter(key), nonce));
        byte[] macKey = new byte[MAC_KEY_LENGTH];
        stream.processBytes(macKey, 0, MAC_KEY_LENGTH, macKey, 0);
        mac.init(new KeyParameter(macKey));
        Arrays.fill(macKey, (byte) 0);
    }

    /// Turns the next bytes of the message into ciphertext, or back, in place.
    void process(byte[] buffer, int offset, int length) {
        if (!sealing) {
            mac.update(buffer, offset, length);
        }
        stream.processBytes(buffer, offset, length, buffer, offset);
        if (sealing) {
            mac.update(buffer, offset, length);
        }
    }

    /// The tag over everything that was processed.
    byte[] tag() {
        byte[] tag = new byte[TAG_LENGTH];
        mac.doFinal(tag, 0);
        return tag;
    }
}
