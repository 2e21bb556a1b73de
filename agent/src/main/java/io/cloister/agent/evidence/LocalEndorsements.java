package io.cloister.agent.evidence;

import io.cloister.attestation.amd.CertificateTable;
import io.cloister.attestation.endorsement.Endorsement;
import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import java.util.ArrayList;
import java.util.List;

/// Endorsements that the platform hands out beside a report. They are passed on as they are:
/// participants believe them only for what they chain to, and fetch what is missing.
final class LocalEndorsements {
    private LocalEndorsements() {}

    /// What is in the certificate table that the host wrote; nothing if it can't be read, since
    /// nobody needs it who can fetch.
    static Endorsements ofCertificateTable(Bytes table) {
        if (table.length() == 0) {
            return Endorsements.none();
        }
        try {
            return of(CertificateTable.parse(table));
        } catch (MalformedException _) {
            return Endorsements.none();
        }
    }

    private static Endorsements of(CertificateTable table) {
        List<Endorsement> all = new ArrayList<>();
        for (CertificateTable.Kind kind : CertificateTable.Kind.values()) {
            Bytes der = table.entries().get(kind);
            if (der == null || der.length() > Endorsements.MAX_CERTIFICATE) {
                continue;
            }
            all.add(
                    switch (kind) {
                        case CRL -> new Endorsement.Crl(der);
                        case VCEK, VLEK, ASK, ARK -> new Endorsement.X509(der);
                    });
        }
        return new Endorsements(all.stream().distinct().toList());
    }
}
