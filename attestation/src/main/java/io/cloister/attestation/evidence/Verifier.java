package io.cloister.attestation.evidence;

import io.cloister.attestation.amd.AbsentList;
import io.cloister.attestation.amd.SnpVerification;
import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.finding.CouldNotCheckException;
import io.cloister.attestation.finding.Findings;
import io.cloister.attestation.intel.IntelVerification;
import io.cloister.attestation.intel.SgxReport;
import io.cloister.attestation.intel.TdReport;
import io.cloister.attestation.intel.TeeType;
import io.cloister.attestation.pki.ParsedDocuments;
import io.cloister.attestation.pki.SignatureChecks;
import io.cloister.attestation.pki.VendorRoots;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// Decides whether Evidence is authentic.
///
/// *Holds for what it accepts*: every signature from the statement up to a root verifies (a pinned
/// vendor's for hardware, one among the Endorsements for simulation), nothing on the way is
/// revoked, and all of it is valid at the given instant. *Does not hold*: that the platform,
/// measurement, TCB or report data are the right ones. No network, no clock. Safe for use by many
/// threads.
public final class Verifier {
    private final VendorRoots roots;
    private final SignatureChecks chainChecks;
    private final ParsedDocuments documents = new ParsedDocuments();
    private final IntelVerification intel;

    /// A verifier under `roots`. Production code uses [#standard].
    ///
    /// @param roots the hardware vendors'
    /// @param checks what checks signatures
    public Verifier(VendorRoots roots, SignatureChecks checks) {
        this.roots = roots;
        this.chainChecks = checks.remembering();
        this.intel = new IntelVerification(roots.intel(), checks);
    }

    /// A verifier under the vendors' own roots, with the JDK's providers.
    public static Verifier standard() {
        return new Verifier(VendorRoots.pinned(), SignatureChecks.ofPlatform());
    }

    /// Verifies `evidence` with `endorsements` as of `instant`.
    ///
    /// @throws CouldNotCheckException if Endorsements for this kind of Evidence are missing
    /// @throws MalformedException if Evidence or an Endorsement has not the form it must have
    public Verification verify(Evidence evidence, Endorsements endorsements, Instant instant)
            throws CouldNotCheckException, MalformedException {
        return verify(evidence, endorsements, instant, Duration.ZERO);
    }

    /// The same, but what vendors issue anew again and again (revocation lists, TCB info, QE
    /// identity) may have expired lately, if the newest of its kind that is at hand has.
    /// Certificates may not, and nothing of it counts before its begin. What was late is said in
    /// the findings, and the claims then end before `instant`. The simulated kind has nothing of
    /// this sort.
    ///
    /// @param lateness how long before `instant` it may have expired at most; not negative
    /// @throws CouldNotCheckException if Endorsements for this kind of Evidence are missing
    /// @throws MalformedException if Evidence or an Endorsement has not the form it must have
    public Verification verify(
            Evidence evidence, Endorsements endorsements, Instant instant, Duration lateness)
            throws CouldNotCheckException, MalformedException {
        return switch (evidence) {
            case SimulatedEvidence simulated ->
                    SimulatedVerification.verify(simulated, endorsements, instant);
            case SgxEvidence(var quote) ->
                    intel(evidence, quote, TeeType.SGX, endorsements, instant, lateness);
            case TdxEvidence(var quote) ->
                    intel(evidence, quote, TeeType.TDX, endorsements, instant, lateness);
            case SnpEvidence snp -> snp(snp, endorsements, instant, lateness);
        };
    }

    /// The same, but a SEV-SNP report with which no revocation list at all came is checked as far
    /// as it goes. *Never rely on it*: whoever holds a key that was revoked leaves the list out. So
    /// what comes out without one is nothing that can be appraised, and no policy can ask for it
    /// (docs/decisions/0022). It is for files of cases, whose makers say that they kept no list.
    /// Most users won't need this.
    ///
    /// @throws CouldNotCheckException if other Endorsements are missing
    /// @throws MalformedException if Evidence or an Endorsement has not the form it must have
    public UnlessRevoked verifyUnlessRevoked(
            SnpEvidence evidence, Endorsements endorsements, Instant instant)
            throws CouldNotCheckException, MalformedException {
        var findings = new Findings();
        Optional<Claims.Snp> claims =
                snp(
                        evidence,
                        endorsements,
                        instant,
                        Duration.ZERO,
                        AbsentList.LEAVES_REVOCATION_UNCHECKED,
                        findings);
        return claims.isPresent() || findings.refuse()
                ? new UnlessRevoked.Complete(verification(evidence, claims, instant, findings))
                : new UnlessRevoked.RevocationNotChecked(findings.all());
    }

    private Verification intel(
            Evidence evidence,
            Bytes quote,
            TeeType kind,
            Endorsements endorsements,
            Instant instant,
            Duration lateness)
            throws CouldNotCheckException, MalformedException {
        var findings = new Findings();
        Optional<Claims> claims =
                intel.verify(quote, kind, endorsements, instant, lateness, findings)
                        .map(Verifier::claims);
        return verification(evidence, claims, instant, findings);
    }

    private static Claims claims(IntelVerification.Result result) {
        return switch (result.quote().body()) {
            case SgxReport enclave ->
                    new Claims.Sgx(enclave, result.platform(), result.tcb(), result.validUntil());
            case TdReport td ->
                    new Claims.Tdx(td, result.platform(), result.tcb(), result.validUntil());
        };
    }

    private Verification snp(
            SnpEvidence evidence, Endorsements endorsements, Instant instant, Duration lateness)
            throws CouldNotCheckException, MalformedException {
        var findings = new Findings();
        Optional<Claims.Snp> claims =
                snp(
                        evidence,
                        endorsements,
                        instant,
                        lateness,
                        AbsentList.COULD_NOT_CHECK,
                        findings);
        return verification(evidence, claims, instant, findings);
    }

    private Optional<Claims.Snp> snp(
            SnpEvidence evidence,
            Endorsements endorsements,
            Instant instant,
            Duration lateness,
            AbsentList absentList,
            Findings findings)
            throws CouldNotCheckException, MalformedException {
        return SnpVerification.verify(
                evidence.report(),
                endorsements,
                roots,
                chainChecks,
                documents,
                instant,
                lateness,
                absentList,
                findings);
    }

    private static Verification verification(
            Evidence evidence,
            Optional<? extends Claims> claims,
            Instant instant,
            Findings findings) {
        return claims.isPresent() && !findings.refuse()
                ? new Verification.Authentic(
                        new VerifiedEvidence(evidence, claims.get(), instant, findings.all()))
                : new Verification.NotAuthentic(findings.all());
    }
}
