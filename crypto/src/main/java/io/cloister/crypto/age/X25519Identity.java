package io.cloister.crypto.age;

import io.cloister.crypto.SecretBytes;
import io.cloister.crypto.SecretExposure;
import io.cloister.protocol.MalformedException;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Locale;

/// A classical identity: an X25519 scalar.
public final class X25519Identity implements Identity {
    static final String PREFIX = "AGE-SECRET-KEY-";

    private final SecretBytes scalar;
    private final X25519Recipient recipient;

    private X25519Identity(byte[] scalar) {
        this.scalar = SecretBytes.copyOf(scalar, SecretExposure.acknowledged());
        this.recipient = new X25519Recipient(X25519.publicKey(X25519.privateKey(scalar)));
    }

    /// A fresh identity from `random`. Prefer [HybridIdentity]; this one is for those whose tools
    /// know no other.
    public static X25519Identity generate(SecureRandom random) {
        byte[] scalar = new byte[X25519.LENGTH];
        random.nextBytes(scalar);
        return ofScalar(scalar);
    }

    static X25519Identity parse(String text, String path) throws MalformedException {
        return ofScalar(Bech32.decodeSecret(PREFIX, text, X25519.LENGTH, path));
    }

    /// Overwrites `scalar`.
    private static X25519Identity ofScalar(byte[] scalar) {
        try {
            return new X25519Identity(scalar);
        } finally {
            Arrays.fill(scalar, (byte) 0);
        }
    }

    @Override
    public X25519Recipient recipient() {
        return recipient;
    }

    @Override
    public SecretBytes text(SecretExposure exposure) {
        byte[] raw = scalar.expose(exposure);
        try {
            String text =
                    Bech32.encode(PREFIX.toLowerCase(Locale.ROOT), raw).toUpperCase(Locale.ROOT);
            return SecretBytes.copyOf(text.getBytes(StandardCharsets.US_ASCII), exposure);
        } finally {
            Arrays.fill(raw, (byte) 0);
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof X25519Identity that && scalar.equals(that.scalar);
    }

    @Override
    public int hashCode() {
        return recipient.hashCode();
    }

    @Override
    public String toString() {
        return "X25519Identity[" + recipient + "]";
    }
}
