package io.cloister.crypto;

/// The token without which secret material neither enters nor leaves a [SecretBytes].
///
/// It stops nobody; it makes every place where raw key material is handled findable by one text
/// search for `SecretExposure.acknowledged`.
public final class SecretExposure {
    private static final SecretExposure ACKNOWLEDGED = new SecretExposure();

    private SecretExposure() {}

    /// "I know that the bytes I get can be copied, logged and swapped out, and I do none of it."
    public static SecretExposure acknowledged() {
        return ACKNOWLEDGED;
    }
}
