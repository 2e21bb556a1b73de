package io.cloister.attestation.intel;

import io.cloister.attestation.endorsement.Endorsement;
import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.pki.RecentlyUsed;
import io.cloister.attestation.pki.SignatureChecks;
import io.cloister.protocol.MalformedException;

import java.util.Optional;

/// The material of the last verifications, by its bytes. Bounded: at most 32 sets of it, read from
/// at most 8 MiB. Safe for use by many threads.
final class IntelCache {
    private final RecentlyUsed<Key, IntelMaterial> entries = new RecentlyUsed<>(32, 8 << 20);
    private final IntelDocuments documents;

    private record Key(CertificationData certification, Endorsements endorsements) {
        int size() {
            int size = certification.data().length();
            for (Endorsement endorsement : endorsements.all()) {
                size +=
                        switch (endorsement) {
                            case Endorsement.X509(var der) -> der.length();
                            case Endorsement.Crl(var der) -> der.length();
                            case Endorsement.TcbInfo(var answer) -> answer.length();
                            case Endorsement.QeIdentity(var answer) -> answer.length();
                            case Endorsement.SimulatedRoot _ -> 0;
                        };
            }
            return size;
        }
    }

    IntelCache(SignatureChecks checks) {
        this.documents = new IntelDocuments(checks);
    }

    IntelMaterial get(CertificationData certification, Endorsements endorsements)
            throws MalformedException {
        var key = new Key(certification, endorsements);
        Optional<IntelMaterial> known = entries.get(key);
        if (known.isPresent()) {
            return known.get();
        }
        IntelMaterial read = IntelMaterial.read(certification, endorsements, documents);
        entries.put(key, read, key.size());
        return read;
    }
}
