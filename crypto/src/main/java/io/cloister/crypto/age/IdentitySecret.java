package io.cloister.crypto.age;

import io.cloister.crypto.SecretBytes;
import io.cloister.crypto.SecretExposure;
import io.cloister.protocol.MalformedException;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.Function;

/// The 32 secret bytes of an identity, and their text form. Compared in constant time.
final class IdentitySecret {
    static final int LENGTH = 32;

    private final SecretBytes bytes;

    private IdentitySecret(SecretBytes bytes) {
        this.bytes = bytes;
    }

    static IdentitySecret random(SecureRandom random) {
        return new IdentitySecret(SecretBytes.random(LENGTH, random));
    }

    /// @param prefix of the text form, upper case
    /// @param path names the text in errors
    static IdentitySecret parse(String prefix, String text, String path) throws MalformedException {
        byte[] raw = Bech32.decodeSecret(prefix, text, LENGTH, path);
        try {
            return new IdentitySecret(SecretBytes.copyOf(raw, SecretExposure.acknowledged()));
        } finally {
            Arrays.fill(raw, (byte) 0);
        }
    }

    /// What `making` makes of the bytes, which are overwritten afterwards.
    <T> T use(Function<byte[], T> making) {
        byte[] raw = bytes.expose(SecretExposure.acknowledged());
        try {
            return making.apply(raw);
        } finally {
            Arrays.fill(raw, (byte) 0);
        }
    }

    /// The text form in ASCII.
    SecretBytes text(String prefix, SecretExposure exposure) {
        return use(raw -> {
            String text =
                    Bech32.encode(prefix.toLowerCase(Locale.ROOT), raw).toUpperCase(Locale.ROOT);
            return SecretBytes.copyOf(text.getBytes(StandardCharsets.US_ASCII), exposure);
        });
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof IdentitySecret that && bytes.equals(that.bytes);
    }

    @Override
    public int hashCode() {
        return bytes.hashCode();
    }
}
