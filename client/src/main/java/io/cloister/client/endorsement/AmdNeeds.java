package io.cloister.client.endorsement;

import io.cloister.attestation.amd.ExtendedReport;
import io.cloister.attestation.amd.SigningKey;
import io.cloister.attestation.amd.SnpProduct;
import io.cloister.attestation.amd.SnpReport;
import io.cloister.attestation.endorsement.Endorsement;
import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.finding.CouldNotCheckException;
import io.cloister.attestation.pki.Certificate;
import io.cloister.client.endorsement.AmdDocuments.Hierarchy;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// What a report needs from AMD's service. Nobody has verified it yet.
///
/// @param report the report
/// @param hierarchy under which its key is
/// @param products those it may be of; only reports of version 2 leave more than one
/// @param leafPresent whether the certificate of its key is there already
record AmdNeeds(
        SnpReport report, Hierarchy hierarchy, List<SnpProduct> products, boolean leafPresent) {
    AmdNeeds {
        products = List.copyOf(products);
    }

    static AmdNeeds of(Bytes bytes, Endorsements present)
            throws MalformedException, CouldNotCheckException {
        ExtendedReport extended = ExtendedReport.parse(bytes);
        SnpReport report = extended.report();
        Hierarchy hierarchy =
                switch (report.signingKey()) {
                    case VCEK -> Hierarchy.VCEK;
                    case VLEK -> Hierarchy.VLEK;
                    case NONE -> throw new CouldNotCheckException("the report is not signed");
                };
        Optional<Certificate> leaf = leaf(extended, present, report.signingKey());
        if (leaf.isEmpty() && report.signingKey() == SigningKey.VLEK) {
            throw new CouldNotCheckException(
                    "the report's VLEK certificate is missing; AMD gives it to the cloud provider"
                            + " only, whose hosts hand it out in the report's certificate table");
        }
        if (leaf.isEmpty() && report.isChipHidden()) {
            throw new CouldNotCheckException(
                    "the report hides its chip, so AMD's service can't be asked for its key");
        }
        return new AmdNeeds(report, hierarchy, products(report, leaf), leaf.isPresent());
    }

    private static Optional<Certificate> leaf(
            ExtendedReport extended, Endorsements present, SigningKey key)
            throws MalformedException {
        var all = new ArrayList<>(extended.certificates());
        for (Endorsement one : present.all()) {
            if (one instanceof Endorsement.X509(var der)) {
                all.add(der);
            }
        }
        for (Bytes der : all) {
            Certificate certificate = Certificate.parse(der, "endorsements.certificate");
            if (certificate.subject().commonName().equals("SEV-" + key)) {
                return Optional.of(certificate);
            }
        }
        return Optional.empty();
    }

    private static List<SnpProduct> products(SnpReport report, Optional<Certificate> leaf)
            throws CouldNotCheckException {
        if (report.cpu().isPresent()) {
            return List.of(
                    SnpProduct.of(report.cpu().get().family(), report.cpu().get().model())
                            .orElseThrow(() ->
                                    new CouldNotCheckException(
                                            "no product is known for " + report.cpu().get())));
        }
        String issuer = leaf.map(one -> one.issuer().commonName()).orElse("");
        List<SnpProduct> named =
                Arrays.stream(SnpProduct.values())
                        .filter(product -> issuer.endsWith("-" + product.word()))
                        .toList();
        return named.isEmpty() ? List.of(SnpProduct.MILAN, SnpProduct.GENOA) : named;
    }
}
