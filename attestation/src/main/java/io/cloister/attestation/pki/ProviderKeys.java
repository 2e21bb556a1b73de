package io.cloister.attestation.pki;

import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.NoSuchAlgorithmException;
import java.security.Provider;
import java.security.PublicKey;

/// A provider, and keys as it makes them itself: a native one would otherwise take the JDK's keys
/// apart at each use. Bounded: the last 64 keys. Safe for use by many threads.
final class ProviderKeys {
    private final Provider provider;
    private final RecentlyUsed<PublicKey, PublicKey> keys = new RecentlyUsed<>(64, 64 << 10);

    ProviderKeys(Provider provider) {
        this.provider = provider;
    }

    Provider provider() {
        return provider;
    }

    /// `key`, made by this provider if it makes keys of that kind.
    ///
    /// @throws InvalidKeyException if the provider refuses the key
    PublicKey own(PublicKey key) throws InvalidKeyException {
        PublicKey known = keys.get(key).orElse(null);
        if (known != null) {
            return known;
        }
        PublicKey own = translated(key);
        keys.put(key, own, key.getEncoded().length);
        return own;
    }

    private PublicKey translated(PublicKey key) throws InvalidKeyException {
        try {
            return (PublicKey)
                    KeyFactory.getInstance(key.getAlgorithm(), provider).translateKey(key);
        } catch (NoSuchAlgorithmException _) {
            return key;
        }
    }
}
