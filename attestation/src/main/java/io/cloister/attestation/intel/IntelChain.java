package io.cloister.attestation.intel;

import io.cloister.attestation.finding.CouldNotCheckException;
import io.cloister.attestation.finding.FindingCode;
import io.cloister.attestation.pki.Certificate;
import io.cloister.attestation.pki.PinnedKey;
import io.cloister.attestation.pki.RevocationList;
import io.cloister.protocol.MalformedException;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Intel's hierarchy: root, PCK authorities, PCK certificates, TCB signer, and their revocation
/// lists. Certificates come in no order; each role is found by name and decided by signature. Where
/// several certificates fit a role, as with the renewed TCB signer, the one without a fault counts.
final class IntelChain {
    static final String PCK_NAME = "SGX PCK Certificate";
    static final String TCB_SIGNER_NAME = "Intel SGX TCB Signing";

    private static final Set<String> PCK_AUTHORITIES =
            Set.of("Intel SGX PCK Platform CA", "Intel SGX PCK Processor CA");
    private static final String AUTHORITY_KEY_ID = "2.5.29.35";
    private static final String SUBJECT_KEY_ID = "2.5.29.14";
    private static final String CRL_DISTRIBUTION_POINTS = "2.5.29.31";
    private static final List<String> REQUIRED =
            List.of(
                    AUTHORITY_KEY_ID,
                    CRL_DISTRIBUTION_POINTS,
                    SUBJECT_KEY_ID,
                    Certificate.KEY_USAGE,
                    Certificate.BASIC_CONSTRAINTS);
    private static final Set<String> UNDERSTOOD =
            Set.of(
                    AUTHORITY_KEY_ID,
                    CRL_DISTRIBUTION_POINTS,
                    SUBJECT_KEY_ID,
                    Certificate.KEY_USAGE,
                    Certificate.BASIC_CONSTRAINTS,
                    PckExtension.OID);

    private final IntelMaterial material;
    private final PinnedKey pinned;
    private final CheckList checks;

    IntelChain(IntelMaterial material, PinnedKey pinned, CheckList checks) {
        this.material = material;
        this.pinned = pinned;
        this.checks = checks;
    }

    /// Who vouches for a PCK certificate.
    ///
    /// @param root whose key is pinned
    /// @param revoked its revocation lists that count now
    record Authorities(Certificate root, List<RevocationList> revoked) {
        Authorities {
            revoked = List.copyOf(revoked);
        }
    }

    /// §9.2 and §9.3: the chain of a PCK certificate, and that nothing in it is revoked.
    ///
    /// @return who vouches for it, right or not; empty if nobody does who may
    Optional<Authorities> verify(Certificate pck)
            throws CouldNotCheckException, MalformedException {
        Optional<Certificate> found = root();
        if (found.isEmpty()) {
            return Optional.empty();
        }
        Certificate root = found.get();
        if (!PCK_AUTHORITIES.contains(pck.issuer().commonName())) {
            checks.require(
                    FindingCode.INTEL_CERTIFICATE_PROFILE,
                    false,
                    "",
                    "the PCK certificate is issued by nobody who may",
                    "one of " + PCK_AUTHORITIES,
                    pck.issuer().commonName());
            return Optional.empty();
        }
        Certificate authority = authority(pck, root);
        pck(pck, authority);
        List<Certificate> issuers = List.of(root, authority);
        List<RevocationList> ofRoot = lists(root, issuers);
        unrevoked(authority, ofRoot);
        unrevoked(pck, lists(authority, issuers));
        return Optional.of(new Authorities(root, ofRoot));
    }

    /// One check of a certificate in a role.
    @FunctionalInterface
    private interface Check {
        void run(Certificate certificate, CheckList trial) throws MalformedException;
    }

    /// §9.2. The root is whatever certificate carries the pinned key: there are several, over the
    /// years. Each of them must be a root; one that is valid counts.
    private Optional<Certificate> root() throws CouldNotCheckException, MalformedException {
        List<Certificate> pinnedOnes =
                material.pool().certificates().stream().filter(pinned::matches).toList();
        if (pinnedOnes.isEmpty()) {
            requireNoOtherRoot();
            return Optional.empty();
        }
        checks.require(
                FindingCode.INTEL_ROOT,
                true,
                "the chain ends at Intel's pinned root key",
                "",
                "",
                "");
        for (Certificate root : pinnedOnes) {
            rootProfile(root, checks);
        }
        return Optional.of(best(pinnedOnes, this::validity));
    }

    private void requireNoOtherRoot() throws CouldNotCheckException {
        Optional<Certificate> other =
                material.pool().certificates().stream()
                        .filter(one -> one.subject().equals(one.issuer()))
                        .findFirst();
        if (other.isEmpty()) {
            throw new CouldNotCheckException(
                    "neither the quote nor the Endorsements hold the certificate \""
                            + pinned.name()
                            + "\"; it comes from "
                            + pinned.origin());
        }
        checks.require(
                FindingCode.INTEL_ROOT,
                false,
                "",
                "the chain ends at another root than Intel's",
                pinned.key().toString(),
                other.get().publicKeyDigest().toString());
    }

    private void rootProfile(Certificate root, CheckList list) throws MalformedException {
        boolean named =
                root.subject().commonName().equals(pinned.name())
                        && root.subject().equals(root.issuer());
        profile(root, list, named && isAuthority(root, 1), "a self-issued CA " + pinned.name());
        signature(root, root, list);
    }

    /// §9.2. The authority that issued a PCK certificate.
    private Certificate authority(Certificate pck, Certificate root)
            throws CouldNotCheckException, MalformedException {
        List<Certificate> named = material.pool().of(pck.issuer());
        if (named.isEmpty()) {
            throw new CouldNotCheckException(
                    "neither the quote nor the Endorsements hold the certificate of \""
                            + pck.issuer()
                            + "\", which issued the PCK certificate; Intel's service sends it with"
                            + " the PCK certificate");
        }
        return best(
                named,
                (authority, trial) -> {
                    profile(authority, trial, isAuthority(authority, 0), "a CA");
                    signature(authority, root, trial);
                    validity(authority, trial);
                });
    }

    /// §9.2. The PCK certificate itself.
    private void pck(Certificate pck, Certificate authority) throws MalformedException {
        profile(
                pck,
                checks,
                pck.subject().commonName().contains(PCK_NAME)
                        && isLeaf(pck)
                        && pck.extension(PckExtension.OID).isPresent(),
                "no CA, named " + PCK_NAME + ", with extension " + PckExtension.OID);
        signature(pck, authority, checks);
        validity(pck, checks);
    }

    /// §9.5. Who signs TCB info and QE identity. It was renewed with the same key.
    Certificate tcbSigner(Authorities authorities)
            throws CouldNotCheckException, MalformedException {
        List<Certificate> named =
                material.pool().certificates().stream()
                        .filter(one -> one.subject().commonName().equals(TCB_SIGNER_NAME))
                        .toList();
        if (named.isEmpty()) {
            throw new CouldNotCheckException(
                    "the Endorsements do not hold the certificate \""
                            + TCB_SIGNER_NAME
                            + "\"; Intel's service sends it with the TCB info");
        }
        Certificate tcbSigner =
                best(
                        named,
                        (signer, trial) -> {
                            profile(signer, trial, isLeaf(signer), "no CA, that may sign data");
                            signature(signer, authorities.root(), trial);
                            validity(signer, trial);
                        });
        unrevoked(tcbSigner, authorities.revoked());
        return tcbSigner;
    }

    /// §9.3. The lists of `issuer` that count now: signed by it, and between their updates.
    ///
    /// @param issuers whose lists are of use here; a list of anyone else is a wrong one
    private List<RevocationList> lists(Certificate issuer, List<Certificate> issuers)
            throws CouldNotCheckException, MalformedException {
        List<RevocationList> named = material.pool().listsOf(issuer.subject());
        if (named.isEmpty()) {
            requireNoStranger(issuer, issuers);
            return List.of();
        }
        var counting = new ArrayList<RevocationList>();
        Optional<CheckList> reported = Optional.empty();
        for (RevocationList list : named) {
            CheckList trial = checks.trial();
            listCounts(list, issuer, trial);
            if (!trial.refuses()) {
                counting.add(list);
            }
            if (reported.isEmpty() || (reported.get().refuses() && !trial.refuses())) {
                reported = Optional.of(trial);
            }
        }
        reported.ifPresent(checks::adopt);
        return counting;
    }

    private void requireNoStranger(Certificate issuer, List<Certificate> issuers)
            throws CouldNotCheckException {
        Optional<RevocationList> stranger =
                material.pool().revocationLists().stream()
                        .filter(list ->
                                issuers.stream()
                                        .noneMatch(one -> one.subject().equals(list.issuer())))
                        .findFirst();
        if (stranger.isEmpty()) {
            throw new CouldNotCheckException(
                    "the Endorsements do not hold the revocation list of \""
                            + issuer.subject()
                            + "\"; it comes from Intel's service");
        }
        checks.require(
                FindingCode.INTEL_CRL_ISSUER,
                false,
                "",
                "the revocation list is by somebody else than the issuer of the certificate",
                issuer.subject().commonName(),
                stranger.get().issuer().commonName());
    }

    private void listCounts(RevocationList list, Certificate issuer, CheckList trial)
            throws MalformedException {
        String what = "the revocation list of \"" + issuer.subject() + "\"";
        trial.require(
                FindingCode.INTEL_CRL_SIGNATURE,
                issuer.maySignRevocationLists() && material.isSigned(list, issuer),
                what + " is signed by it",
                what + " is not signed by it",
                "",
                "");
        trial.within(FindingCode.INTEL_CRL_CURRENT, what, list.thisUpdate(), list.nextUpdate());
    }

    /// §9.3. That none of `lists` names `certificate`.
    private void unrevoked(Certificate certificate, List<RevocationList> lists) {
        if (lists.isEmpty()) {
            return;
        }
        checks.require(
                FindingCode.INTEL_CERTIFICATE_UNREVOKED,
                lists.stream().noneMatch(list -> list.revokes(certificate.serial())),
                "\"" + certificate.subject() + "\" is not revoked",
                "\"" + certificate.subject() + "\" is revoked by its issuer",
                () -> "a serial number that is not listed",
                () -> certificate.serial().toString(16));
    }

    private void profile(Certificate certificate, CheckList list, boolean role, String expectedRole)
            throws MalformedException {
        material.key(certificate);
        List<String> missing =
                REQUIRED.stream().filter(oid -> certificate.extension(oid).isEmpty()).toList();
        Set<String> unknown = certificate.criticalBesides(UNDERSTOOD);
        String what = "\"" + certificate.subject() + "\"";
        list.require(
                FindingCode.INTEL_CERTIFICATE_PROFILE,
                role && missing.isEmpty() && unknown.isEmpty(),
                what + " is what its place in the chain demands",
                what + " is not what its place in the chain demands",
                () -> expectedRole + ", with extensions " + REQUIRED,
                () ->
                        (role ? "" : "another role; ")
                                + "missing "
                                + missing
                                + ", unknown critical "
                                + unknown);
    }

    private void signature(Certificate certificate, Certificate issuer, CheckList list)
            throws MalformedException {
        String link = "\"" + certificate.subject() + "\" is ";
        list.require(
                FindingCode.INTEL_CERTIFICATE_SIGNATURE,
                certificate.issuer().equals(issuer.subject())
                        && material.isSigned(certificate, issuer),
                link + "signed by \"" + issuer.subject() + "\"",
                link + "not signed by \"" + issuer.subject() + "\"",
                issuer.subject().commonName(),
                certificate.issuer().commonName());
    }

    private void validity(Certificate certificate, CheckList list) {
        list.within(
                FindingCode.INTEL_CERTIFICATE_VALIDITY,
                "the certificate \"" + certificate.subject() + "\"",
                certificate.notBefore(),
                certificate.notAfter());
    }

    private static boolean isAuthority(Certificate certificate, int below) {
        return certificate.maySignCertificates()
                && certificate.maySignRevocationLists()
                && certificate.pathLength() >= below;
    }

    private static boolean isLeaf(Certificate certificate) {
        return !certificate.isCa() && certificate.maySignData();
    }

    /// The first of `candidates` without a fault; if each has one, the first, with its faults.
    private Certificate best(List<Certificate> candidates, Check check) throws MalformedException {
        Optional<CheckList> first = Optional.empty();
        for (Certificate candidate : candidates) {
            CheckList trial = checks.trial();
            check.run(candidate, trial);
            if (!trial.refuses()) {
                checks.adopt(trial);
                return candidate;
            }
            first = first.isEmpty() ? Optional.of(trial) : first;
        }
        first.ifPresent(checks::adopt);
        return candidates.getFirst();
    }
}
