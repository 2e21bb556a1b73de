package io.cloister.crypto.cosmian;

import io.cloister.crypto.SecretBytes;
import io.cloister.crypto.SecretExposure;

import java.security.SecureRandom;
import java.util.Arrays;

/// A participant's symmetric key, which opens and seals [secretbox messages][SecretboxOpening].
/// [#close] overwrites this copy; see [SecretBytes] for what that is worth.
///
/// Safe for use by several threads, except that whoever closes must know that nobody uses it any
/// more.
public final class SecretboxKey implements AutoCloseable {
    /// Length in bytes.
    public static final int LENGTH = 32;

    private final SecretBytes content;

    private SecretboxKey(SecretBytes content) {
        this.content = content;
    }

    /// A fresh key from `random`.
    public static SecretboxKey generate(SecureRandom random) {
        return new SecretboxKey(SecretBytes.random(LENGTH, random));
    }

    /// The key that is `raw`, which the caller overwrites.
    ///
    /// @throws IllegalArgumentException if it has not exactly 32 bytes
    public static SecretboxKey of(byte[] raw, SecretExposure exposure) {
        if (raw.length != LENGTH) {
            throw new IllegalArgumentException("a key has 32 bytes, not " + raw.length);
        }
        return new SecretboxKey(SecretBytes.copyOf(raw, exposure));
    }

    /// A copy of the 32 bytes, which the caller overwrites after use.
    ///
    /// @throws IllegalStateException after [#close]
    byte[] expose(SecretExposure exposure) {
        return content.expose(exposure);
    }

    /// The cipher for one message under this key.
    XSalsa20Poly1305 cipher(byte[] nonce, boolean sealing) {
        byte[] raw = expose(SecretExposure.acknowledged());
        try {
            return new XSalsa20Poly1305(raw, nonce, sealing);
        } finally {
            Arrays.fill(raw, (byte) 0);
        }
    }

    /// Whether both are the same key, in time that does not depend on the content.
    @Override
    public boolean equals(Object other) {
        return other instanceof SecretboxKey that && content.equals(that.content);
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
        return "SecretboxKey";
    }
}
