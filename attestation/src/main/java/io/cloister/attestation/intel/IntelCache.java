package io.cloister.attestation.intel;

import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.pki.SignatureChecks;
import io.cloister.protocol.MalformedException;

import java.util.LinkedHashMap;
import java.util.Map;

/// The material of the last verifications, by its bytes. Safe for use by many threads.
final class IntelCache {
    private static final int MAX = 32;

    private final Map<Key, IntelMaterial> entries =
            new LinkedHashMap<>() {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<Key, IntelMaterial> eldest) {
                    return size() > MAX;
                }
            };

    private record Key(CertificationData certification, Endorsements endorsements) {}

    IntelMaterial get(
            CertificationData certification, Endorsements endorsements, SignatureChecks checks)
            throws MalformedException {
        var key = new Key(certification, endorsements);
        synchronized (entries) {
            IntelMaterial known = entries.get(key);
            if (known != null) {
                return known;
            }
        }
        IntelMaterial read = IntelMaterial.read(certification, endorsements, checks);
        synchronized (entries) {
            entries.put(key, read);
        }
        return read;
    }
}
