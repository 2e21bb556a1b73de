package io.cloister.crypto;

import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Objects;

/// Secret bytes: a seed, a key, an opened document.
///
/// **Guaranteed:** content leaves only against a [SecretExposure]; comparison takes the same time
/// whatever the content; `toString` and `hashCode` say nothing but the length; [#close] overwrites
/// this copy.
///
/// **Not guaranteed:** the JVM may have moved and so copied the array before, and the operating
/// system may have written it to swap space.
///
/// Safe for use by several threads, except that whoever closes must know that nobody uses it any
/// more.
public final class SecretBytes implements AutoCloseable {
    private final byte[] content;
    private volatile boolean closed;

    private SecretBytes(byte[] content) {
        this.content = content;
    }

    /// A copy of `content`. Overwriting the original is the caller's business.
    public static SecretBytes copyOf(byte[] content, SecretExposure exposure) {
        Objects.requireNonNull(exposure);
        return new SecretBytes(content.clone());
    }

    /// `length` fresh bytes from `random`.
    public static SecretBytes random(int length, SecureRandom random) {
        byte[] content = new byte[length];
        random.nextBytes(content);
        return new SecretBytes(content);
    }

    /// Number of bytes, which is not secret.
    public int length() {
        return content.length;
    }

    /// A copy of the content, which the caller overwrites after use.
    ///
    /// @throws IllegalStateException after [#close]
    public byte[] expose(SecretExposure exposure) {
        Objects.requireNonNull(exposure);
        byte[] copy = content.clone();
        if (closed) {
            throw new IllegalStateException("these secret bytes have been wiped");
        }
        return copy;
    }

    /// Overwrites the content. Closing again does nothing.
    @Override
    public void close() {
        closed = true;
        Arrays.fill(content, (byte) 0);
    }

    /// Equal content, in time that depends on the lengths only.
    @Override
    public boolean equals(Object other) {
        return other instanceof SecretBytes that && MessageDigest.isEqual(content, that.content);
    }

    /// The length: a hash of the content would reveal it.
    @Override
    public int hashCode() {
        return content.length;
    }

    @Override
    public String toString() {
        return "SecretBytes[" + content.length + " bytes]";
    }
}
