package io.cloister.crypto.cosmian;

import io.cloister.crypto.SecretBytes;
import io.cloister.crypto.SecretExposure;
import io.cloister.protocol.CloisterBugException;
import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Sha256;

import java.security.GeneralSecurityException;
import java.text.Normalizer;
import java.util.Arrays;
import java.util.List;

import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/// What the participants of a computation share: 32 bytes derived from three words. It travels only
/// inside sealed boxes, and an enclave compares it with nothing but other participants'. Three
/// words are 33 bits, so whoever holds one can find the words by trying.
///
/// Safe for use by several threads, except that whoever closes must know that nobody uses it any
/// more.
public final class PreSharedKey implements AutoCloseable {
    /// Length in bytes.
    public static final int LENGTH = 32;

    private static final int ITERATIONS = 390_000;

    private final SecretBytes content;

    private PreSharedKey(SecretBytes content) {
        this.content = content;
    }

    /// The key that is `raw`, which the caller overwrites.
    ///
    /// @throws IllegalArgumentException if it has not exactly 32 bytes
    public static PreSharedKey of(byte[] raw, SecretExposure exposure) {
        if (raw.length != LENGTH) {
            throw new IllegalArgumentException("a pre-shared key has 32 bytes, not " + raw.length);
        }
        return new PreSharedKey(SecretBytes.copyOf(raw, exposure));
    }

    /// The key of `words` for a computation: PBKDF2-HMAC-SHA-256 over the words in NFKD with
    /// nothing between them, 390,000 times, salted with the digest of the id. Takes a quarter of a
    /// second.
    public static PreSharedKey ofWords(List<String> words, ComputationId computation) {
        var spec =
                new PBEKeySpec(
                        Normalizer.normalize(String.join("", words), Normalizer.Form.NFKD)
                                .toCharArray(),
                        Sha256.of(computation.value()).value().toArray(),
                        ITERATIONS,
                        8 * LENGTH);
        try {
            byte[] raw =
                    SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
                            .generateSecret(spec)
                            .getEncoded();
            try {
                return of(raw, SecretExposure.acknowledged());
            } finally {
                Arrays.fill(raw, (byte) 0);
            }
        } catch (GeneralSecurityException e) {
            throw new CloisterBugException("every JDK has PBKDF2", e);
        } finally {
            spec.clearPassword();
        }
    }

    /// A copy of the 32 bytes, which the caller overwrites after use.
    byte[] expose(SecretExposure exposure) {
        return content.expose(exposure);
    }

    /// Whether both are the same, in time that does not depend on the content.
    @Override
    public boolean equals(Object other) {
        return other instanceof PreSharedKey that && content.equals(that.content);
    }

    @Override
    public int hashCode() {
        return content.hashCode();
    }

    @Override
    public void close() {
        content.close();
    }

    @Override
    public String toString() {
        return "PreSharedKey";
    }
}
