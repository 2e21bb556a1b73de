package io.cloister.attestation.intel;

import io.cloister.attestation.endorsement.Endorsement;
import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.pki.Certificate;
import io.cloister.attestation.pki.CertificatePool;
import io.cloister.attestation.pki.DerReader;
import io.cloister.attestation.pki.Extension;
import io.cloister.attestation.pki.Pem;
import io.cloister.attestation.pki.RevocationList;
import io.cloister.attestation.pki.SignatureAlgorithm;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import java.security.interfaces.ECPublicKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// All that came with a quote to verify it, read: the certificates inside it and the Endorsements.
/// What depends on the instant or on the quote is not kept. Safe for use by many threads.
final class IntelMaterial {
    private static final SignatureAlgorithm ALGORITHM = SignatureAlgorithm.ECDSA_P256_SHA256;
    private static final byte DER_SEQUENCE = 0x30;
    private static final int MAX_EMBEDDED = 8;

    private final IntelDocuments documents;
    private final List<Certificate> embedded;
    private final CertificatePool pool;
    private final List<SignedCollateral<TcbInfo>> tcbInfos;
    private final List<SignedCollateral<QeIdentity>> qeIdentities;
    private final Map<Certificate, ECPublicKey> keys = new ConcurrentHashMap<>();
    private final Map<Certificate, PckExtension> platforms = new ConcurrentHashMap<>();

    private IntelMaterial(
            IntelDocuments documents,
            List<Certificate> embedded,
            CertificatePool pool,
            List<SignedCollateral<TcbInfo>> tcbInfos,
            List<SignedCollateral<QeIdentity>> qeIdentities) {
        this.documents = documents;
        this.embedded = List.copyOf(embedded);
        this.pool = pool;
        this.tcbInfos = List.copyOf(tcbInfos);
        this.qeIdentities = List.copyOf(qeIdentities);
    }

    static IntelMaterial read(
            CertificationData certification, Endorsements endorsements, IntelDocuments documents)
            throws MalformedException {
        List<Bytes> inside = certificates(certification);
        CertificatePool pool = documents.pool(endorsements, inside);
        var tcbInfos = new ArrayList<SignedCollateral<TcbInfo>>();
        var identities = new ArrayList<SignedCollateral<QeIdentity>>();
        for (Endorsement endorsement : endorsements.all()) {
            switch (endorsement) {
                case Endorsement.TcbInfo(var answer) -> tcbInfos.add(documents.tcbInfo(answer));
                case Endorsement.QeIdentity(var answer) ->
                        identities.add(documents.qeIdentity(answer));
                case Endorsement.SimulatedRoot _, Endorsement.X509 _, Endorsement.Crl _ -> {}
            }
        }
        return new IntelMaterial(
                documents, documents.certificates(inside), pool, tcbInfos, identities);
    }

    /// Intel documents PEM; its own sample of a TDX quote has the certificates in DER, one behind
    /// the other.
    private static List<Bytes> certificates(CertificationData certification)
            throws MalformedException {
        if (!certification.isCertificates()) {
            return List.of();
        }
        String name = "quote.certificationData";
        Bytes data = certification.data();
        List<Bytes> all =
                data.length() > 0 && data.at(0) == DER_SEQUENCE
                        ? derCertificates(data, name)
                        : Pem.blocks(data, "CERTIFICATE", name);
        if (certification.type() == CertificationData.PCK_LEAF && all.size() != 1) {
            throw new MalformedException(name, "one certificate", all.size() + " certificates");
        }
        if (all.size() > MAX_EMBEDDED) {
            throw new MalformedException(
                    name, "at most " + MAX_EMBEDDED + " certificates", all.size() + "");
        }
        return all;
    }

    private static List<Bytes> derCertificates(Bytes data, String name) throws MalformedException {
        DerReader reader = DerReader.of(data, name);
        var all = new ArrayList<Bytes>();
        while (reader.hasNext() && all.size() <= MAX_EMBEDDED) {
            all.add(reader.encoded("certificate", DerReader.SEQUENCE));
        }
        return all;
    }

    /// Certificates inside the quote, in its order.
    List<Certificate> embedded() {
        return embedded;
    }

    /// All certificates and revocation lists.
    CertificatePool pool() {
        return pool;
    }

    List<SignedCollateral<TcbInfo>> tcbInfos() {
        return tcbInfos;
    }

    List<SignedCollateral<QeIdentity>> qeIdentities() {
        return qeIdentities;
    }

    boolean isSigned(Certificate certificate, Certificate signer) throws MalformedException {
        return documents.isSigned(
                certificate,
                signer,
                certificate.der().length(),
                checks -> certificate.isSignedBy(signer, ALGORITHM, checks));
    }

    /// The same the other way round, with a signer whose key may be none.
    boolean hasSigned(Certificate signer, Certificate certificate) {
        try {
            return isSigned(certificate, signer);
        } catch (MalformedException _) {
            return false;
        }
    }

    boolean isSigned(RevocationList list, Certificate signer) throws MalformedException {
        return documents.isSigned(
                list,
                signer,
                list.der().length(),
                checks -> list.isSignedBy(signer, ALGORITHM, checks));
    }

    boolean isSigned(SignedCollateral<?> collateral, Certificate signer) throws MalformedException {
        ECPublicKey key = key(signer);
        return documents.isSigned(
                collateral,
                signer,
                collateral.length(),
                checks -> collateral.isSignedBy(key, checks));
    }

    /// The certificate's key, which must be on P-256.
    ECPublicKey key(Certificate certificate) throws MalformedException {
        ECPublicKey known = keys.get(certificate);
        if (known != null) {
            return known;
        }
        ECPublicKey key = (ECPublicKey) certificate.publicKey(ALGORITHM);
        keys.put(certificate, key);
        return key;
    }

    /// Whether the certificate's key is on P-256.
    boolean isOnCurve(Certificate certificate) {
        try {
            key(certificate);
            return true;
        } catch (MalformedException _) {
            return false;
        }
    }

    /// What a PCK certificate says of its platform.
    PckExtension platform(Certificate pck) throws MalformedException {
        PckExtension known = platforms.get(pck);
        if (known != null) {
            return known;
        }
        Extension extension =
                pck.extension(PckExtension.OID)
                        .orElseThrow(() ->
                                new MalformedException(
                                        "pck", "extension " + PckExtension.OID, "none"));
        PckExtension platform = PckExtension.parse(extension.value());
        platforms.put(pck, platform);
        return platform;
    }
}
