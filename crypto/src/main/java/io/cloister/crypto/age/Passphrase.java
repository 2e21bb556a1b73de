package io.cloister.crypto.age;

import io.cloister.crypto.SecretBytes;
import io.cloister.crypto.SecretExposure;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// A passphrase and what sealing under it costs (age's `scrypt` stanza).
///
/// The cost slows guessing down; it does not make a weak passphrase strong. Immutable.
///
/// Specification: [C2SP age](https://c2sp.org/age)
public final class Passphrase {
    /// Work factor of new files: base-two logarithm of scrypt's N. 2^17 takes 128 MiB and some 0.4
    /// s.
    public static final int DEFAULT_WORK_FACTOR = 17;

    /// Largest work factor read or written: 2^20 takes 1 GiB. More would let a file's sender
    /// exhaust the reader.
    public static final int MAX_WORK_FACTOR = 20;

    private final SecretBytes utf8;
    private final int workFactor;

    private Passphrase(SecretBytes utf8, int workFactor) {
        this.utf8 = utf8;
        this.workFactor = workFactor;
    }

    /// The passphrase in `characters`, as UTF-8. Overwriting the characters is the caller's
    /// business.
    ///
    /// @throws IllegalArgumentException if there is none, or half a surrogate pair
    public static Passphrase of(char[] characters) {
        if (characters.length == 0) {
            throw new IllegalArgumentException("a passphrase cannot be empty");
        }
        var encoded = ByteBuffer.allocate(3 * characters.length);
        var result =
                StandardCharsets.UTF_8
                        .newEncoder()
                        .encode(CharBuffer.wrap(characters), encoded, true);
        if (result.isError()) {
            throw new IllegalArgumentException("a passphrase cannot have half a character in it");
        }
        byte[] utf8 = Arrays.copyOf(encoded.array(), encoded.position());
        try {
            return new Passphrase(
                    SecretBytes.copyOf(utf8, SecretExposure.acknowledged()), DEFAULT_WORK_FACTOR);
        } finally {
            Arrays.fill(utf8, (byte) 0);
            Arrays.fill(encoded.array(), (byte) 0);
        }
    }

    /// The same passphrase with another cost for new files. Opening takes what the file says.
    ///
    /// @param workFactor base-two logarithm of scrypt's N, 1 to 20
    public Passphrase withWorkFactor(int workFactor) {
        if (workFactor < 1 || workFactor > MAX_WORK_FACTOR) {
            throw new IllegalArgumentException(
                    "a work factor lies between 1 and " + MAX_WORK_FACTOR);
        }
        return new Passphrase(utf8, workFactor);
    }

    int workFactor() {
        return workFactor;
    }

    SecretBytes utf8() {
        return utf8;
    }

    /// The same words, compared in constant time; the cost does not count.
    @Override
    public boolean equals(Object other) {
        return other instanceof Passphrase that && utf8.equals(that.utf8);
    }

    @Override
    public int hashCode() {
        return 0;
    }

    @Override
    public String toString() {
        return "Passphrase[]";
    }
}
