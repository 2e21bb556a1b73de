package io.cloister.attestation.pki;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import java.util.Optional;

/// Certificates and revocation lists by the bytes they were read from, so that those which recur
/// with every piece of Evidence are read once, and equal bytes are one object. Bounded: at most 256
/// certificates and 256 lists, of 1 and 4 MiB. Nothing but what the bytes say is remembered. Safe
/// for use by many threads.
public final class ParsedDocuments {
    private static final int MAX = 256;

    private final RecentlyUsed<Bytes, Certificate> certificates = new RecentlyUsed<>(MAX, 1 << 20);
    private final RecentlyUsed<Bytes, RevocationList> lists = new RecentlyUsed<>(MAX, 4 << 20);

    /// Starts with none.
    public ParsedDocuments() {}

    /// A certificate, as [Certificate#parse] reads it.
    ///
    /// @throws MalformedException if it is none
    public Certificate certificate(Bytes der, String name) throws MalformedException {
        Optional<Certificate> known = certificates.get(der);
        if (known.isPresent()) {
            return known.get();
        }
        Certificate read = Certificate.parse(der, name);
        certificates.put(der, read, der.length());
        return read;
    }

    /// A revocation list, as [RevocationList#parse] reads it.
    ///
    /// @throws MalformedException if it is none
    public RevocationList list(Bytes der, String name) throws MalformedException {
        Optional<RevocationList> known = lists.get(der);
        if (known.isPresent()) {
            return known.get();
        }
        RevocationList read = RevocationList.parse(der, name);
        lists.put(der, read, der.length());
        return read;
    }
}
