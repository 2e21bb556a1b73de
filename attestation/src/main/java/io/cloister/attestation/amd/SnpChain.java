package io.cloister.attestation.amd;

import io.cloister.attestation.finding.FindingCode;
import io.cloister.attestation.finding.Findings;
import io.cloister.attestation.pki.Certificate;
import io.cloister.attestation.pki.CertificatePool;
import io.cloister.attestation.pki.PinnedKey;
import io.cloister.attestation.pki.RevocationList;
import io.cloister.attestation.pki.SignatureAlgorithm;
import io.cloister.attestation.pki.SignatureChecks;
import io.cloister.protocol.MalformedException;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// From a leaf to the pinned root (spec/evidence.md §10.7 and §10.8): signatures, profile, dates,
/// revocation. Used once, by one thread.
final class SnpChain {
    private static final SignatureAlgorithm PSS = SignatureAlgorithm.RSA4096_PSS_SHA384;
    private static final Set<String> UNDERSTOOD =
            Set.of(Certificate.BASIC_CONSTRAINTS, Certificate.KEY_USAGE);

    private final CertificatePool pool;
    private final SignatureChecks checks;
    private final Instant instant;
    private final Duration lateness;
    private final AbsentList absentList;
    private final Findings findings;
    private final SigningKey key;
    private final SnpProduct product;
    private final PinnedKey pinned;
    private final List<String> missing;

    SnpChain(SnpVerification verification, SigningKey key, SnpProduct product, PinnedKey pinned) {
        this.pool = verification.pool();
        this.checks = verification.checks();
        this.instant = verification.instant();
        this.lateness = verification.lateness();
        this.absentList = verification.absentList();
        this.findings = verification.findings();
        this.missing = verification.missing();
        this.key = key;
        this.product = product;
        this.pinned = pinned;
    }

    /// What the chain stands on.
    ///
    /// @param revocationAsOf issue of the revocation list
    /// @param validUntil first end of all
    record Established(Instant revocationAsOf, Instant validUntil) {}

    /// Checks all that is there. Empty if something is missing, which is said in what is missing
    /// or, of a revocation list that may be, in the findings. Whether the rest holds is in the
    /// findings.
    Optional<Established> check(Certificate leaf) {
        valid(leaf, "the " + key.subjectName() + " certificate");
        Optional<Certificate> issuer = issuer(leaf);
        if (issuer.isEmpty()) {
            missing.add(
                    "the certificate of "
                            + leaf.issuer()
                            + ", from "
                            + KeyDistribution.chain(key, product.word()));
            return Optional.empty();
        }
        signed(leaf, issuer.get());
        profile(issuer.get(), product.issuerName(key), issuer.get().maySignCertificates());
        valid(issuer.get(), "the issuer's certificate");
        return underIssuer(leaf, issuer.get());
    }

    private Optional<Established> underIssuer(Certificate leaf, Certificate issuer) {
        Optional<Certificate> root = root(issuer);
        if (root.isEmpty()) {
            missing.add(
                    "the certificate of "
                            + issuer.issuer()
                            + ", from "
                            + KeyDistribution.chain(key, product.word()));
            return Optional.empty();
        }
        pinned(root.get());
        signed(issuer, root.get());
        signed(root.get(), root.get());
        profile(
                root.get(),
                pinned.name(),
                root.get().maySignCertificates()
                        && root.get().maySignRevocationLists()
                        && root.get().pathLength() > 0);
        valid(root.get(), "the root's certificate");
        return revocation(issuer, root.get())
                .map(list ->
                        new Established(
                                list.thisUpdate(),
                                earliest(
                                        leaf.notAfter(),
                                        issuer.notAfter(),
                                        root.get().notAfter(),
                                        list.nextUpdate())));
    }

    /// Several certificates may bear one name and even one key, after one was revoked. What fits
    /// best goes first; the checks that follow decide.
    private Optional<Certificate> issuer(Certificate leaf) {
        return pool.of(leaf.issuer()).stream()
                .max(
                        Comparator.comparing((Certificate issuer) -> isSignedBy(leaf, issuer))
                                .thenComparing(this::isUnderARoot)
                                .thenComparing(issuer -> issuer.isValidAt(instant)));
    }

    private boolean isUnderARoot(Certificate issuer) {
        return pool.of(issuer.issuer()).stream()
                .anyMatch(root ->
                        pinned.matches(root)
                                && isSignedBy(issuer, root)
                                && pool.listsOf(root.subject()).stream()
                                        .noneMatch(list -> list.revokes(issuer.serial())));
    }

    /// A root of the right name and another key that signed nothing is none: it says nothing of
    /// whoever did. One that did sign the issuer is refused.
    private Optional<Certificate> root(Certificate issuer) {
        return pool.of(issuer.issuer()).stream()
                .filter(root -> pinned.matches(root) || isSignedBy(issuer, root))
                .max(
                        Comparator.comparing(pinned::matches)
                                .thenComparing(root -> isSignedBy(root, root))
                                .thenComparing(root -> root.isValidAt(instant)));
    }

    private void pinned(Certificate root) {
        if (pinned.matches(root)) {
            findings.met(FindingCode.SNP_ROOT_PINNED, "the root's key is that of " + pinned.name());
        } else {
            findings.notMet(
                    FindingCode.SNP_ROOT_PINNED,
                    "the root's key is not that of " + pinned.name(),
                    pinned.key().toString(),
                    root.publicKeyDigest().toString());
        }
    }

    private void signed(Certificate certificate, Certificate issuer) {
        if (isSignedBy(certificate, issuer)) {
            findings.met(
                    FindingCode.SNP_CHAIN_SIGNATURE,
                    issuer.subject() + " signed the certificate of " + certificate.subject());
        } else {
            findings.notMet(
                    FindingCode.SNP_CHAIN_SIGNATURE,
                    issuer.subject() + " did not sign the certificate of " + certificate.subject(),
                    "",
                    "");
        }
    }

    /// Names are compared as bytes, so an issuer's name is that of the certificate it led to.
    private void profile(Certificate certificate, String name, boolean mayIssue) {
        Set<String> unknown = certificate.criticalBesides(UNDERSTOOD);
        if (certificate.subject().commonName().equals(name) && mayIssue && unknown.isEmpty()) {
            findings.met(
                    FindingCode.SNP_CHAIN_PROFILE, "the certificate of " + name + " may issue");
        } else {
            findings.notMet(
                    FindingCode.SNP_CHAIN_PROFILE,
                    "the certificate is not what " + name + " must have",
                    name + ", which may issue certificates",
                    certificate.subject()
                            + (mayIssue ? "" : ", which may not issue")
                            + (unknown.isEmpty() ? "" : ", with critical extensions " + unknown));
        }
    }

    private void valid(Certificate certificate, String what) {
        if (certificate.isValidAt(instant)) {
            findings.met(
                    FindingCode.SNP_CHAIN_VALID,
                    what + " is valid until " + certificate.notAfter());
        } else {
            findings.notMet(
                    FindingCode.SNP_CHAIN_VALID,
                    what + " is not valid at this time",
                    certificate.notBefore() + " to " + certificate.notAfter(),
                    instant.toString());
        }
    }

    /// A list that someone else signed counts for nothing; of the others, every one that names a
    /// serial number revokes.
    private Optional<RevocationList> revocation(Certificate issuer, Certificate root) {
        List<RevocationList> lists = pool.listsOf(root.subject());
        Optional<RevocationList> latest =
                lists.stream()
                        .max(
                                Comparator.comparing(
                                                (RevocationList list) -> isSignedBy(list, root))
                                        .thenComparing(list -> list.isValidAt(instant))
                                        .thenComparing(RevocationList::thisUpdate));
        if (latest.isEmpty() && mayLeaveOut()) {
            findings.notChecked(
                    FindingCode.SNP_REVOCATION_CHECKED,
                    "nobody knows whether issuer or root is revoked: there is no revocation list",
                    "the revocation list of " + root.subject(),
                    "none");
            return Optional.empty();
        }
        if (latest.isEmpty()) {
            missing.add(
                    "the revocation list of "
                            + root.subject()
                            + ", from "
                            + KeyDistribution.revocationList(key, product.word()));
            return Optional.empty();
        }
        listSigned(latest.get(), root);
        listCurrent(latest.get());
        notRevoked(lists, List.of(issuer, root), root);
        return latest;
    }

    private boolean mayLeaveOut() {
        return switch (absentList) {
            case COULD_NOT_CHECK -> false;
            case LEAVES_REVOCATION_UNCHECKED -> pool.revocationLists().isEmpty();
        };
    }

    private void listSigned(RevocationList list, Certificate root) {
        if (isSignedBy(list, root)) {
            findings.met(
                    FindingCode.SNP_CRL_SIGNATURE,
                    "the revocation list is signed by " + root.subject());
        } else {
            findings.notMet(
                    FindingCode.SNP_CRL_SIGNATURE,
                    "the revocation list is not signed by " + root.subject(),
                    "",
                    "");
        }
    }

    private void listCurrent(RevocationList list) {
        if (list.isValidAt(instant)) {
            findings.met(
                    FindingCode.SNP_CRL_CURRENT,
                    "the revocation list is current until " + list.nextUpdate());
        } else if (instant.isAfter(list.nextUpdate())
                && !instant.isAfter(list.nextUpdate().plus(lateness))) {
            findings.relaxed(
                    FindingCode.SNP_CRL_CURRENT,
                    "the revocation list has expired; it counts for "
                            + lateness.toDays()
                            + " days longer",
                    list.thisUpdate() + " to " + list.nextUpdate(),
                    instant.toString());
        } else {
            findings.notMet(
                    FindingCode.SNP_CRL_CURRENT,
                    "the revocation list is not current at this time",
                    list.thisUpdate() + " to " + list.nextUpdate(),
                    instant.toString());
        }
    }

    private void notRevoked(
            List<RevocationList> lists, List<Certificate> certificates, Certificate root) {
        var revoked = new ArrayList<String>();
        for (Certificate certificate : certificates) {
            if (lists.stream()
                    .anyMatch(
                            list -> list.revokes(certificate.serial()) && isSignedBy(list, root))) {
                revoked.add(
                        certificate.subject()
                                + " with serial "
                                + certificate.serial().toString(16));
            }
        }
        if (revoked.isEmpty()) {
            findings.met(FindingCode.SNP_NOT_REVOKED, "neither issuer nor root is revoked");
        } else {
            findings.notMet(
                    FindingCode.SNP_NOT_REVOKED,
                    "a certificate of the chain is revoked",
                    "",
                    String.join(", ", revoked));
        }
    }

    private boolean isSignedBy(Certificate certificate, Certificate issuer) {
        try {
            return certificate.isSignedBy(issuer, PSS, checks);
        } catch (MalformedException _) {
            // The issuer's key is none that AMD signs with.
            return false;
        }
    }

    private boolean isSignedBy(RevocationList list, Certificate root) {
        try {
            return list.isSignedBy(root, PSS, checks);
        } catch (MalformedException _) {
            return false;
        }
    }

    private static Instant earliest(Instant... instants) {
        return List.of(instants).stream().min(Comparator.naturalOrder()).orElseThrow();
    }
}
