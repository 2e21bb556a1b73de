package io.cloister.attestation.pki;

import io.cloister.attestation.endorsement.Endorsement;
import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import java.util.LinkedHashSet;
import java.util.List;

/// The certificates and revocation lists that came with Evidence and as Endorsements, in no order:
/// what each is good for follows from names, profiles and signatures. Nothing in it is verified.
/// Immutable.
///
/// @param certificates all of them
/// @param revocationLists all of them
public record CertificatePool(
        List<Certificate> certificates, List<RevocationList> revocationLists) {
    public CertificatePool {
        certificates = List.copyOf(certificates);
        revocationLists = List.copyOf(revocationLists);
    }

    /// Reads those among `endorsements` and those that came with the Evidence. What is there twice
    /// counts once.
    ///
    /// @param besides the certificates that came with the Evidence, DER
    /// @param listsBesides the revocation lists that did
    /// @param documents those read before
    /// @throws MalformedException if one is no certificate or list
    public static CertificatePool of(
            Endorsements endorsements,
            List<Bytes> besides,
            List<Bytes> listsBesides,
            ParsedDocuments documents)
            throws MalformedException {
        var certificates = new LinkedHashSet<Certificate>();
        var lists = new LinkedHashSet<RevocationList>();
        for (int i = 0; i < besides.size(); i++) {
            certificates.add(
                    documents.certificate(besides.get(i), "evidence.certificates[" + i + "]"));
        }
        for (int i = 0; i < listsBesides.size(); i++) {
            lists.add(documents.list(listsBesides.get(i), "evidence.revocationLists[" + i + "]"));
        }
        for (int i = 0; i < endorsements.all().size(); i++) {
            String name = "endorsements[" + i + "]";
            switch (endorsements.all().get(i)) {
                case Endorsement.X509(var der) ->
                        certificates.add(documents.certificate(der, name));
                case Endorsement.Crl(var der) -> lists.add(documents.list(der, name));
                case Endorsement.SimulatedRoot _,
                        Endorsement.TcbInfo _,
                        Endorsement.QeIdentity _ -> {}
            }
        }
        return new CertificatePool(List.copyOf(certificates), List.copyOf(lists));
    }

    /// The certificates whose subject is `name`.
    public List<Certificate> of(X509Name name) {
        return certificates.stream()
                .filter(certificate -> certificate.subject().equals(name))
                .toList();
    }

    /// The revocation lists that name `issuer` as theirs.
    public List<RevocationList> listsOf(X509Name issuer) {
        return revocationLists.stream().filter(list -> list.issuer().equals(issuer)).toList();
    }
}
