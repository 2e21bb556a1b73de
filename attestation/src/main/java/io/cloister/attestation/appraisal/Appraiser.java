package io.cloister.attestation.appraisal;

import io.cloister.attestation.appraisal.AttestationResult.Affirmed;
import io.cloister.attestation.appraisal.AttestationResult.Refused;
import io.cloister.attestation.appraisal.AttestationResult.Stage;
import io.cloister.attestation.evidence.Claims;
import io.cloister.attestation.evidence.EvidenceKind;
import io.cloister.attestation.evidence.SimulatedEvidence;
import io.cloister.attestation.evidence.VerifiedEvidence;
import io.cloister.attestation.finding.FindingCode;
import io.cloister.attestation.finding.Findings;

import java.time.Instant;

/// Decides whether verified Evidence is acceptable (spec/evidence.md §6). Pure; no clock.
///
/// *Holds for what it affirms*: the enclave is one the policy accepts (and the computation, where
/// that narrows), and the Evidence is about exactly the report data expected. Every check runs, so
/// that all reasons are listed.
public final class Appraiser {
    private Appraiser() {}

    /// Appraises `evidence` against `policy`, as of `instant`.
    public static AttestationResult appraise(
            VerifiedEvidence evidence,
            AppraisalPolicy policy,
            Expectation expected,
            Instant instant) {
        var findings = new Findings(evidence.findings());
        switch (evidence.claims()) {
            case Claims.Simulated claims -> simulated(claims, policy, findings);
            case Claims.Sgx _, Claims.Tdx _, Claims.Snp _ ->
                    hardware(evidence.kind(), policy, findings);
        }
        reportData(evidence.claims(), expected, findings);
        narrowed(evidence.claims(), expected.narrowing(), findings);
        current(evidence.claims(), instant, findings);
        return findings.refuse()
                ? new Refused(Stage.APPRAISE, policy.digest(), instant, findings.all())
                : new Affirmed(
                        policy.digest(),
                        instant,
                        evidence.kind(),
                        evidence.claims(),
                        findings.all());
    }

    private static void simulated(
            Claims.Simulated claims, AppraisalPolicy policy, Findings findings) {
        switch (policy) {
            case HardwarePolicy _ -> {
                findings.notMet(
                        FindingCode.EVIDENCE_KIND_ACCEPTED,
                        "the policy accepts hardware kinds only; this Evidence is "
                                + SimulatedEvidence.WARNING,
                        HardwarePolicy.KIND,
                        SimulatedPolicy.KIND);
                findings.notMet(
                        FindingCode.REFERENCE_VALUES_PRESENT,
                        "the policy has no reference value for this kind of Evidence",
                        "at least one",
                        "none");
            }
            case SimulatedPolicy simulated -> {
                findings.relaxed(
                        FindingCode.EVIDENCE_KIND_ACCEPTED,
                        "the policy accepts simulated Evidence",
                        SimulatedEvidence.WARNING);
                SimulatedAppraisal.appraise(claims, simulated, findings);
            }
        }
    }

    private static void hardware(EvidenceKind kind, AppraisalPolicy policy, Findings findings) {
        switch (policy) {
            case HardwarePolicy _ ->
                    findings.notMet(
                            FindingCode.REFERENCE_VALUES_PRESENT,
                            "the policy has no reference value for this kind of Evidence",
                            "at least one",
                            "none");
            case SimulatedPolicy _ ->
                    findings.notMet(
                            FindingCode.EVIDENCE_KIND_ACCEPTED,
                            "the policy accepts simulated Evidence only",
                            SimulatedPolicy.KIND,
                            kind.word());
        }
    }

    private static void reportData(Claims claims, Expectation expected, Findings findings) {
        if (claims.reportData().equals(expected.reportData())) {
            findings.met(
                    FindingCode.REPORT_DATA,
                    "the Evidence is about exactly what it was presented with");
        } else {
            findings.notMet(
                    FindingCode.REPORT_DATA,
                    "the Evidence is about something else than it was presented with",
                    expected.reportData().hex(),
                    claims.reportData().hex());
        }
    }

    private static void narrowed(Claims claims, Narrowing narrowing, Findings findings) {
        switch (narrowing) {
            case Narrowing.None() ->
                    findings.met(
                            FindingCode.MEASUREMENT_NARROWED,
                            "the computation does not narrow the enclaves");
            case Narrowing.Only(var measurements) -> {
                if (measurements.contains(claims.measurementText())) {
                    findings.met(
                            FindingCode.MEASUREMENT_NARROWED,
                            "the computation accepts this enclave");
                } else {
                    findings.notMet(
                            FindingCode.MEASUREMENT_NARROWED,
                            "the enclave is none of those the computation is narrowed to",
                            String.join(", ", measurements),
                            claims.measurementText());
                }
            }
        }
    }

    /// What was verified for one instant may be appraised for a later one.
    private static void current(Claims claims, Instant instant, Findings findings) {
        if (instant.isAfter(claims.validUntil())) {
            findings.notMet(
                    FindingCode.EVIDENCE_CURRENT,
                    "what the Evidence chains to has expired since it was verified",
                    "not after " + claims.validUntil(),
                    instant.toString());
        } else {
            findings.met(FindingCode.EVIDENCE_CURRENT, "what the Evidence chains to is valid");
        }
    }
}
