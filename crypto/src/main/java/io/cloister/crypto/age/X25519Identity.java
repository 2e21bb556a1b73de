package io.cloister.crypto.age;

import io.cloister.crypto.SecretBytes;
import io.cloister.crypto.SecretExposure;
import io.cloister.protocol.MalformedException;

import java.security.SecureRandom;

/// A classical identity: an X25519 scalar.
public final class X25519Identity implements Identity {
    static final String PREFIX = "AGE-SECRET-KEY-";

    private final IdentitySecret scalar;
    private final X25519Recipient recipient;

    private X25519Identity(IdentitySecret scalar) {
        this.scalar = scalar;
        this.recipient =
                new X25519Recipient(scalar.use(raw -> X25519.publicKey(X25519.privateKey(raw))));
    }

    /// A fresh identity from `random`. Prefer [HybridIdentity]; this one is for those whose tools
    /// know no other.
    public static X25519Identity generate(SecureRandom random) {
        return new X25519Identity(IdentitySecret.random(random));
    }

    static X25519Identity parse(String text, String path) throws MalformedException {
        return new X25519Identity(IdentitySecret.parse(PREFIX, text, path));
    }

    @Override
    public X25519Recipient recipient() {
        return recipient;
    }

    @Override
    public SecretBytes text(SecretExposure exposure) {
        return scalar.text(PREFIX, exposure);
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
