package io.cloister.attestation.appraisal;

import io.cloister.attestation.appraisal.AttestationResult.Refused;
import io.cloister.attestation.appraisal.AttestationResult.Stage;
import io.cloister.attestation.evidence.EvidenceBundle;
import io.cloister.attestation.evidence.Verification;
import io.cloister.attestation.evidence.Verifier;
import io.cloister.attestation.finding.CouldNotCheckException;
import io.cloister.attestation.finding.FindingCode;
import io.cloister.attestation.finding.Findings;
import io.cloister.attestation.finding.UnknownKindException;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import java.time.Instant;
import java.util.Optional;

/// The whole procedure on bytes from outside: read, verify, appraise. This is what a Relying Party
/// calls.
public final class AttestationCheck {
    private AttestationCheck() {}

    /// Reads an evidence bundle and verifies and appraises it, as of `instant`, under the vendors'
    /// own roots. Findings of an affirmed result are those of verification and then those of
    /// appraisal.
    ///
    /// @throws CouldNotCheckException if the Endorsements for this kind of Evidence are missing
    public static AttestationResult check(
            Bytes bundle, AppraisalPolicy policy, Expectation expected, Instant instant)
            throws CouldNotCheckException {
        return check(Verifier.standard(), bundle, policy, expected, instant);
    }

    /// The same with a given verifier.
    ///
    /// @throws CouldNotCheckException if the Endorsements for this kind of Evidence are missing
    public static AttestationResult check(
            Verifier verifier,
            Bytes bundle,
            AppraisalPolicy policy,
            Expectation expected,
            Instant instant)
            throws CouldNotCheckException {
        try {
            return check(verifier, EvidenceBundle.parse(bundle), policy, expected, instant);
        } catch (MalformedException e) {
            return unreadable(FindingCode.EVIDENCE_FORM, e, policy, instant);
        } catch (UnknownKindException e) {
            return unreadable(FindingCode.EVIDENCE_KIND_KNOWN, e, policy, instant);
        }
    }

    /// Verifies and appraises a bundle that has been read, as of `instant`.
    ///
    /// @throws CouldNotCheckException if the Endorsements for this kind of Evidence are missing
    public static AttestationResult check(
            Verifier verifier,
            EvidenceBundle bundle,
            AppraisalPolicy policy,
            Expectation expected,
            Instant instant)
            throws CouldNotCheckException {
        try {
            return switch (verify(verifier, bundle, policy, instant)) {
                case Verification.NotAuthentic(var findings) ->
                        new Refused(Stage.VERIFY, policy.digest(), instant, findings);
                case Verification.Authentic(var evidence) ->
                        Appraiser.appraise(evidence, policy, expected, instant);
            };
        } catch (MalformedException e) {
            return unreadable(FindingCode.EVIDENCE_FORM, e, policy, instant);
        }
    }

    /// Under a policy that accepts revocation lists and collateral that expired lately, Evidence
    /// may be authentic with them, if nothing at hand was issued since the first of them expired:
    /// whoever had that could have had the rest. Appraisal sees by the claims for how long it has
    /// expired. Otherwise the verdict is that without any lateness.
    private static Verification verify(
            Verifier verifier, EvidenceBundle bundle, AppraisalPolicy policy, Instant instant)
            throws CouldNotCheckException, MalformedException {
        Verification now = verifier.verify(bundle.evidence(), bundle.endorsements(), instant);
        Optional<Grace.Collateral> grace = Appraiser.grace(policy);
        if (now instanceof Verification.Authentic || grace.isEmpty()) {
            return now;
        }
        try {
            Verification late =
                    verifier.verify(
                            bundle.evidence(),
                            bundle.endorsements(),
                            instant,
                            grace.get().length());
            return late instanceof Verification.Authentic(var evidence)
                            && evidence.claims().validUntil().isBefore(instant)
                            && !IssuedSince.any(
                                    bundle.endorsements(), evidence.claims().validUntil())
                    ? late
                    : now;
        } catch (CouldNotCheckException _) {
            return now;
        }
    }

    private static AttestationResult unreadable(
            FindingCode code, Exception reason, AppraisalPolicy policy, Instant instant) {
        var findings = new Findings();
        findings.notMet(code, String.valueOf(reason.getMessage()), "", "");
        return new Refused(Stage.PARSE, policy.digest(), instant, findings.all());
    }
}
