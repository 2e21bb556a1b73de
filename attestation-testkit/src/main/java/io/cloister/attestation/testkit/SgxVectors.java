package io.cloister.attestation.testkit;

import static io.cloister.attestation.testkit.HardwareCases.bundle;
import static io.cloister.attestation.testkit.HardwareCases.shorter;
import static io.cloister.attestation.testkit.HardwarePolicies.SGX;
import static io.cloister.attestation.testkit.HardwarePolicies.WHY;
import static io.cloister.attestation.testkit.HardwarePolicies.filled;
import static io.cloister.attestation.testkit.HardwarePolicies.intel;

import io.cloister.attestation.appraisal.AppraisalPolicy;
import io.cloister.attestation.appraisal.Chip;
import io.cloister.attestation.appraisal.Grace;
import io.cloister.attestation.appraisal.HardwarePolicy;
import io.cloister.attestation.appraisal.IntelDemands;
import io.cloister.attestation.appraisal.IntelMinimum;
import io.cloister.attestation.appraisal.Reason;
import io.cloister.attestation.appraisal.Register;
import io.cloister.attestation.appraisal.RegisterBits;
import io.cloister.attestation.appraisal.Registers;
import io.cloister.attestation.appraisal.Relaxation;
import io.cloister.attestation.appraisal.SgxConfig;
import io.cloister.attestation.appraisal.SgxEnclaveValue;
import io.cloister.attestation.appraisal.SgxSignerValue;
import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.evidence.EvidenceBundle;
import io.cloister.attestation.evidence.SgxEvidence;
import io.cloister.attestation.finding.FindingCode;
import io.cloister.attestation.intel.TcbStatus;
import io.cloister.protocol.Bytes;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;

/// Vectors of SGX quotes.
final class SgxVectors {
    private final HardwareCases cases;

    SgxVectors(HardwareCases cases) {
        this.cases = cases;
    }

    void record() {
        sgxAffirmed();
        sgxRegisters();
        sgxNotAuthentic();
        sgxLate();
        sgxNotAcceptable();
    }

    private void sgxAffirmed() {
        for (int version = 3; version <= 5; version++) {
            if (version != 4) {
                cases.affirm(
                        "sgx-v" + version,
                        "an SGX quote of version " + version,
                        FakeIntel.sgx(version),
                        SGX);
            }
        }
        cases.affirm(
                "sgx-signer",
                "an enclave accepted for its signer, product and least version",
                FakeIntel.sgx(),
                signer(72, 1, 2));
        sgx(
                "sgx-out-of-date-allowed",
                "a platform out of date, relaxed by name",
                SgxVectors::outOfDate,
                SGX.allowTcbStatus(TcbStatus.OUT_OF_DATE, WHY));
        sgx(
                "sgx-hidden-hardening-allowed",
                "out of date for the quoting enclave, with software hardening needed: both relaxed"
                        + " by name",
                SgxVectors::hiddenHardening,
                SGX.allowTcbStatus(TcbStatus.OUT_OF_DATE, WHY)
                        .allowTcbStatus(TcbStatus.SW_HARDENING_NEEDED, WHY));
        sgx(
                "sgx-cached-keys-allowed",
                "Intel keeps root keys of the platform, relaxed by name",
                SgxVectors::cachedKeys,
                SGX.allow(Relaxation.CACHED_KEYS, WHY));
        sgx(
                "sgx-platform-grace",
                "a platform out of date, within the policy's grace",
                SgxVectors::lately,
                SGX.allowGrace(new Grace.Platform(15, new Reason(WHY))));
        cases.affirm(
                "sgx-listed-chip",
                "on the processor that the policy lists",
                FakeIntel.sgx(),
                SGX.onChips(List.of(new Chip.IntelProcessor(filled(16, 0x11)))));
        cases.affirm(
                "sgx-listed-platform",
                "on the platform that the policy lists",
                FakeIntel.sgx(),
                SGX.onChips(List.of(new Chip.IntelPlatform(filled(16, 0x33)))));
        cases.intel(
                "sgx-narrowed-to-it",
                "the computation is narrowed to this enclave",
                FakeIntel.sgx(),
                SGX,
                List.of("sgx:" + "71".repeat(32)),
                FakeIntel.NOW,
                "affirmed",
                "");
        cases.intel(
                "sgx-long-collateral-grace",
                "longer after its collateral has expired than it was valid, relaxed by name",
                FakeIntel.sgx(),
                SGX.allowGrace(new Grace.Collateral(90, new Reason(WHY))),
                List.of(),
                FakeIntel.NEXT.plus(Duration.ofDays(90)),
                "affirmed",
                "");
        cases.intel(
                "sgx-collateral-grace",
                "a day after its collateral has expired, relaxed by name",
                FakeIntel.sgx(),
                SGX.allowGrace(new Grace.Collateral(7, new Reason(WHY))),
                List.of(),
                FakeIntel.NEXT.plus(Duration.ofDays(1)),
                "affirmed",
                "");
    }

    /// A policy by MRENCLAVE that says something of a register too.
    private static HardwarePolicy sgx(Register register, long value, long mask) {
        var named = Registers.none().with(register, new RegisterBits(value, mask));
        return intel(
                IntelPolicies.of(
                        List.of(
                                new SgxEnclaveValue(
                                        "enclave", filled(32, 0x71), SgxConfig.with(named)))));
    }

    private void sgxRegisters() {
        sgx(
                "sgx-xfrm-named",
                "XFRM with PKRU, which the reference value names",
                intel -> intel.quote().body(57, 0x02),
                sgx(Register.SGX_XFRM, 0x207, ~0L));
        sgx(
                "sgx-xfrm-allowed",
                "XFRM with PKRU, relaxed by name",
                intel -> intel.quote().body(57, 0x02),
                SGX.allow(Relaxation.XFRM, WHY));
        refuseSgx(
                "sgx-xfrm",
                "XFRM with PKRU, which the reference value doesn't name",
                intel -> intel.quote().body(57, 0x02),
                SGX,
                FindingCode.SGX_XFRM);
        refuseSgx(
                "sgx-xfrm-other",
                "XFRM without AVX, which the reference value names",
                intel -> intel.quote().body(56, 0x03),
                sgx(Register.SGX_XFRM, 0x7, ~0L),
                FindingCode.SGX_XFRM);
        refuseSgx(
                "sgx-xfrm-without-sse",
                "XFRM without SSE, which no policy lets pass",
                intel -> intel.quote().body(56, 0x01),
                SGX.allow(Relaxation.XFRM, WHY),
                FindingCode.SGX_XFRM);
        refuseSgx(
                "sgx-xfrm-unknown",
                "XFRM with a bit without meaning, which no policy lets pass",
                intel -> intel.quote().body(63, 0x80),
                SGX.allow(Relaxation.XFRM, WHY),
                FindingCode.SGX_XFRM);
        sgx(
                "sgx-misc-select-named",
                "EXINFO, which the reference value names",
                intel -> intel.quote().body(16, 0x01),
                sgx(Register.SGX_MISC_SELECT, 1, 1));
        refuseSgx(
                "sgx-misc-select",
                "EXINFO, which the reference value doesn't name",
                intel -> intel.quote().body(16, 0x01),
                SGX,
                FindingCode.SGX_MISC_SELECT);
        refuseSgx(
                "sgx-misc-select-unknown",
                "MISCSELECT with a bit without meaning, which no policy lets pass",
                intel -> intel.quote().body(16, 0x04),
                SGX.allow(Relaxation.MISC_SELECT, WHY),
                FindingCode.SGX_MISC_SELECT);
        sgx(
                "sgx-exit-notify-named",
                "AEX-Notify, which the reference value names",
                intel -> intel.quote().body(49, 0x04),
                sgx(Register.SGX_ATTRIBUTES, 0x400, 0x400));
        refuseSgx(
                "sgx-exit-notify",
                "AEX-Notify, which the reference value doesn't name",
                intel -> intel.quote().body(49, 0x04),
                SGX,
                FindingCode.SGX_ATTRIBUTES);
        refuseSgx(
                "sgx-no-exit-notify",
                "no AEX-Notify, which the reference value names",
                _ -> {},
                sgx(Register.SGX_ATTRIBUTES, 0x400, 0x400),
                FindingCode.SGX_ATTRIBUTES);
    }

    private void sgxNotAuthentic() {
        cases.verify(
                "sgx-other-root",
                "a hierarchy under another root",
                FakeIntel.sgx(),
                intel -> {
                    EcTestKey other = EcTestKey.named("another root");
                    intel.root().key(other).signedWith(other);
                    intel.authority().signedWith(other);
                    intel.tcbSigner().signedWith(other);
                    intel.rootCrl().signedWith(other);
                    intel.embed();
                },
                FindingCode.INTEL_ROOT);
        cases.verify(
                "sgx-pck-revoked",
                "the platform's certificate is revoked",
                FakeIntel.sgx(),
                intel -> intel.pckCrl().revoke(intel.pck().serial()),
                FindingCode.INTEL_CERTIFICATE_UNREVOKED);
        cases.verify(
                "sgx-quote-signature",
                "signed with another key than the quote names",
                FakeIntel.sgx(),
                intel -> intel.quote().signedWith(EcTestKey.named("another")),
                FindingCode.INTEL_QUOTE_SIGNATURE);
        cases.verify(
                "sgx-attestation-key-unbound",
                "the quoting enclave vouches for another key",
                FakeIntel.sgx(),
                intel -> intel.quote().binding(filled(64, 0)),
                FindingCode.INTEL_ATTESTATION_KEY_BOUND);
        cases.verify(
                "sgx-qe-report-signature",
                "the quoting enclave's report is signed by another platform",
                FakeIntel.sgx(),
                intel -> intel.quote().pck(EcTestKey.named("another")),
                FindingCode.INTEL_QE_REPORT_SIGNATURE);
        FakeIntel otherFamily = FakeIntel.sgx();
        otherFamily.tcbInfo().fmspc(filled(6, 1));
        cases.intel(
                "sgx-tcb-info-of-another-family",
                "TCB info of another FMSPC alone says nothing: neither accepted nor refused",
                otherFamily,
                SGX,
                List.of(),
                FakeIntel.NOW,
                "could-not-check",
                "");
        FakeIntel stranger = FakeIntel.sgx();
        stranger.pckCrl().issuer("Intel SGX PCK Processor CA");
        cases.intel(
                "sgx-list-of-another-authority",
                "the revocation list of another authority alone says nothing: neither accepted nor"
                        + " refused",
                stranger,
                SGX,
                List.of(),
                FakeIntel.NOW,
                "could-not-check",
                "");
        cases.verify(
                "sgx-tcb-revoked",
                "Intel has withdrawn the platform's TCB level",
                FakeIntel.sgx(),
                intel -> {
                    intel.platform().component(0, 6).component(1, 6);
                    intel.certify();
                },
                FindingCode.INTEL_TCB_UNREVOKED);
        cases.intel(
                "sgx-no-endorsements",
                "nothing that vouches for the platform: neither accepted nor refused",
                bundle(FakeIntel.sgx(), List.of()),
                SGX,
                List.of(),
                FakeIntel.NOW,
                "could-not-check",
                "");
        cases.intel(
                "sgx-truncated",
                "a quote without its last byte",
                new EvidenceBundle(
                        new SgxEvidence(shorter(FakeIntel.sgx().quote().bytes())),
                        new Endorsements(FakeIntel.sgx().endorsements())),
                SGX,
                List.of(),
                FakeIntel.NOW,
                "refused",
                "parse",
                FindingCode.EVIDENCE_FORM);
    }

    /// §6.7: on the last day of a grace, and what ends it before.
    private void sgxLate() {
        FindingCode list = FindingCode.INTEL_CRL_CURRENT;
        FindingCode document = FindingCode.INTEL_COLLATERAL_CURRENT;
        Instant lastDay = FakeIntel.NEXT.plus(Duration.ofDays(90));
        late(
                "sgx-too-late",
                "a second after the last day of the grace",
                FakeIntel.sgx(),
                lastDay.plusSeconds(1),
                list,
                list,
                document,
                document);
        FakeIntel certificate = FakeIntel.sgx();
        certificate.tcbSigner().notAfter(FakeIntel.NEXT);
        late(
                "sgx-late-certificate",
                "within the grace, with a certificate that has expired: no grace is for those",
                certificate,
                lastDay,
                list,
                list,
                FindingCode.INTEL_CERTIFICATE_VALIDITY,
                document,
                document);
        FakeIntel newer = FakeIntel.sgx();
        newer.tcbInfo().issueDate(FakeIntel.NEXT.plusSeconds(1)).nextUpdate(lastDay);
        late(
                "sgx-late-with-newer",
                "within the grace, with TCB info that was issued after the lists had expired",
                newer,
                lastDay,
                list,
                list,
                document);
    }

    private void late(
            String id, String comment, FakeIntel intel, Instant instant, FindingCode... codes) {
        HardwarePolicy policy = SGX.allowGrace(new Grace.Collateral(90, new Reason(WHY)));
        cases.intel(id, comment, intel, policy, List.of(), instant, "refused", "verify", codes);
    }

    private void sgxNotAcceptable() {
        refuseSgx(
                "sgx-report-data",
                "about something else",
                intel -> intel.quote().body(320 + 63, 0x98),
                SGX,
                FindingCode.REPORT_DATA);
        refuseSgx(
                "sgx-other-enclave",
                "another enclave",
                intel -> intel.quote().body(64, 0x70),
                SGX,
                FindingCode.MEASUREMENT);
        refuseSgx(
                "sgx-configuration",
                "configuration that the policy doesn't name",
                intel -> intel.quote().body(192, 1),
                SGX,
                FindingCode.MEASUREMENT);
        refuseSgx(
                "sgx-other-signer",
                "another signer",
                _ -> {},
                signer(73, 1, 2),
                FindingCode.MEASUREMENT);
        refuseSgx(
                "sgx-other-product",
                "another product of the signer",
                _ -> {},
                signer(72, 2, 2),
                FindingCode.MEASUREMENT);
        refuseSgx(
                "sgx-old-version",
                "an older version than the policy accepts",
                _ -> {},
                signer(72, 1, 3),
                FindingCode.MEASUREMENT);
        refuseSgx(
                "sgx-debug",
                "a debug enclave",
                intel -> intel.quote().body(48, 0x07),
                SGX,
                FindingCode.DEBUG);
        refuseSgx(
                "sgx-provision-key",
                "an enclave that may derive provisioning keys",
                intel -> intel.quote().body(48, 0x15),
                SGX,
                FindingCode.SGX_PROVISION_KEY);
        refuseSgx(
                "sgx-launch-token-key",
                "an enclave that may derive the launch token key",
                intel -> intel.quote().body(48, 0x25),
                SGX,
                FindingCode.SGX_ATTRIBUTES);
        refuseSgx(
                "sgx-out-of-date",
                "a platform that Intel rates out of date",
                SgxVectors::outOfDate,
                SGX,
                FindingCode.INTEL_TCB_STATUS);
        refuseSgx(
                "sgx-hidden-hardening",
                "out of date, which is allowed, for the quoting enclave, and with software"
                        + " hardening needed, which that hides",
                SgxVectors::hiddenHardening,
                SGX.allowTcbStatus(TcbStatus.OUT_OF_DATE, WHY),
                FindingCode.INTEL_TCB_STATUS);
        refuseSgx(
                "sgx-rejected-advisory",
                "an advisory that the policy rejects, though the state is allowed",
                SgxVectors::outOfDate,
                SGX.allowTcbStatus(TcbStatus.OUT_OF_DATE, WHY)
                        .demanding(new IntelDemands(1, List.of("INTEL-SA-00002"), List.of())),
                FindingCode.INTEL_ADVISORIES);
        refuseSgx(
                "sgx-old-evaluation",
                "TCB info of an older evaluation than the policy accepts",
                intel -> intel.tcbInfo().evaluation(16),
                SGX.demanding(new IntelDemands(17, List.of(), List.of())),
                FindingCode.INTEL_EVALUATION_NUMBER);
        var least =
                new IntelMinimum(
                        Bytes.copyOf(new byte[] {0, (byte) 0x80, 0x6f, 5, 0, 0}),
                        FakeTcbInfo.components(9, 8, 2),
                        13,
                        FakeTcbInfo.components(0, 0, 0));
        refuseSgx(
                "sgx-old-component",
                "a component below the policy's least version, though Intel rates it up to date",
                _ -> {},
                SGX.demanding(new IntelDemands(1, List.of(), List.of(least))),
                FindingCode.INTEL_MINIMUM_TCB);
        HardwarePolicy strict = IntelPolicies.of(SGX.values());
        refuseSgx(
                "sgx-dynamic-platform",
                "packages can be added",
                _ -> {},
                strict.allow(Relaxation.SMT, WHY),
                FindingCode.INTEL_DYNAMIC_PLATFORM);
        refuseSgx(
                "sgx-cached-keys",
                "Intel keeps root keys of the platform",
                SgxVectors::cachedKeys,
                SGX,
                FindingCode.INTEL_CACHED_KEYS);
        refuseSgx(
                "sgx-platform-grace-over",
                "a platform out of date, a day longer than the policy's grace",
                SgxVectors::lately,
                SGX.allowGrace(new Grace.Platform(14, new Reason(WHY))),
                FindingCode.INTEL_TCB_STATUS);
        refuseSgx(
                "sgx-smt",
                "threads share a core",
                _ -> {},
                strict.allow(Relaxation.DYNAMIC_PLATFORM, WHY),
                FindingCode.SMT);
        refuseSgx(
                "sgx-other-chip",
                "another processor than the policy lists",
                _ -> {},
                SGX.onChips(List.of(new Chip.IntelProcessor(filled(16, 0x12)))),
                FindingCode.CHIP_LISTED);
        refuseSgx(
                "sgx-no-reference-values",
                "a policy that lists nothing accepts nothing",
                _ -> {},
                intel(IntelPolicies.of(List.of())),
                FindingCode.REFERENCE_VALUES_PRESENT);
        cases.intel(
                "sgx-narrowed-away",
                "the policy accepts it, the computation doesn't",
                FakeIntel.sgx(),
                SGX,
                List.of("sgx:" + "70".repeat(32)),
                FakeIntel.NOW,
                "refused",
                "appraise",
                FindingCode.MEASUREMENT_NARROWED);
    }

    private static HardwarePolicy signer(int signer, int product, int least) {
        return intel(
                IntelPolicies.of(
                        List.of(
                                new SgxSignerValue(
                                        "signed",
                                        filled(32, signer == 72 ? 0x72 : 0x73),
                                        product,
                                        least,
                                        filled(16, 0),
                                        filled(16, 0),
                                        SgxConfig.none()))));
    }

    private static void cachedKeys(FakeIntel intel) {
        intel.platform().cachedKeys();
        intel.certify();
    }

    /// Out of date since two weeks before, on a level of that day.
    private static void lately(FakeIntel intel) {
        outOfDate(intel);
        intel.tcbInfo()
                .noLevels()
                .level(8, 13, 5, "2026-01-02T00:00:00Z", "UpToDate")
                .level(7, 11, 4, "2026-01-01T00:00:00Z", "OutOfDate");
    }

    private static void outOfDate(FakeIntel intel) {
        intel.platform().component(0, 7).component(1, 7);
        intel.certify();
    }

    private static void hiddenHardening(FakeIntel intel) {
        intel.tcbInfo().replace("UpToDate", "SWHardeningNeeded");
        intel.quote().qeReport(258, 7);
    }

    private void sgx(
            String id, String comment, Consumer<FakeIntel> change, AppraisalPolicy policy) {
        FakeIntel intel = FakeIntel.sgx();
        change.accept(intel);
        cases.affirm(id, comment, intel, policy);
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
