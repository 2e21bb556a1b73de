package io.cloister.attestation.intel;

import io.cloister.attestation.finding.CouldNotCheckException;
import io.cloister.attestation.finding.FindingCode;
import io.cloister.attestation.pki.Certificate;
import io.cloister.attestation.pki.PinnedKey;
import io.cloister.attestation.pki.RevocationList;
import io.cloister.protocol.MalformedException;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Intel's hierarchy: root, PCK authorities, PCK certificates, TCB signer, and their revocation
/// lists. Certificates come in no order; each role is found by name and decided by signature. Where
/// several certificates fit a role, as with the renewed TCB signer, one without a fault counts.
final class IntelChain {
    static final String PCK_NAME = "SGX PCK Certificate";
    static final String TCB_SIGNER_NAME = "Intel SGX TCB Signing";

    static final String PLATFORM_CA = "Intel SGX PCK Platform CA";

    static final Set<String> PCK_AUTHORITIES = Set.of(PLATFORM_CA, "Intel SGX PCK Processor CA");
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

    /// Who may sign TCB info and QE identity.
    ///
    /// @param certificate the signer's
    /// @param trial what was found of it, to be taken over once it is used
    record Signer(Certificate certificate, CheckList trial) {}

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
        Optional<Certificate> found = root(pck);
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
        List<Certificate> named = material.pool().of(pck.issuer());
        if (named.isEmpty()) {
            throw new CouldNotCheckException(
                    "neither the quote nor the Endorsements hold the certificate of \""
                            + pck.issuer()
                            + "\", which issued the PCK certificate; Intel's service sends it with"
                            + " the PCK certificate");
        }
        return Optional.of(
                Candidates.first(
                        named, checks, (authority, trial) -> under(root, authority, pck, trial)));
    }

    /// The chain by way of one authority.
    private Authorities under(
            Certificate root, Certificate authority, Certificate pck, CheckList trial)
            throws CouldNotCheckException, MalformedException {
        profile(authority, trial, isAuthority(authority, 0), "a CA");
        signature(authority, root, trial);
        validity(authority, trial);
        pck(pck, authority, trial);
        Optional<CouldNotCheckException> missing = Optional.empty();
        List<RevocationList> ofRoot = List.of();
        try {
            ofRoot = lists(root, trial);
            unrevoked(authority, ofRoot, trial);
        } catch (CouldNotCheckException e) {
            missing = Optional.of(e);
        }
        try {
            unrevoked(pck, lists(authority, trial), trial);
        } catch (CouldNotCheckException e) {
            missing = missing.or(() -> Optional.of(e));
        }
        // What is refused by what is there stays refused, whatever else is missing.
        if (missing.isPresent() && !trial.refuses()) {
            throw missing.get();
        }
        return new Authorities(root, ofRoot);
    }

    /// §9.2. The root is whatever certificate carries the pinned key: there are several, over the
    /// years. One that is a root and valid counts.
    private Optional<Certificate> root(Certificate pck)
            throws CouldNotCheckException, MalformedException {
        List<Certificate> pinnedOnes =
                material.pool().certificates().stream().filter(pinned::matches).toList();
        if (pinnedOnes.isEmpty()) {
            requireNoOtherRoot(pck);
            return Optional.empty();
        }
        checks.require(
                FindingCode.INTEL_ROOT,
                true,
                "the chain ends at Intel's pinned root key",
                "",
                "",
                "");
        return Optional.of(
                Candidates.first(
                        pinnedOnes,
                        checks,
                        (root, trial) -> {
                            rootProfile(root, trial);
                            validity(root, trial);
                            return root;
                        }));
    }

    /// Without the pinned root nothing can be said, unless all that issued the PCK certificate is
    /// by another root, which is there.
    private void requireNoOtherRoot(Certificate pck) throws CouldNotCheckException {
        List<Certificate> authorities =
                material.pool().of(pck.issuer()).stream()
                        .filter(one -> material.hasSigned(one, pck))
                        .toList();
        List<Certificate> others =
                authorities.stream().flatMap(one -> rootOf(one).stream()).toList();
        if (others.isEmpty() || others.size() < authorities.size()) {
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
                others.getFirst().publicKeyDigest().toString());
    }

    private Optional<Certificate> rootOf(Certificate authority) {
        return material.pool().of(authority.issuer()).stream()
                .filter(one ->
                        one.issuer().equals(one.subject()) && material.hasSigned(one, authority))
                .findFirst();
    }

    private void rootProfile(Certificate root, CheckList list) throws MalformedException {
        boolean named =
                root.subject().commonName().equals(pinned.name())
                        && root.subject().equals(root.issuer());
        profile(root, list, named && isAuthority(root, 1), "a self-issued CA " + pinned.name());
        signature(root, root, list);
    }

    /// §9.2. The PCK certificate itself.
    private void pck(Certificate pck, Certificate authority, CheckList list)
            throws MalformedException {
        profile(
                pck,
                list,
                pck.subject().commonName().contains(PCK_NAME)
                        && isLeaf(pck)
                        && pck.extension(PckExtension.OID).isPresent(),
                "no CA, named " + PCK_NAME + ", with extension " + PckExtension.OID);
        signature(pck, authority, list);
        validity(pck, list);
    }

    /// §9.5. Those who may sign TCB info and QE identity; there were several over the years. If
    /// none may, the first, and its faults are recorded.
    ///
    /// @return at least one
    List<Signer> tcbSigners(Authorities authorities)
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
        var faultless = new ArrayList<Signer>();
        for (Certificate one : named) {
            CheckList trial = checks.trial();
            if (isFaultless(one, authorities, trial)) {
                faultless.add(new Signer(one, trial));
            }
        }
        if (!faultless.isEmpty()) {
            return faultless;
        }
        Certificate faulty =
                Candidates.first(
                        named,
                        checks,
                        (one, trial) -> {
                            tcbSigner(one, authorities, trial);
                            return one;
                        });
        return List.of(new Signer(faulty, checks.trial()));
    }

    private boolean isFaultless(Certificate signer, Authorities authorities, CheckList trial) {
        try {
            tcbSigner(signer, authorities, trial);
            return !trial.refuses();
        } catch (MalformedException _) {
            return false;
        }
    }

    private void tcbSigner(Certificate signer, Authorities authorities, CheckList trial)
            throws MalformedException {
        profile(signer, trial, isLeaf(signer), "no CA, that may sign data");
        signature(signer, authorities.root(), trial);
        validity(signer, trial);
        unrevoked(signer, authorities.revoked(), trial);
    }

    /// §9.3. The lists of `issuer` that count now: signed by it, and between their updates. Those
    /// of others say nothing here.
    private List<RevocationList> lists(Certificate issuer, CheckList checks)
            throws CouldNotCheckException, MalformedException {
        List<RevocationList> named =
                material.pool().listsOf(issuer.subject()).stream()
                        .sorted(Comparator.comparing(RevocationList::thisUpdate).reversed())
                        .toList();
        if (named.isEmpty()) {
            throw new CouldNotCheckException(
                    "the Endorsements do not hold the revocation list of \""
                            + issuer.subject()
                            + "\"; it comes from Intel's service");
        }
        var counting = new ArrayList<RevocationList>();
        Optional<CheckList> reported = Optional.empty();
        for (RevocationList list : named) {
            CheckList trial = checks.trial();
            if (listSigned(list, issuer, trial)) {
                trial.within(
                        FindingCode.INTEL_CRL_CURRENT,
                        what(issuer),
                        list.thisUpdate(),
                        list.nextUpdate());
            }
            if (!trial.refuses()) {
                counting.add(list);
            }
            if (reported.isEmpty() || (reported.get().refuses() && !trial.refuses())) {
                reported = Optional.of(trial);
            }
        }
        List<RevocationList> late = counting.isEmpty() ? late(named, issuer, checks) : List.of();
        if (late.isEmpty()) {
            reported.ifPresent(checks::adopt);
        }
        return late.isEmpty() ? counting : late;
    }

    /// If none counts now: those of `issuer` that did, if the newest that is there is not later
    /// than it may be. Each of them says what is revoked.
    private List<RevocationList> late(
            List<RevocationList> named, Certificate issuer, CheckList checks)
            throws MalformedException {
        var signed = new ArrayList<RevocationList>();
        for (RevocationList list : named) {
            if (listSigned(list, issuer, checks.trial())) {
                signed.add(list);
            }
        }
        Optional<RevocationList> newest =
                signed.stream().max(Comparator.comparing(RevocationList::thisUpdate));
        if (newest.isEmpty()) {
            return List.of();
        }
        CheckList trial = checks.trial();
        listSigned(newest.get(), issuer, trial);
        trial.withinOrLate(
                FindingCode.INTEL_CRL_CURRENT,
                what(issuer),
                newest.get().thisUpdate(),
                newest.get().nextUpdate());
        if (trial.refuses()) {
            return List.of();
        }
        checks.adopt(trial);
        return signed;
    }

    private static String what(Certificate issuer) {
        return "the revocation list of \"" + issuer.subject() + "\"";
    }

    private boolean listSigned(RevocationList list, Certificate issuer, CheckList trial)
            throws MalformedException {
        return trial.require(
                FindingCode.INTEL_CRL_SIGNATURE,
                issuer.maySignRevocationLists() && material.isSigned(list, issuer),
                what(issuer) + " is signed by it",
                what(issuer) + " is not signed by it",
                "",
                "");
    }

    /// §9.3. That none of `lists` names `certificate`.
    private static void unrevoked(
            Certificate certificate, List<RevocationList> lists, CheckList list) {
        if (lists.isEmpty()) {
            return;
        }
        list.require(
                FindingCode.INTEL_CERTIFICATE_UNREVOKED,
                lists.stream().noneMatch(one -> one.revokes(certificate.serial())),
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

    private static void validity(Certificate certificate, CheckList list) {
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
}
