package io.cloister.attestation.testkit;

import static io.cloister.attestation.testkit.HardwareCases.INTEL_DATA;
import static io.cloister.attestation.testkit.HardwareCases.bundle;
import static io.cloister.attestation.testkit.HardwarePolicies.SGX;
import static io.cloister.attestation.testkit.HardwarePolicies.TDX;
import static io.cloister.attestation.testkit.HardwarePolicies.WHY;
import static io.cloister.attestation.testkit.HardwarePolicies.demands;

import io.cloister.attestation.appraisal.AppraisalPolicy;
import io.cloister.attestation.appraisal.SimulatedPolicy;
import io.cloister.attestation.evidence.EvidenceBundle;
import io.cloister.attestation.evidence.TdxEvidence;
import io.cloister.attestation.finding.FindingCode;

import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/// Vectors of Evidence that is of another kind than the policy, or the Evidence itself, says.
final class KindVectors {
    private final HardwareCases cases;

    KindVectors(HardwareCases cases) {
        this.cases = cases;
    }

    void record() {
        refuseSgx(
                "hardware-under-simulated-policy",
                "a policy for simulation never accepts hardware",
                _ -> {},
                SimulatedPolicy.anyRoot(List.of(), WHY).allowAnyMeasurement(WHY),
                FindingCode.EVIDENCE_KIND_ACCEPTED);
        cases.add(
                "simulation-under-hardware-policy",
                "a policy for hardware never accepts simulation",
                SimulatedVectors.accepted(),
                SGX,
                INTEL_DATA,
                List.of(),
                SimulatedVectors.NOW,
                "refused",
                "appraise",
                FindingCode.EVIDENCE_KIND_ACCEPTED,
                FindingCode.REFERENCE_VALUES_PRESENT,
                FindingCode.REPORT_DATA);
        cases.snp(
                "snp-under-a-policy-for-sgx",
                "no reference value of this kind",
                SnpVectors.milan(),
                _ -> {},
                SGX.demanding(demands(Set.of())),
                "refused",
                "appraise",
                FindingCode.REFERENCE_VALUES_PRESENT);
        refuseSgx(
                "built-in-policy",
                "the built-in policy accepts nothing",
                _ -> {},
                AppraisalPolicy.builtIn(),
                FindingCode.REFERENCE_VALUES_PRESENT,
                FindingCode.INTEL_EVALUATION_NUMBER,
                FindingCode.INTEL_DYNAMIC_PLATFORM,
                FindingCode.SMT);
        EvidenceBundle sgx = bundle(FakeIntel.sgx(), FakeIntel.sgx().endorsements());
        cases.add(
                "sgx-quote-as-tdx",
                "a quote of one kind under the other's name",
                new EvidenceBundle(
                        new TdxEvidence(FakeIntel.sgx().quote().bytes()), sgx.endorsements()),
                TDX,
                INTEL_DATA,
                List.of(),
                FakeIntel.NOW,
                "refused",
                "verify",
                FindingCode.INTEL_QUOTE_KIND);
    }

    private void refuseSgx(
            String id,
            String comment,
            Consumer<FakeIntel> change,
            AppraisalPolicy policy,
            FindingCode... codes) {
        FakeIntel intel = FakeIntel.sgx();
        change.accept(intel);
        cases.intel(
                id, comment, intel, policy, List.of(), FakeIntel.NOW, "refused", "appraise", codes);
    }
}
