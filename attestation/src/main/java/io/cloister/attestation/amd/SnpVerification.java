package io.cloister.attestation.amd;

import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.evidence.Claims;
import io.cloister.attestation.finding.CouldNotCheckException;
import io.cloister.attestation.finding.FindingCode;
import io.cloister.attestation.finding.Findings;
import io.cloister.attestation.pki.Certificate;
import io.cloister.attestation.pki.CertificatePool;
import io.cloister.attestation.pki.EcCurve;
import io.cloister.attestation.pki.ParsedDocuments;
import io.cloister.attestation.pki.SignatureChecks;
import io.cloister.attestation.pki.VendorRoots;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The procedure of spec/evidence.md §10, one method a step. Steps that need what an earlier one
/// did not establish are left out; all others run, so that every reason is found at once. Used
/// once, by one thread.
public final class SnpVerification {
    private final SnpReport report;
    private final CertificatePool pool;
    private final VendorRoots roots;
    private final SignatureChecks checks;
    private final Instant instant;
    private final Duration lateness;
    private final AbsentList absentList;
    private final Findings findings;
    private final List<String> missing = new ArrayList<>();

    private SnpVerification(
            SnpReport report,
            CertificatePool pool,
            VendorRoots roots,
            SignatureChecks checks,
            Instant instant,
            Duration lateness,
            AbsentList absentList,
            Findings findings) {
        this.report = report;
        this.pool = pool;
        this.roots = roots;
        this.checks = checks;
        this.instant = instant;
        this.lateness = lateness;
        this.absentList = absentList;
        this.findings = findings;
    }

    /// Verifies a report, alone or with a certificate table behind it.
    ///
    /// @param evidence the bytes as the platform gave them
    /// @param endorsements certificates and revocation lists, besides those of the table
    /// @param documents those read before
    /// @param lateness how long ago the newest revocation list may have expired; not negative
    /// @param absentList whether a revocation list must be there
    /// @param findings takes every check made
    /// @return the claims; empty unless every check was made and holds
    /// @throws CouldNotCheckException if an Endorsement is missing, and nothing speaks against the
    ///   report
    /// @throws MalformedException if report, table or an Endorsement is malformed
    public static Optional<Claims.Snp> verify(
            Bytes evidence,
            Endorsements endorsements,
            VendorRoots roots,
            SignatureChecks checks,
            ParsedDocuments documents,
            Instant instant,
            Duration lateness,
            AbsentList absentList,
            Findings findings)
            throws CouldNotCheckException, MalformedException {
        ExtendedReport extended = ExtendedReport.parse(evidence);
        return new SnpVerification(
                        extended.report(),
                        CertificatePool.of(
                                endorsements,
                                extended.certificates(),
                                extended.revocationLists(),
                                documents),
                        roots,
                        checks,
                        instant,
                        lateness,
                        absentList,
                        findings)
                .run();
    }

    CertificatePool pool() {
        return pool;
    }

    SignatureChecks checks() {
        return checks;
    }

    Instant instant() {
        return instant;
    }

    Duration lateness() {
        return lateness;
    }

    AbsentList absentList() {
        return absentList;
    }

    Findings findings() {
        return findings;
    }

    /// What would have to be there, each with where it is found.
    List<String> missing() {
        return missing;
    }

    private Optional<Claims.Snp> run() throws CouldNotCheckException {
        Optional<Claims.Snp> claims = signingKey() && cpu() ? underKey() : Optional.empty();
        if (findings.refuse()) {
            return Optional.empty();
        }
        if (!missing.isEmpty()) {
            throw new CouldNotCheckException("missing: " + String.join("; ", missing))
                    .after(findings.all());
        }
        return claims;
    }

    /// §10.1.
    private boolean signingKey() {
        if (report.signingKey() == SigningKey.NONE) {
            findings.notMet(
                    FindingCode.SNP_SIGNING_KEY,
                    "the report is not signed",
                    "vcek or vlek",
                    "none");
            return false;
        }
        findings.met(
                FindingCode.SNP_SIGNING_KEY,
                "the report says that a " + report.signingKey() + " signed it");
        return true;
    }

    /// §10.2: a processor that isn't known is refused; none is taken for another.
    private boolean cpu() {
        if (report.cpu().isPresent() && productOfCpu().isEmpty()) {
            findings.notMet(
                    FindingCode.SNP_PRODUCT,
                    "the report is of an unknown product line",
                    "Milan, Genoa or Turin",
                    report.cpu().get().toString());
            return false;
        }
        return true;
    }

    private Optional<SnpProduct> productOfCpu() {
        return report.cpu().flatMap(cpu -> SnpProduct.of(cpu.family(), cpu.model()));
    }

    private Optional<Claims.Snp> underKey() {
        List<Leaf> leaves =
                pool.certificates().stream()
                        .filter(certificate ->
                                certificate
                                        .subject()
                                        .commonName()
                                        .equals(report.signingKey().subjectName()))
                        .map(certificate -> Leaf.of(certificate, report))
                        .sorted()
                        .toList();
        if (leaves.isEmpty()) {
            missing.add(
                    "the certificate of the "
                            + report.signingKey()
                            + ", from "
                            + KeyDistribution.leaf(
                                    report,
                                    productOfCpu().map(SnpProduct::word).orElse("{product}")));
            return Optional.empty();
        }
        return firstFaultless(leaves);
    }

    /// Anyone can make a certificate that repeats the report's values and the right key, and hand
    /// it over beside the right one: so all are tried, and the first without a fault counts. If
    /// there is none, one for which something is missing decides, then the one that fits best.
    private Optional<Claims.Snp> firstFaultless(List<Leaf> leaves) {
        Optional<SnpVerification> decides = Optional.empty();
        for (Leaf leaf : leaves) {
            var trial =
                    new SnpVerification(
                            report,
                            pool,
                            roots,
                            checks,
                            instant,
                            lateness,
                            absentList,
                            new Findings());
            Optional<Claims.Snp> claims = trial.underLeaf(leaf);
            boolean refuses = trial.findings.refuse();
            if (!refuses && trial.missing.isEmpty()) {
                findings.add(trial.findings);
                return claims;
            }
            if (decides.isEmpty() || (decides.get().findings.refuse() && !refuses)) {
                decides = Optional.of(trial);
            }
        }
        decides.ifPresent(trial -> {
            findings.add(trial.findings);
            missing.addAll(trial.missing);
        });
        return Optional.empty();
    }

    private Optional<Claims.Snp> underLeaf(Leaf leaf) {
        signature(leaf.certificate());
        if (leaf.extensions().isEmpty()) {
            findings.notMet(
                    FindingCode.SNP_LEAF_PROFILE,
                    "the certificate of the " + report.signingKey() + " is not of AMD's profile",
                    "",
                    leaf.failure());
            return Optional.empty();
        }
        LeafExtensions extensions = leaf.extensions().get();
        SnpProduct product = extensions.product();
        profile(leaf.certificate(), extensions);
        product(product);
        tcb(extensions);
        chip(extensions);
        return new SnpChain(this, report.signingKey(), product, product.root(roots))
                .check(leaf.certificate())
                .map(chain ->
                        new Claims.Snp(
                                report,
                                product,
                                extensions.hardwareId(),
                                extensions.cloudProvider(),
                                chain.revocationAsOf(),
                                chain.validUntil()));
    }

    /// §10.2.
    private void product(SnpProduct product) {
        if (productOfCpu().isPresent() && productOfCpu().get() != product) {
            findings.notMet(
                    FindingCode.SNP_PRODUCT,
                    "report and certificate are of different product lines",
                    productOfCpu().get().word(),
                    product.word());
        } else {
            findings.met(FindingCode.SNP_PRODUCT, "the product line is " + product);
        }
    }

    /// §10.4.
    private void profile(Certificate leaf, LeafExtensions extensions) {
        boolean vcek = report.signingKey() == SigningKey.VCEK;
        Set<String> critical = leaf.criticalBesides(Set.of());
        var wrong = new ArrayList<String>();
        if (extensions.structVersion() != extensions.product().structVersion()) {
            wrong.add("structure version " + extensions.structVersion());
        }
        if (vcek == (extensions.hardwareId().length() == 0)) {
            wrong.add(vcek ? "no hwID" : "a hwID");
        }
        if (vcek != extensions.cloudProvider().isEmpty()) {
            wrong.add(vcek ? "a cspID" : "no cspID");
        }
        if (leaf.isCa()) {
            wrong.add("a CA");
        }
        if (!critical.isEmpty()) {
            wrong.add("critical extensions " + critical);
        }
        if (wrong.isEmpty()) {
            findings.met(
                    FindingCode.SNP_LEAF_PROFILE,
                    "the certificate of the " + report.signingKey() + " is of AMD's profile");
        } else {
            findings.notMet(
                    FindingCode.SNP_LEAF_PROFILE,
                    "the certificate of the " + report.signingKey() + " is not of AMD's profile",
                    "",
                    String.join(", ", wrong));
        }
    }

    /// §10.5.
    private void tcb(LeafExtensions extensions) {
        if (extensions.tcb().equals(report.reportedTcb())) {
            findings.met(
                    FindingCode.SNP_LEAF_TCB,
                    "the key stands for the reported TCB "
                            + report.reportedTcb().text(extensions.product()));
        } else {
            findings.notMet(
                    FindingCode.SNP_LEAF_TCB,
                    "the key stands for another TCB than the one reported",
                    report.reportedTcb().toString(),
                    extensions.tcb().toString());
        }
        List<TcbVersion> all =
                List.of(
                        report.reportedTcb(),
                        report.currentTcb(),
                        report.committedTcb(),
                        report.launchTcb());
        if (all.stream().allMatch(tcb -> tcb.isZeroWhereReserved(extensions.product()))) {
            findings.met(
                    FindingCode.SNP_TCB_RESERVED,
                    "the TCB versions are laid out as on " + extensions.product());
        } else {
            findings.notMet(
                    FindingCode.SNP_TCB_RESERVED,
                    "a TCB version is not laid out as on " + extensions.product(),
                    "zeros where " + extensions.product() + " has nothing",
                    all.toString());
        }
    }

    /// §10.6. A platform may hide its chip (SNP_CONFIG's MASK_CHIP_ID): then CHIP_ID is zero, and
    /// there is nothing to compare the certificate with. A VLEK names no chip.
    private void chip(LeafExtensions extensions) {
        if (report.signingKey() == SigningKey.VLEK) {
            findings.met(FindingCode.SNP_CHIP_ID, "a VLEK names no chip");
            return;
        }
        var padded = new byte[report.chipId().length()];
        byte[] hardwareId = extensions.hardwareId().toArray();
        System.arraycopy(hardwareId, 0, padded, 0, hardwareId.length);
        String certified = Bytes.copyOf(padded).hex();
        String reported = report.chipId().hex();
        if (report.isChipHidden() && hasBits(extensions.hardwareId())) {
            findings.notChecked(
                    FindingCode.SNP_CHIP_ID,
                    "the platform hides its chip, so the certificate's is compared with nothing",
                    certified,
                    reported);
        } else if (report.chipKeyMasked()) {
            findings.notMet(
                    FindingCode.SNP_CHIP_ID,
                    "the report names a chip and says that its key is masked",
                    "0".repeat(reported.length()),
                    reported);
        } else if (reported.equals(certified) && hasBits(extensions.hardwareId())) {
            findings.met(FindingCode.SNP_CHIP_ID, "the certificate is that of the report's chip");
        } else {
            findings.notMet(
                    FindingCode.SNP_CHIP_ID,
                    "the certificate is that of another chip",
                    reported,
                    certified);
        }
    }

    private static boolean hasBits(Bytes bytes) {
        for (byte one : bytes.toArray()) {
            if (one != 0) {
                return true;
            }
        }
        return false;
    }

    /// §10.3.
    private void signature(Certificate leaf) {
        try {
            if (checks.raw(
                    EcCurve.P384,
                    leaf.ecKey(EcCurve.P384),
                    report.signedBytes(),
                    report.signature())) {
                findings.met(
                        FindingCode.SNP_REPORT_SIGNATURE,
                        "the report's signature by the " + report.signingKey() + " verifies");
                return;
            }
            findings.notMet(
                    FindingCode.SNP_REPORT_SIGNATURE,
                    "the report is not signed by the key of this certificate",
                    "",
                    "");
        } catch (MalformedException e) {
            findings.notMet(
                    FindingCode.SNP_REPORT_SIGNATURE,
                    "the certificate's key can't have signed the report",
                    "a key on P-384",
                    String.valueOf(e.getMessage()));
        }
    }
}
