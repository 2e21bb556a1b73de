package io.cloister.client.endorsement;

import io.cloister.attestation.amd.ExtendedReport;
import io.cloister.attestation.amd.SigningKey;
import io.cloister.attestation.amd.SnpProduct;
import io.cloister.attestation.amd.SnpReport;
import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.finding.CouldNotCheckException;
import io.cloister.attestation.pki.Certificate;
import io.cloister.client.endorsement.AmdDocuments.Hierarchy;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// What a report needs from AMD's service. Nobody has verified it yet.
///
/// @param report the report
/// @param hierarchy under which its key is
/// @param products those it may be of; only reports of version 2 leave more than one
/// @param leaves certificates that are there already and may be that of its key
record AmdNeeds(
        SnpReport report,
        Hierarchy hierarchy,
        List<SnpProduct> products,
        List<Certificate> leaves) {
    AmdNeeds {
        products = List.copyOf(products);
        leaves = List.copyOf(leaves);
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
        List<Certificate> leaves = leaves(extended, present, report.signingKey());
        var needs = new AmdNeeds(report, hierarchy, products(report, leaves), leaves);
        if (leaves.isEmpty()) {
            needs.requireServed();
        }
        return needs;
    }

    /// That AMD's service gives out the certificate of the report's key.
    void requireServed() throws CouldNotCheckException {
        if (report.signingKey() == SigningKey.VLEK) {
            throw new CouldNotCheckException(
                    "the report's VLEK certificate is missing; AMD gives it to the cloud provider"
                            + " only, whose hosts hand it out in the report's certificate table");
        }
        if (report.isChipHidden()) {
            throw new CouldNotCheckException(
                    "the report hides its chip, so AMD's service can't be asked for its key");
        }
    }

    private static List<Certificate> leaves(
            ExtendedReport extended, Endorsements present, SigningKey key)
            throws MalformedException {
        var all = new ArrayList<Certificate>();
        for (Bytes der : extended.certificates()) {
            all.add(Certificate.parse(der, "evidence.certificate"));
        }
        all.addAll(Chains.readable(present));
        all.removeIf(one -> !one.subject().commonName().equals("SEV-" + key));
        return all;
    }

    private static List<SnpProduct> products(SnpReport report, List<Certificate> leaves)
            throws CouldNotCheckException {
        if (report.cpu().isPresent()) {
            return List.of(
                    SnpProduct.of(report.cpu().get().family(), report.cpu().get().model())
                            .orElseThrow(() ->
                                    new CouldNotCheckException(
                                            "no product is known for " + report.cpu().get())));
        }
        List<SnpProduct> named =
                Arrays.stream(SnpProduct.values())
                        .filter(product ->
                                leaves.stream()
                                        .anyMatch(leaf ->
                                                leaf.issuer()
                                                        .commonName()
                                                        .endsWith("-" + product.word())))
                        .toList();
        return named.isEmpty() ? List.of(SnpProduct.MILAN, SnpProduct.GENOA) : named;
    }
}
