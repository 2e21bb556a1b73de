package io.cloister.crypto.age;

import io.cloister.crypto.SecretBytes;
import io.cloister.crypto.SecretExposure;
import io.cloister.protocol.MalformedException;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Locale;

/// A post-quantum hybrid identity: 32 secret bytes from which the ML-KEM-768 and X25519 keys are
/// expanded.
public final class HybridIdentity implements Identity {
    static final String PREFIX = "AGE-SECRET-KEY-PQ-";

    private final SecretBytes seed;
    private final XWing.Pair pair;
    private final HybridRecipient recipient;

    private HybridIdentity(byte[] seed) {
        this.seed = SecretBytes.copyOf(seed, SecretExposure.acknowledged());
        this.pair = XWing.expand(seed);
        this.recipient = new HybridRecipient(pair.publicKey());
    }

    /// A fresh identity from `random`.
    public static HybridIdentity generate(SecureRandom random) {
        byte[] seed = new byte[XWing.SEED_LENGTH];
        random.nextBytes(seed);
        return ofSeed(seed);
    }

    static HybridIdentity parse(String text, String path) throws MalformedException {
        return ofSeed(Bech32.decodeSecret(PREFIX, text, XWing.SEED_LENGTH, path));
    }

    /// Overwrites `seed`.
    private static HybridIdentity ofSeed(byte[] seed) {
        try {
            return new HybridIdentity(seed);
        } finally {
            Arrays.fill(seed, (byte) 0);
        }
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
        byte[] raw = seed.expose(exposure);
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
