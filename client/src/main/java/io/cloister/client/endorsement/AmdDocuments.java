package io.cloister.client.endorsement;

import io.cloister.attestation.amd.SnpReport;
import io.cloister.attestation.pki.Certificate;
import io.cloister.attestation.pki.EcCurve;
import io.cloister.attestation.pki.PinnedKey;
import io.cloister.attestation.pki.SignatureAlgorithm;
import io.cloister.attestation.pki.SignatureChecks;
import io.cloister.attestation.pki.VendorRoots;
import io.cloister.client.endorsement.Chains.Chain;
import io.cloister.protocol.MalformedException;

import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// The documents of AMD's Key Distribution Service (AMD 57230).
final class AmdDocuments {
    private static final String VCEK = "SEV-VCEK";

    private final VendorServices services;
    private final VendorRoots roots;
    private final Chains chains;

    AmdDocuments(VendorServices services, VendorRoots roots, SignatureChecks checks) {
        this.services = services;
        this.roots = roots;
        this.chains = new Chains(SignatureAlgorithm.RSA4096_PSS_SHA384, checks);
    }

    /// Which hierarchy of a product: that of its chips, or that of the keys given to providers.
    enum Hierarchy {
        VCEK("vcek", "SEV-"),
        VLEK("vlek", "SEV-VLEK-");

        private final String word;
        private final String prefix;

        Hierarchy(String word, String prefix) {
            this.word = word;
            this.prefix = prefix;
        }
    }

    /// The issuer of leaf certificates, and the root.
    ///
    /// @param product as in `Milan`
    Document chain(Hierarchy hierarchy, String product) {
        return new Document(
                "AMD's certificate chain for " + product,
                url(hierarchy, product, "cert_chain"),
                Optional.empty(),
                Document.LASTING,
                answer -> {
                    Chain chain =
                            chains.ofPem(answer.body(), hierarchy.prefix + product, root(product));
                    return Chains.checked(chain.all());
                });
    }

    /// What the root has revoked.
    ///
    /// @param root carries the pinned key
    Document crl(Hierarchy hierarchy, String product, Certificate root) {
        return new Document(
                "AMD's revocation list for " + product,
                url(hierarchy, product, "crl"),
                Optional.empty(),
                Document.REISSUED,
                answer -> chains.revocationList(answer.body(), root, List.of(root)));
    }

    /// A chip's certificate at one TCB version.
    ///
    /// @param issuer of the product's leaves
    Document vcek(ChipKey key, Certificate issuer) {
        return new Document(
                "the chip's VCEK certificate",
                url(Hierarchy.VCEK, key.product().word(), key.path()),
                Optional.empty(),
                Document.LASTING,
                answer -> {
                    Certificate leaf = Certificate.parse(answer.body(), "vcek");
                    Chains.require(
                            leaf.subject().commonName().equals(VCEK)
                                    && chains.isIssued(leaf, issuer),
                            "the certificate is no VCEK by " + issuer.subject());
                    Chains.require(
                            key.isOf(leaf), "the VCEK is of another chip, or another version");
                    return Chains.checked(List.of(leaf));
                });
    }

    /// Whether `issuer` issued `leaf` for the key that signed a report.
    boolean isOf(Certificate leaf, Certificate issuer, SnpReport report) {
        try {
            return chains.isIssued(leaf, issuer)
                    && chains.checks()
                            .raw(
                                    EcCurve.P384,
                                    leaf.ecKey(EcCurve.P384),
                                    report.signedBytes(),
                                    report.signature());
        } catch (MalformedException _) {
            return false;
        }
    }

    private PinnedKey root(String product) {
        return Stream.of(roots.milan(), roots.genoa(), roots.turin())
                .filter(root -> root.name().equals("ARK-" + product))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no product " + product));
    }

    private URI url(Hierarchy hierarchy, String product, String path) {
        return URI.create(services.amd() + "/" + hierarchy.word + "/v1/" + product + "/" + path);
    }
}
