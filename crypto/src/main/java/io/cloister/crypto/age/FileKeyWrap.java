package io.cloister.crypto.age;

import com.exceptionfactory.jagged.FileKey;

import io.cloister.protocol.CloisterBugException;

import java.security.GeneralSecurityException;
import java.util.Optional;

import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/// ChaCha20-Poly1305 (RFC 8439) around a 16-byte file key: the body of every native stanza.
final class FileKeyWrap {
    /// Length of a file key in bytes.
    static final int FILE_KEY_LENGTH = 16;

    /// Length of a wrapped file key in bytes. Checked before decryption: with a longer one, one
    /// body could open under several keys (a partitioning oracle).
    static final int WRAPPED_LENGTH = FILE_KEY_LENGTH + 16;

    /// Length of a nonce in bytes.
    static final int NONCE_LENGTH = 12;

    private FileKeyWrap() {}

    static byte[] wrap(byte[] key, byte[] nonce, FileKey fileKey) {
        try {
            return cipher(Cipher.ENCRYPT_MODE, key, nonce).doFinal(fileKey.getEncoded());
        } catch (GeneralSecurityException e) {
            throw new CloisterBugException("ChaCha20-Poly1305 encrypts 16 bytes", e);
        }
    }

    /// The file key, or nothing if `body` was not made with this key and nonce.
    ///
    /// @param body exactly [#WRAPPED_LENGTH] bytes
    static Optional<FileKey> unwrap(byte[] key, byte[] nonce, byte[] body) {
        try {
            return Optional.of(new FileKey(cipher(Cipher.DECRYPT_MODE, key, nonce).doFinal(body)));
        } catch (AEADBadTagException _) {
            return Optional.empty();
        } catch (GeneralSecurityException e) {
            throw new CloisterBugException("every JDK has ChaCha20-Poly1305", e);
        }
    }

    private static Cipher cipher(int mode, byte[] key, byte[] nonce)
            throws GeneralSecurityException {
        var cipher = Cipher.getInstance("ChaCha20-Poly1305");
        cipher.init(mode, new SecretKeySpec(key, "ChaCha20"), new IvParameterSpec(nonce));
        return cipher;
    }
}
