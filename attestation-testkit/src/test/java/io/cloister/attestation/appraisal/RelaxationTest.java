package io.cloister.attestation.appraisal;

import static io.cloister.attestation.appraisal.IntelSample.fill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.attestation.amd.SigningKey;
import io.cloister.attestation.appraisal.AttestationResult.Affirmed;
import io.cloister.attestation.evidence.Claims;
import io.cloister.attestation.evidence.EvidenceKind;
import io.cloister.attestation.finding.FindingCode;
import io.cloister.attestation.finding.Findings;
import io.cloister.attestation.intel.PckExtension;
import io.cloister.attestation.intel.TcbStatus;
import io.cloister.attestation.testkit.IntelPolicies;
import io.cloister.protocol.document.Swap;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// What a policy allows by name: each name lets its own finding pass and no other, and every result
/// says so with the author's reason, in text and in JSON.
class RelaxationTest {
    private static final String WHY = "hosts without it are not to be had";
    private static final HardwarePolicy STRICT =
            IntelPolicies.of(List.of(IntelSample.ENCLAVE, IntelSample.TD, SnpSample.GUEST))
                    .demanding(SnpSample.DEMANDS);

    private record Altered(
            EvidenceKind kind, Claims claims, FindingCode code, Expectation expected) {
        Altered(EvidenceKind kind, Claims claims, FindingCode code) {
            this(kind, claims, code, new Expectation(fill(0x5a, 64)));
        }

        Appraised under(HardwarePolicy policy) {
            return Appraised.of(claims, policy, expected, Appraised.NOW);
        }
    }

    /// One field away from what [#STRICT] accepts.
    private static Altered altered(Relaxation relaxation) {
        return switch (relaxation) {
            case DEBUG -> sgx(FindingCode.DEBUG, sample -> sample.sgxFlags |= 1 << 1);
            case MIGRATION -> tdx(FindingCode.MIGRATION, sample -> sample.tdAttributes |= 1L << 29);
            case SERVICE_TD ->
                    tdx(
                            FindingCode.TDX_SERVICE_TD,
                            sample -> sample.mrServiceTd = Optional.of(fill(1, 48)));
            case SMT -> snp(FindingCode.SMT, sample -> sample.policy |= 1L << 16);
            case DYNAMIC_PLATFORM ->
                    platform(FindingCode.INTEL_DYNAMIC_PLATFORM, true, false, false);
            case CACHED_KEYS -> platform(FindingCode.INTEL_CACHED_KEYS, false, true, false);
            case PROVISION_KEY ->
                    sgx(FindingCode.SGX_PROVISION_KEY, sample -> sample.sgxFlags |= 1 << 4);
            case SGX_ATTRIBUTES ->
                    sgx(FindingCode.SGX_ATTRIBUTES, sample -> sample.sgxFlags |= 1 << 10);
            case MISC_SELECT ->
                    sgx(FindingCode.SGX_MISC_SELECT, sample -> sample.sgxMiscSelect = 1);
            case XFRM -> sgx(FindingCode.SGX_XFRM, sample -> sample.sgxXfrm |= 1 << 9);
            case XFAM -> tdx(FindingCode.TDX_XFAM, sample -> sample.tdXfam |= 1 << 8);
            case SEPT_VE -> tdx(FindingCode.TDX_SEPT_VE_DISABLE, sample -> sample.tdAttributes = 0);
            case KEY_LOCKER ->
                    tdx(FindingCode.TDX_KEY_LOCKER, sample -> sample.tdAttributes |= 1L << 31);
            case PROTECTION_KEYS ->
                    tdx(FindingCode.TDX_PROTECTION_KEYS, sample -> sample.tdAttributes |= 1L << 30);
            case PERFORMANCE_COUNTERS ->
                    tdx(
                            FindingCode.TDX_PERFORMANCE_COUNTERS,
                            sample -> sample.tdAttributes |= 1L << 63);
            case ANY_EVALUATION -> sgx(FindingCode.INTEL_EVALUATION_NUMBER, _ -> {});
            case CXL -> snp(FindingCode.SNP_CXL, sample -> sample.policy |= 1L << 21);
            case PROVISIONAL_FIRMWARE ->
                    snp(FindingCode.SNP_PROVISIONAL_FIRMWARE, sample -> sample.current[7]++);
            case CLOUD_KEY ->
                    snp(FindingCode.SNP_CHIP_KEY, sample -> sample.signingKey = SigningKey.VLEK);
            case SWAP -> swapping(Swap.ON);
        };
    }

    private static Altered sgx(FindingCode code, Consumer<IntelSample> change) {
        var sample = new IntelSample();
        change.accept(sample);
        return new Altered(EvidenceKind.SGX, sample.sgx(), code);
    }

    private static Altered tdx(FindingCode code, Consumer<IntelSample> change) {
        var sample = new IntelSample();
        change.accept(sample);
        return new Altered(EvidenceKind.TDX, sample.tdx(), code);
    }

    private static Altered snp(FindingCode code, Consumer<SnpSample> change) {
        var sample = new SnpSample();
        change.accept(sample);
        return new Altered(EvidenceKind.SNP, sample.claims(), code);
    }

    private static Altered swapping(Swap swap) {
        return new Altered(
                EvidenceKind.SNP,
                new SnpSample().claims(),
                FindingCode.SWAP,
                new Expectation(fill(0x5a, 64), new Narrowing.None(), Optional.of(swap)));
    }

    private static Altered platform(
            FindingCode code, boolean dynamic, boolean cached, boolean smt) {
        var packages = new PckExtension.Platform(fill(0x71, 16), dynamic, cached, smt);
        return sgx(code, sample -> sample.platform = Optional.of(packages));
    }

    /// What to relax, by that name: the policy itself where it has to say less.
    private static HardwarePolicy strict(Relaxation relaxation) {
        return relaxation == Relaxation.ANY_EVALUATION
                ? STRICT.demanding(IntelDemands.none())
                : STRICT;
    }

    /// The strict policy with all relaxations but one.
    private static HardwarePolicy allButOne(Relaxation one) {
        HardwarePolicy policy = strict(one);
        for (Relaxation relaxation : Relaxation.values()) {
            if (relaxation != one) {
                policy = policy.allow(relaxation, "another");
            }
        }
        return policy;
    }

    @ParameterizedTest
    @EnumSource(Relaxation.class)
    void letsItsOwnFindingPassAndEveryResultSaysWhy(Relaxation relaxation) {
        Altered altered = altered(relaxation);

        altered.under(strict(relaxation)).refuses(altered.code());
        isShown(altered, strict(relaxation).allow(relaxation, WHY));
    }

    @ParameterizedTest
    @EnumSource(Relaxation.class)
    void noOtherTakesItsPlace(Relaxation relaxation) {
        Altered altered = altered(relaxation);

        altered.under(allButOne(relaxation)).refuses(altered.code());
    }

    @Test
    void memoryThatMayBeSwappedForAllTheEnclaveKnowsIsRefusedToo() {
        swapping(Swap.UNKNOWN).under(STRICT).refuses(FindingCode.SWAP);
        swapping(Swap.OFF).under(STRICT).accepts();
        isShown(swapping(Swap.UNKNOWN), STRICT.allow(Relaxation.SWAP, WHY));
    }

    @Test
    void aStatusThatIsAllowedIsShown() {
        isShown(
                sgx(
                        FindingCode.INTEL_TCB_STATUS,
                        sample -> {
                            sample.status = TcbStatus.SW_HARDENING_NEEDED;
                            sample.platformStatus = TcbStatus.SW_HARDENING_NEEDED;
                        }),
                STRICT.allowTcbStatus(TcbStatus.SW_HARDENING_NEEDED, WHY));
    }

    @Test
    void aPrivilegeLevelThatIsAllowedIsShown() {
        isShown(snp(FindingCode.SNP_VMPL, sample -> sample.vmpl = 2), STRICT.allowVmpl(2, WHY));
    }

    @Test
    void aGraceForPlatformsIsShown() {
        isShown(
                sgx(
                        FindingCode.INTEL_TCB_STATUS,
                        sample -> {
                            sample.status = TcbStatus.OUT_OF_DATE;
                            sample.platformStatus = TcbStatus.OUT_OF_DATE;
                        }),
                STRICT.allowGrace(new Grace.Platform(730, new Reason(WHY))));
    }

    @Test
    void aGraceForCollateralIsShown() {
        isShown(
                sgx(
                        FindingCode.EVIDENCE_CURRENT,
                        sample -> sample.validUntil = Appraised.NOW.minusSeconds(1)),
                STRICT.allowGrace(new Grace.Collateral(1, new Reason(WHY))));
    }

    private static void isShown(Altered altered, HardwarePolicy policy) {
        var findings = new Findings();
        Appraiser.judge(
                altered.claims(),
                policy,
                altered.expected(),
                Appraised.NOW,
                Appraiser.grace(policy),
                findings);
        var result =
                new Affirmed(
                        policy.digest(),
                        Appraised.NOW,
                        altered.kind(),
                        altered.claims(),
                        findings.all());

        assertEquals(List.of(), result.reasons());
        assertEquals(1, result.relaxations().size(), () -> result.relaxations().toString());
        assertEquals(altered.code(), result.relaxations().getFirst().code());
        String begin = "relaxed " + altered.code() + ": ";
        assertTrue(
                result.lines().stream()
                        .anyMatch(line -> line.startsWith(begin) && line.contains(WHY)),
                () -> String.join("\n", result.lines()));
        String json = result.relaxations().getFirst().toJson().text();
        assertTrue(json.contains("\"outcome\":\"relaxed\"") && json.contains(WHY), json);
        assertTrue(result.toJson().text().contains(json), json);
        assertTrue(
                policy.sentences().stream()
                        .anyMatch(said -> said.startsWith("Relaxed: ") && said.contains(WHY)),
                () -> String.join("\n", policy.sentences()));
    }
}
