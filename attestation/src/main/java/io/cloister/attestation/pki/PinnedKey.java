package io.cloister.attestation.pki;

import io.cloister.protocol.Sha256;

/// A vendor's root, pinned by its public key: root certificates are issued anew over the same key.
///
/// @param name the common name of the root
/// @param key SHA-256 over the DER of the SubjectPublicKeyInfo (RFC 5280 §4.1.2.7)
/// @param origin where the vendor publishes the root
public record PinnedKey(String name, Sha256 key, String origin) {
    /// Whether `certificate` carries this key.
    public boolean matches(Certificate certificate) {
        return certificate.publicKeyDigest().equals(key);
    }
}
