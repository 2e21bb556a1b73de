package io.cloister.crypto.age;

import io.cloister.crypto.SecretBytes;
import io.cloister.crypto.SecretExposure;
import io.cloister.protocol.MalformedException;

import java.security.SecureRandom;

/// A post-quantum hybrid identity: 32 secret bytes from which the ML-KEM-768 and X25519 keys are
/// expanded.
public final class HybridIdentity implements Identity {
    static final String PREFIX = "AGE-SECRET-KEY-PQ-";

    private final IdentitySecret seed;
    private final XWing.Pair pair;
    private final HybridRecipient recipient;

    private HybridIdentity(IdentitySecret seed) {
        this.seed = seed;
        this.pair = seed.use(XWing::expand);
        this.recipient = new HybridRecipient(pair.publicKey());
    }

    /// A fresh identity from `random`.
    public static HybridIdentity generate(SecureRandom random) {
        return new HybridIdentity(IdentitySecret.random(random));
    }

    static HybridIdentity parse(String text, String path) throws MalformedException {
        return new HybridIdentity(IdentitySecret.parse(PREFIX, text, path));
    }

    XWing.Pair pair() {
        return pair;
    }

    @Override
    public HybridRecipient recipient() {
        return recipient;
    }

    @Override
    public SecretBytes text(SecretExposure exposure) {
        return seed.text(PREFIX, exposure);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof HybridIdentity that && seed.equals(that.seed);
    }

    @Override
    public int hashCode() {
        return recipient.hashCode();
    }

    @Override
    public String toString() {
        return "HybridIdentity[" + recipient + "]";
    }
}
