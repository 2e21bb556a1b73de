package io.cloister.attestation.appraisal;

import io.cloister.attestation.appraisal.AttestationResult.Affirmed;
import io.cloister.attestation.appraisal.AttestationResult.Refused;
import io.cloister.attestation.appraisal.AttestationResult.Stage;
import io.cloister.attestation.evidence.Claims;
import io.cloister.attestation.evidence.EvidenceKind;
import io.cloister.attestation.evidence.SimulatedEvidence;
import io.cloister.attestation.evidence.VerifiedEvidence;
import io.cloister.attestation.finding.Finding;
import io.cloister.attestation.finding.FindingCode;
import io.cloister.attestation.finding.Findings;

import java.time.Instant;
import java.util.Optional;

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
        judge(
                evidence.claims(),
                policy,
                expected,
                instant,
                evidence.verifiedAt().equals(instant) ? grace(policy) : Optional.empty(),
                findings);
        return findings.refuse()
                ? new Refused(Stage.APPRAISE, policy.digest(), instant, findings.all())
                : new Affirmed(
                        policy.digest(),
                        instant,
                        evidence.kind(),
                        evidence.claims(),
                        findings.all());
    }

    /// Makes every check of appraisal.
    ///
    /// @param grace how late what vouches for the claims may be; none where they were verified for
    ///   another instant, since nobody then looked at what may be late and what not
    static void judge(
            Claims claims,
            AppraisalPolicy policy,
            Expectation expected,
            Instant instant,
            Optional<Grace.Collateral> grace,
            Findings findings) {
        switch (policy) {
            case HardwarePolicy hardware -> {
                var checks = new PolicyChecks(hardware, instant, findings);
                byHardware(claims, checks);
                expected.swap().ifPresent(checks::swap);
            }
            case SimulatedPolicy simulated -> bySimulated(claims, simulated, findings);
        }
        reportData(claims, expected, findings);
        narrowed(claims, expected.narrowing(), findings);
        current(claims, grace, instant, findings);
    }

    private static void byHardware(Claims claims, PolicyChecks checks) {
        switch (claims) {
            case Claims.Simulated _ -> {
                checks.findings()
                        .notMet(
                                FindingCode.EVIDENCE_KIND_ACCEPTED,
                                "the policy accepts hardware kinds only; this Evidence is "
                                        + SimulatedEvidence.WARNING,
                                HardwarePolicy.KIND,
                                SimulatedPolicy.KIND);
                checks.findings()
                        .notMet(
                                FindingCode.REFERENCE_VALUES_PRESENT,
                                "the policy has no reference value for this kind of Evidence",
                                "at least one",
                                "none");
            }
            case Claims.Sgx sgx -> SgxAppraisal.appraise(sgx, checks);
            case Claims.Tdx tdx -> TdxAppraisal.appraise(tdx, checks);
            case Claims.Snp snp -> SnpAppraisal.appraise(snp, checks);
        }
    }

    private static void bySimulated(Claims claims, SimulatedPolicy policy, Findings findings) {
        switch (claims) {
            case Claims.Simulated simulated -> {
                findings.relaxed(
                        FindingCode.EVIDENCE_KIND_ACCEPTED,
                        "the policy accepts simulated Evidence",
                        SimulatedEvidence.WARNING);
                SimulatedAppraisal.appraise(simulated, policy, findings);
            }
            case Claims.Sgx _ -> notSimulated(EvidenceKind.SGX, findings);
            case Claims.Tdx _ -> notSimulated(EvidenceKind.TDX, findings);
            case Claims.Snp _ -> notSimulated(EvidenceKind.SNP, findings);
        }
    }

    private static void notSimulated(EvidenceKind kind, Findings findings) {
        findings.notMet(
                FindingCode.EVIDENCE_KIND_ACCEPTED,
                "the policy accepts simulated Evidence only",
                SimulatedPolicy.KIND,
                kind.word());
    }

    private static void reportData(Claims claims, Expectation expected, Findings findings) {
        if (claims.reportData().equals(expected.reportData())) {
            findings.met(
                    FindingCode.REPORT_DATA,
                    "the Evidence is about exactly what it was presented with",
                    expected.reportData().hex(),
                    claims.reportData().hex());
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
                            "the computation does not narrow the enclaves",
                            Finding.ANY,
                            claims.measurementText());
            case Narrowing.Only(var measurements) -> {
                if (measurements.contains(claims.measurementText())) {
                    findings.met(
                            FindingCode.MEASUREMENT_NARROWED,
                            "the computation accepts this enclave",
                            String.join(", ", measurements),
                            claims.measurementText());
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
    private static void current(
            Claims claims,
            Optional<Grace.Collateral> collateral,
            Instant instant,
            Findings findings) {
        Instant end = claims.validUntil();
        if (!instant.isAfter(end)) {
            findings.met(
                    FindingCode.EVIDENCE_CURRENT,
                    "what the Evidence chains to is valid",
                    "not after " + end,
                    instant.toString());
            return;
        }
        Optional<Grace.Collateral> grace =
                collateral.filter(given -> !instant.isAfter(end.plus(given.length())));
        if (grace.isPresent()) {
            findings.relaxed(
                    FindingCode.EVIDENCE_CURRENT,
                    "what the Evidence chains to has expired; the policy allows it for "
                            + grace.get().days()
                            + " days: "
                            + grace.get().reason(),
                    "not after " + end,
                    instant.toString());
        } else {
            findings.notMet(
                    FindingCode.EVIDENCE_CURRENT,
                    "what the Evidence chains to has expired since it was verified",
                    "not after " + end,
                    instant.toString());
        }
    }

    /// For how long after its end what vouches for a platform is still accepted.
    static Optional<Grace.Collateral> grace(AppraisalPolicy policy) {
        return switch (policy) {
            case HardwarePolicy hardware ->
                    hardware.allow().grace().orElse(null) instanceof Grace.Collateral collateral
                            ? Optional.of(collateral)
                            : Optional.empty();
            case SimulatedPolicy _ -> Optional.empty();
        };
    }
}
