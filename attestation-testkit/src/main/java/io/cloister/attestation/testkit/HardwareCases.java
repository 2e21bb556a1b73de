package io.cloister.attestation.testkit;

import static io.cloister.attestation.testkit.HardwarePolicies.SGX;
import static io.cloister.attestation.testkit.HardwarePolicies.TDX;
import static io.cloister.attestation.testkit.HardwarePolicies.filled;

import io.cloister.attestation.appraisal.AppraisalPolicy;
import io.cloister.attestation.appraisal.HardwarePolicy;
import io.cloister.attestation.endorsement.Endorsement;
import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.evidence.Evidence;
import io.cloister.attestation.evidence.EvidenceBundle;
import io.cloister.attestation.evidence.SgxEvidence;
import io.cloister.attestation.evidence.TdxEvidence;
import io.cloister.attestation.finding.FindingCode;
import io.cloister.attestation.intel.TeeType;
import io.cloister.protocol.Bytes;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/// Records vectors for hardware.
final class HardwareCases {
    static final Bytes INTEL_DATA = filled(64, 0x99);
    static final Bytes AMD_DATA = filled(64, 0x21);

    private final List<VectorCase> all = new ArrayList<>();

    /// What was recorded, in order.
    List<VectorCase> all() {
        return List.copyOf(all);
    }

    void affirm(String id, String comment, FakeIntel intel, AppraisalPolicy policy) {
        intel(id, comment, intel, policy, List.of(), FakeIntel.NOW, "affirmed", "");
    }

    void verify(
            String id,
            String comment,
            FakeIntel intel,
            Consumer<FakeIntel> change,
            FindingCode... codes) {
        HardwarePolicy policy = intel.quote().kind() == TeeType.SGX ? SGX : TDX;
        change.accept(intel);
        intel(id, comment, intel, policy, List.of(), FakeIntel.NOW, "refused", "verify", codes);
    }

    /// Refused for these reasons under the policy for its kind.
    void verify(String id, String comment, EvidenceBundle bundle, FindingCode... codes) {
        boolean td = bundle.evidence() instanceof TdxEvidence;
        intel(
                id,
                comment,
                bundle,
                td ? TDX : SGX,
                List.of(),
                FakeIntel.NOW,
                "refused",
                "verify",
                codes);
    }

    /// Something of it can't be read.
    void malformed(String id, String comment, FakeIntel intel) {
        malformed(id, comment, bundle(intel, intel.endorsements()));
    }

    /// Something of it can't be read.
    void malformed(String id, String comment, EvidenceBundle bundle) {
        intel(
                id,
                comment,
                bundle,
                SGX,
                List.of(),
                FakeIntel.NOW,
                "refused",
                "parse",
                FindingCode.EVIDENCE_FORM);
    }

    /// Neither authentic nor refused: something is missing.
    void unchecked(String id, String comment, EvidenceBundle bundle) {
        intel(id, comment, bundle, SGX, List.of(), FakeIntel.NOW, "could-not-check", "");
    }

    /// Authentic, and refused by the policy.
    void refuse(
            String id,
            String comment,
            FakeIntel intel,
            AppraisalPolicy policy,
            FindingCode... codes) {
        intel(id, comment, intel, policy, List.of(), FakeIntel.NOW, "refused", "appraise", codes);
    }

    void intel(
            String id,
            String comment,
            FakeIntel intel,
            AppraisalPolicy policy,
            List<String> measurements,
            Instant instant,
            String outcome,
            String stage,
            FindingCode... codes) {
        intel(
                id,
                comment,
                bundle(intel, intel.endorsements()),
                policy,
                measurements,
                instant,
                outcome,
                stage,
                codes);
    }

    void intel(
            String id,
            String comment,
            EvidenceBundle bundle,
            AppraisalPolicy policy,
            List<String> measurements,
            Instant instant,
            String outcome,
            String stage,
            FindingCode... codes) {
        add(id, comment, bundle, policy, INTEL_DATA, measurements, instant, outcome, stage, codes);
    }

    static EvidenceBundle bundle(FakeIntel intel, List<Endorsement> endorsements) {
        Bytes quote = intel.quote().bytes();
        Evidence evidence =
                switch (intel.quote().kind()) {
                    case SGX -> new SgxEvidence(quote);
                    case TDX -> new TdxEvidence(quote);
                };
        return new EvidenceBundle(evidence, new Endorsements(endorsements));
    }

    void snp(
            String id,
            String comment,
            FakeAmd amd,
            Consumer<FakeAmd> change,
            AppraisalPolicy policy,
            String outcome,
            String stage,
            FindingCode... codes) {
        change.accept(amd);
        add(
                id,
                comment,
                new EvidenceBundle(amd.evidence(), amd.endorsements()),
                policy,
                AMD_DATA,
                List.of(),
                FakeAmd.NOW,
                outcome,
                stage,
                codes);
    }

    /// Verified at one instant, and appraised at a later one.
    void later(
            String id,
            String comment,
            EvidenceBundle bundle,
            HardwarePolicy policy,
            Bytes reportData,
            Instant instant,
            Instant appraised,
            FindingCode... codes) {
        all.add(
                new VectorCase(
                        id,
                        comment,
                        bundle.canonical(),
                        policy,
                        reportData,
                        List.of(),
                        instant,
                        appraised,
                        codes.length == 0 ? "affirmed" : "refused",
                        codes.length == 0 ? "" : "appraise",
                        Arrays.stream(codes).map(FindingCode::code).toList()));
    }

    void add(
            String id,
            String comment,
            EvidenceBundle bundle,
            AppraisalPolicy policy,
            Bytes reportData,
            List<String> measurements,
            Instant instant,
            String outcome,
            String stage,
            FindingCode... codes) {
        all.add(
                new VectorCase(
                        id,
                        comment,
                        bundle.canonical(),
                        policy,
                        reportData,
                        measurements,
                        instant,
                        instant,
                        outcome,
                        stage,
                        Arrays.stream(codes).map(FindingCode::code).toList()));
    }

    static Bytes shorter(Bytes bytes) {
        return bytes.slice(0, bytes.length() - 1);
    }
}
