package io.cloister.crypto.age;

import io.cloister.protocol.CloisterBugException;

import java.security.GeneralSecurityException;

import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.IvParameterSpec;

/// Works on single chunks of a payload: ChaCha20-Poly1305 whose nonce is the chunk's number and
/// whether it is the last (STREAM). Used by one thread.
final class ChunkCipher {
    /// Clear bytes of every chunk but the last.
    static final int CLEAR = 64 << 10;

    /// Length of the tag that a chunk gains.
    static final int TAG = 16;

    /// Sealed bytes of every chunk but the last.
    static final int SEALED = CLEAR + TAG;

    private final Cipher cipher;
    private final int mode;
    private final SecretKey key;
    private final byte[] nonce = new byte[FileKeyWrap.NONCE_LENGTH];

    private ChunkCipher(int mode, SecretKey key) {
        this.mode = mode;
        this.key = key;
        try {
            this.cipher = Cipher.getInstance("ChaCha20-Poly1305");
        } catch (GeneralSecurityException e) {
            throw new CloisterBugException("every JDK has ChaCha20-Poly1305", e);
        }
    }

    static ChunkCipher sealing(SecretKey key) {
        return new ChunkCipher(Cipher.ENCRYPT_MODE, key);
    }

    static ChunkCipher opening(SecretKey key) {
        return new ChunkCipher(Cipher.DECRYPT_MODE, key);
    }

    /// Seals or opens one chunk.
    ///
    /// @param number counts chunks from 0
    /// @param last whether it ends the payload
    /// @param in begins with the chunk
    /// @param length of the chunk
    /// @return bytes written to `out`
    /// @throws AEADBadTagException if a chunk to open is not the payload's chunk of this number and
    ///   position
    int apply(long number, boolean last, byte[] in, int length, byte[] out, int outOffset)
            throws AEADBadTagException {
        // 11 bytes of counter; 64 bits of it are more than anyone writes, so the upper three stay
        // zero.
        for (int i = 0; i < Long.BYTES; i++) {
            nonce[10 - i] = (byte) (number >>> (8 * i));
        }
        nonce[11] = (byte) (last ? 1 : 0);
        try {
            cipher.init(mode, key, new IvParameterSpec(nonce));
            return cipher.doFinal(in, 0, length, out, outOffset);
        } catch (AEADBadTagException e) {
            throw e;
        } catch (GeneralSecurityException e) {
            throw new CloisterBugException(
                    "chunks have bounded lengths and nonces never repeat", e);
        }
    }
}
