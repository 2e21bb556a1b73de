package io.cloister.attestation.pki;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// Certificates and revocation lists by the bytes they were read from, so that those which recur
/// with every piece of Evidence are read once; the ones not asked for longest are forgotten first.
/// Nothing but what the bytes say is remembered. Safe for use by many threads.
public final class ParsedDocuments {
    private static final int MAX = 256;

    private final Recent<Certificate> certificates = new Recent<>();
    private final Recent<RevocationList> lists = new Recent<>();

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
        certificates.put(der, read);
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
        lists.put(der, read);
        return read;
    }

    private static final class Recent<T> {
        private final Map<Bytes, T> read =
                new LinkedHashMap<>(16, 0.75f, true) {
                    private static final long serialVersionUID = 1L;

                    @Override
                    protected boolean removeEldestEntry(Map.Entry<Bytes, T> eldest) {
                        return size() > MAX;
                    }
                };

        synchronized Optional<T> get(Bytes der) {
            return Optional.ofNullable(read.get(der));
        }

        synchronized void put(Bytes der, T document) {
            read.put(der, document);
        }
    }
}
