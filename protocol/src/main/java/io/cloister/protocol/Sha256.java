package io.cloister.protocol;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/// A SHA-256 digest (FIPS 180-4). Text form: `sha256:` and 64 lower-case hexadecimal digits.
///
/// @param value the 32 bytes
public record Sha256(Bytes value) implements Comparable<Sha256> {
    /// Length of the digest in bytes.
    public static final int LENGTH = 32;

    private static final String PREFIX = "sha256:";

    public Sha256 {
        if (value.length() != LENGTH) {
            throw new IllegalArgumentException(
                    "a SHA-256 digest has 32 bytes, not " + value.length());
        }
    }

    /// The digest of `content`.
    public static Sha256 of(Bytes content) {
        return of(content.toArray());
    }

    /// The digest of `content`.
    public static Sha256 of(byte[] content) {
        return new Sha256(Bytes.copyOf(newDigest().digest(content)));
    }

    /// Ends `digest` and takes its value.
    public static Sha256 finish(MessageDigest digest) {
        return new Sha256(Bytes.copyOf(digest.digest()));
    }

    /// A fresh SHA-256 computation.
    public static MessageDigest newDigest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new CloisterBugException("every JDK has SHA-256", e);
        }
    }

    /// Reads the text form.
    ///
    /// @throws MalformedException if `text` is anything else, naming `path`
    public static Sha256 parse(String text, String path) throws MalformedException {
        if (text.length() != PREFIX.length() + 2 * LENGTH || !text.startsWith(PREFIX)) {
            throw new MalformedException(path, "sha256: and 64 hexadecimal digits", text);
        }
        return new Sha256(Bytes.fromHex(text.substring(PREFIX.length()), path));
    }

    /// The 64 hexadecimal digits without the prefix.
    public String hex() {
        return value.hex();
    }

    @Override
    public int compareTo(Sha256 other) {
        return hex().compareTo(other.hex());
    }

    @Override
    public String toString() {
        return PREFIX + hex();
    }
}
