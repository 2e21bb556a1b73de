package io.cloister.attestation.testkit;

import io.cloister.attestation.amd.SigningKey;
import io.cloister.attestation.amd.SnpFirmware;
import io.cloister.attestation.amd.SnpProduct;
import io.cloister.attestation.amd.TcbPart;
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
import io.cloister.attestation.appraisal.SimulatedPolicy;
import io.cloister.attestation.appraisal.SnpDemands;
import io.cloister.attestation.appraisal.SnpGuestValue;
import io.cloister.attestation.appraisal.SnpIdBlock;
import io.cloister.attestation.appraisal.SnpMinimum;
import io.cloister.attestation.appraisal.SnpMitigations;
import io.cloister.attestation.appraisal.SnpRequirement;
import io.cloister.attestation.appraisal.SnpSignerValue;
import io.cloister.attestation.appraisal.TdxValue;
import io.cloister.attestation.endorsement.Endorsement;
import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.evidence.Evidence;
import io.cloister.attestation.evidence.EvidenceBundle;
import io.cloister.attestation.evidence.SgxEvidence;
import io.cloister.attestation.evidence.SnpEvidence;
import io.cloister.attestation.evidence.TdxEvidence;
import io.cloister.attestation.finding.FindingCode;
import io.cloister.attestation.intel.TcbStatus;
import io.cloister.attestation.intel.TeeType;
import io.cloister.attestation.pki.VendorRoots;
import io.cloister.protocol.Bytes;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/// Makes the vectors of `spec/vectors/attestation-hardware`: cases of the whole procedure on
/// Evidence of a fake Intel and a fake AMD, accepted ones and for each check at least one that
/// differs from an accepted one in what that check is about. The same on every machine and in every
/// run.
public final class HardwareVectors {
    private static final String WHY = "a test";
    private static final Bytes INTEL_DATA = filled(64, 0x99);
    private static final Bytes AMD_DATA = filled(64, 0x21);
    private static final Bytes NO_DIGEST = filled(48, 0);
    private static final List<Bytes> RTMRS =
            List.of(filled(48, 0x80), filled(48, 0x81), filled(48, 0x82), filled(48, 0x83));

    /// The fake platform has several packages, to which more can be added, and threads.
    private static final HardwarePolicy SGX =
            intel(
                    IntelPolicies.of(
                            List.of(
                                    new SgxEnclaveValue(
                                            "enclave", filled(32, 0x71), SgxConfig.none()))));

    private static final HardwarePolicy TDX =
            intel(IntelPolicies.of(List.of(TdxValue.of("image", filled(48, 0x77), RTMRS))));

    private static final HardwarePolicy SNP =
            IntelPolicies.of(
                            List.of(
                                    new SnpGuestValue(
                                            "image",
                                            filled(48, 0x22),
                                            filled(32, 0x23),
                                            idBlock(filled(48, 0x24), 3))))
                    .demanding(demands(Set.of()))
                    .allow(Relaxation.SMT, WHY);

    private final List<VectorCase> cases = new ArrayList<>();

    private HardwareVectors() {}

    /// The roots of the fake vendors.
    public static VendorRoots roots() {
        VendorRoots amd = FakeAmd.roots();
        return new VendorRoots(FakeIntel.sgx().pin(), amd.milan(), amd.genoa(), amd.turin());
    }

    /// All vectors, in order.
    public static List<VectorCase> all() {
        var vectors = new HardwareVectors();
        vectors.sgxAffirmed();
        vectors.sgxRegisters();
        vectors.sgxNotAuthentic();
        vectors.sgxLate();
        vectors.sgxNotAcceptable();
        vectors.tdx();
        vectors.snpAffirmed();
        vectors.snpMitigations();
        vectors.snpNotAuthentic();
        vectors.snpNotAcceptable();
        vectors.kinds();
        return List.copyOf(vectors.cases);
    }

    private static HardwarePolicy intel(HardwarePolicy strict) {
        return strict.allow(Relaxation.SMT, WHY).allow(Relaxation.DYNAMIC_PLATFORM, WHY);
    }

    private static SnpIdBlock idBlock(Bytes key, long least) {
        return new SnpIdBlock(key, NO_DIGEST, filled(16, 0x11), filled(16, 0x12), least);
    }

    private static SnpDemands demands(Set<SnpRequirement> require) {
        return demands(require, SnpMitigations.none());
    }

    private static SnpDemands demands(Set<SnpRequirement> require, SnpMitigations mitigations) {
        return new SnpDemands(
                Map.of(
                        SnpProduct.MILAN,
                        new SnpMinimum(
                                Map.of(
                                        TcbPart.BOOTLOADER, 4,
                                        TcbPart.TEE, 0,
                                        TcbPart.SNP, 24,
                                        TcbPart.MICROCODE, 219)),
                        SnpProduct.GENOA,
                        new SnpMinimum(
                                Map.of(
                                        TcbPart.BOOTLOADER, 10,
                                        TcbPart.TEE, 0,
                                        TcbPart.SNP, 23,
                                        TcbPart.MICROCODE, 84)),
                        SnpProduct.TURIN,
                        new SnpMinimum(
                                Map.of(
                                        TcbPart.FMC, 1,
                                        TcbPart.BOOTLOADER, 2,
                                        TcbPart.TEE, 3,
                                        TcbPart.SNP, 4,
                                        TcbPart.MICROCODE, 72))),
                new SnpFirmware(1, 55, 21),
                require,
                mitigations,
                List.of("CN=cloud.example"));
    }

    // SGX.

    private void sgxAffirmed() {
        for (int version = 3; version <= 5; version++) {
            if (version != 4) {
                affirm(
                        "sgx-v" + version,
                        "an SGX quote of version " + version,
                        FakeIntel.sgx(version),
                        SGX);
            }
        }
        affirm(
                "sgx-signer",
                "an enclave accepted for its signer, product and least version",
                FakeIntel.sgx(),
                signer(72, 1, 2));
        sgx(
                "sgx-out-of-date-allowed",
                "a platform out of date, relaxed by name",
                HardwareVectors::outOfDate,
                SGX.allowTcbStatus(TcbStatus.OUT_OF_DATE, WHY));
        sgx(
                "sgx-hidden-hardening-allowed",
                "out of date for the quoting enclave, with software hardening needed: both relaxed"
                        + " by name",
                HardwareVectors::hiddenHardening,
                SGX.allowTcbStatus(TcbStatus.OUT_OF_DATE, WHY)
                        .allowTcbStatus(TcbStatus.SW_HARDENING_NEEDED, WHY));
        sgx(
                "sgx-cached-keys-allowed",
                "Intel keeps root keys of the platform, relaxed by name",
                HardwareVectors::cachedKeys,
                SGX.allow(Relaxation.CACHED_KEYS, WHY));
        sgx(
                "sgx-platform-grace",
                "a platform out of date, within the policy's grace",
                HardwareVectors::lately,
                SGX.allowGrace(new Grace.Platform(15, new Reason(WHY))));
        affirm(
                "sgx-listed-chip",
                "on the processor that the policy lists",
                FakeIntel.sgx(),
                SGX.onChips(List.of(new Chip.IntelProcessor(filled(16, 0x11)))));
        affirm(
                "sgx-listed-platform",
                "on the platform that the policy lists",
                FakeIntel.sgx(),
                SGX.onChips(List.of(new Chip.IntelPlatform(filled(16, 0x33)))));
        intel(
                "sgx-narrowed-to-it",
                "the computation is narrowed to this enclave",
                FakeIntel.sgx(),
                SGX,
                List.of("sgx:" + "71".repeat(32)),
                FakeIntel.NOW,
                "affirmed",
                "");
        intel(
                "sgx-long-collateral-grace",
                "longer after its collateral has expired than it was valid, relaxed by name",
                FakeIntel.sgx(),
                SGX.allowGrace(new Grace.Collateral(90, new Reason(WHY))),
                List.of(),
                FakeIntel.NEXT.plus(Duration.ofDays(90)),
                "affirmed",
                "");
        intel(
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
        verify(
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
        verify(
                "sgx-pck-revoked",
                "the platform's certificate is revoked",
                FakeIntel.sgx(),
                intel -> intel.pckCrl().revoke(intel.pck().serial()),
                FindingCode.INTEL_CERTIFICATE_UNREVOKED);
        verify(
                "sgx-quote-signature",
                "signed with another key than the quote names",
                FakeIntel.sgx(),
                intel -> intel.quote().signedWith(EcTestKey.named("another")),
                FindingCode.INTEL_QUOTE_SIGNATURE);
        verify(
                "sgx-attestation-key-unbound",
                "the quoting enclave vouches for another key",
                FakeIntel.sgx(),
                intel -> intel.quote().binding(filled(64, 0)),
                FindingCode.INTEL_ATTESTATION_KEY_BOUND);
        verify(
                "sgx-qe-report-signature",
                "the quoting enclave's report is signed by another platform",
                FakeIntel.sgx(),
                intel -> intel.quote().pck(EcTestKey.named("another")),
                FindingCode.INTEL_QE_REPORT_SIGNATURE);
        FakeIntel otherFamily = FakeIntel.sgx();
        otherFamily.tcbInfo().fmspc(filled(6, 1));
        intel(
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
        intel(
                "sgx-list-of-another-authority",
                "the revocation list of another authority alone says nothing: neither accepted nor"
                        + " refused",
                stranger,
                SGX,
                List.of(),
                FakeIntel.NOW,
                "could-not-check",
                "");
        verify(
                "sgx-tcb-revoked",
                "Intel has withdrawn the platform's TCB level",
                FakeIntel.sgx(),
                intel -> {
                    intel.platform().component(0, 6).component(1, 6);
                    intel.certify();
                },
                FindingCode.INTEL_TCB_UNREVOKED);
        intel(
                "sgx-no-endorsements",
                "nothing that vouches for the platform: neither accepted nor refused",
                bundle(FakeIntel.sgx(), List.of()),
                SGX,
                List.of(),
                FakeIntel.NOW,
                "could-not-check",
                "");
        intel(
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
        intel(id, comment, intel, policy, List.of(), instant, "refused", "verify", codes);
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
                HardwareVectors::outOfDate,
                SGX,
                FindingCode.INTEL_TCB_STATUS);
        refuseSgx(
                "sgx-hidden-hardening",
                "out of date, which is allowed, for the quoting enclave, and with software"
                        + " hardening needed, which that hides",
                HardwareVectors::hiddenHardening,
                SGX.allowTcbStatus(TcbStatus.OUT_OF_DATE, WHY),
                FindingCode.INTEL_TCB_STATUS);
        refuseSgx(
                "sgx-rejected-advisory",
                "an advisory that the policy rejects, though the state is allowed",
                HardwareVectors::outOfDate,
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
                HardwareVectors::cachedKeys,
                SGX,
                FindingCode.INTEL_CACHED_KEYS);
        refuseSgx(
                "sgx-platform-grace-over",
                "a platform out of date, a day longer than the policy's grace",
                HardwareVectors::lately,
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
        intel(
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

    // TDX.

    private void tdx() {
        affirm("tdx-v4", "a TDX quote of version 4", FakeIntel.tdx(), TDX);
        affirm("tdx-v5", "a TDX quote of version 5 about a TD 1.0", FakeIntel.tdx5(), TDX);
        affirm("tdx-v5-td15", "a TDX quote of version 5 about a TD 1.5", FakeIntel.tdx15(), TDX);
        verify(
                "tdx-quote-signature",
                "signed with another key than the quote names",
                FakeIntel.tdx15(),
                intel -> intel.quote().signedWith(EcTestKey.named("another")),
                FindingCode.INTEL_QUOTE_SIGNATURE);
        refuseTdx("tdx-report-data", "about something else", 520, 0x98, FindingCode.REPORT_DATA);
        refuseTdx("tdx-other-image", "another image", 136, 1, FindingCode.MEASUREMENT);
        for (int i = 0; i < RTMRS.size(); i++) {
            refuseTdx(
                    "tdx-other-rtmr" + i,
                    "another run-time measurement",
                    328 + 48 * i,
                    1,
                    FindingCode.MEASUREMENT);
        }
        refuseTdx(
                "tdx-configuration",
                "configuration that the policy doesn't name",
                184,
                1,
                FindingCode.MEASUREMENT);
        refuseTdx(
                "tdx-owner",
                "an owner that the policy doesn't name",
                232,
                1,
                FindingCode.MEASUREMENT);
        refuseTdx("tdx-debug", "a debug TD", 120, 1, FindingCode.DEBUG);
        refuseTdx("tdx-untrusted", "an untrusted TD", 120, 2, FindingCode.TDX_ATTRIBUTES);
        refuseTdx(
                "tdx-sept-ve", "the host can inject #VE", 123, 0, FindingCode.TDX_SEPT_VE_DISABLE);
        refuseTdx("tdx-migratable", "a migratable TD", 123, 0x30, FindingCode.MIGRATION);
        refuseTdx(
                "tdx-protection-keys",
                "supervisor protection keys",
                123,
                0x50,
                FindingCode.TDX_PROTECTION_KEYS);
        refuseTdx("tdx-key-locker", "Key Locker", 123, 0x90, FindingCode.TDX_KEY_LOCKER);
        refuseTdx(
                "tdx-performance-counters",
                "performance counters",
                127,
                0x80,
                FindingCode.TDX_PERFORMANCE_COUNTERS);
        refuseTdx(
                "tdx-tracing",
                "XFAM with PT, which the reference value doesn't name",
                129,
                0x03,
                FindingCode.TDX_XFAM);
        refuseTdx("tdx-xfam-without-sse", "XFAM without SSE", 128, 0xe5, FindingCode.TDX_XFAM);
        refuseTdx(
                "tdx-xfam-unknown",
                "XFAM with a bit without meaning",
                135,
                0x80,
                FindingCode.TDX_XFAM);
        FakeIntel named = FakeIntel.tdx15();
        affirm(
                "tdx-xfam-named",
                "the XFAM that the reference value names",
                named,
                tdx(Register.TD_XFAM, 0x602e7, ~0L));
        FakeIntel other = FakeIntel.tdx15();
        other.quote().body(129, 0x00);
        intel(
                "tdx-xfam-other",
                "XFAM without PKRU, which the reference value names",
                other,
                tdx(Register.TD_XFAM, 0x602e7, ~0L),
                List.of(),
                FakeIntel.NOW,
                "refused",
                "appraise",
                FindingCode.TDX_XFAM);
        intel(
                "tdx-no-lass",
                "no LASS, which the reference value names",
                FakeIntel.tdx15(),
                tdx(Register.TD_ATTRIBUTES, 1L << 27, 1L << 27),
                List.of(),
                FakeIntel.NOW,
                "refused",
                "appraise",
                FindingCode.TDX_ATTRIBUTES);
        refuseTdx("tdx-service-td", "a service TD is bound", 600, 1, FindingCode.TDX_SERVICE_TD);
    }

    /// A policy for the image that says something of a register too.
    private static HardwarePolicy tdx(Register register, long value, long mask) {
        return intel(
                IntelPolicies.of(
                        List.of(
                                new TdxValue(
                                        "image",
                                        filled(48, 0x77),
                                        RTMRS,
                                        NO_DIGEST,
                                        NO_DIGEST,
                                        NO_DIGEST,
                                        List.of(),
                                        Registers.none()
                                                .with(register, new RegisterBits(value, mask))))));
    }

    private void refuseTdx(String id, String comment, int offset, int value, FindingCode... codes) {
        FakeIntel intel = FakeIntel.tdx15();
        intel.quote().body(offset, value);
        intel(id, comment, intel, TDX, List.of(), FakeIntel.NOW, "refused", "appraise", codes);
    }

    // SEV-SNP.

    private void snpAffirmed() {
        for (SnpProduct product : SnpProduct.values()) {
            for (int version : new int[] {2, 3, 5}) {
                snp(
                        "snp-" + product.word().toLowerCase(Locale.ROOT) + "-v" + version,
                        "a report of version " + version + " on " + product.word(),
                        new FakeAmd(product, SigningKey.VCEK, version),
                        _ -> {},
                        SNP,
                        "affirmed",
                        "");
            }
        }
        snp(
                "snp-cloud-key-allowed",
                "signed with a cloud provider's key, relaxed by name",
                new FakeAmd(SnpProduct.MILAN, SigningKey.VLEK, 3),
                _ -> {},
                SNP.allow(Relaxation.CLOUD_KEY, WHY),
                "affirmed",
                "");
        snp(
                "snp-signer",
                "a guest accepted for its ID key, family, image and least version",
                milan(),
                _ -> {},
                snpSigner(0x24, 3),
                "affirmed",
                "");
        snp(
                "snp-listed-chip",
                "on the chip that the policy lists",
                milan(),
                _ -> {},
                SNP.onChips(List.of(new Chip.Snp(milan().chip()))),
                "affirmed",
                "");
        snp(
                "snp-masked-chip",
                "the platform hides its chip, and the policy lists none",
                milan(),
                HardwareVectors::maskChip,
                SNP,
                "affirmed",
                "");
        snp(
                "snp-required",
                "with the protections that the policy requires",
                milan(),
                _ -> {},
                SNP.demanding(demands(Set.of(SnpRequirement.ECC, SnpRequirement.ALIAS_CHECK))),
                "affirmed",
                "");
    }

    private void snpMitigations() {
        HardwarePolicy demanding = SNP.demanding(demands(Set.of(), new SnpMitigations(0x2, 0x6)));
        snp(
                "snp-mitigations",
                "with the mitigations that the policy demands",
                new FakeAmd(SnpProduct.MILAN, SigningKey.VCEK, 5),
                _ -> {},
                demanding,
                "affirmed",
                "");
        snp(
                "snp-mitigation-lacking",
                "without a mitigation that the policy demands",
                new FakeAmd(SnpProduct.MILAN, SigningKey.VCEK, 5),
                amd -> amd.report().u64(0x200, 0x3),
                demanding,
                "refused",
                "appraise",
                FindingCode.SNP_MITIGATIONS);
        snp(
                "snp-mitigation-lacking-at-launch",
                "launched without a mitigation that the policy demands",
                new FakeAmd(SnpProduct.MILAN, SigningKey.VCEK, 5),
                amd -> amd.report().u64(0x1f8, 0x1),
                demanding,
                "refused",
                "appraise",
                FindingCode.SNP_MITIGATIONS);
        snp(
                "snp-mitigations-unnamed",
                "a report of version 3 names no mitigations, and the policy demands some",
                milan(),
                _ -> {},
                demanding,
                "refused",
                "appraise",
                FindingCode.SNP_MITIGATIONS);
    }

    private void snpNotAuthentic() {
        byte[] altered = milan().evidence().report().toArray();
        altered[0x90] ^= 1;
        add(
                "snp-report-signature",
                "one bit of what is signed",
                new EvidenceBundle(new SnpEvidence(Bytes.copyOf(altered)), milan().endorsements()),
                SNP,
                AMD_DATA,
                List.of(),
                FakeAmd.NOW,
                "refused",
                "verify",
                FindingCode.SNP_REPORT_SIGNATURE);
        snp(
                "snp-issuer-revoked",
                "the chip's issuer is revoked",
                milan(),
                amd -> amd.revocationList().revoke(0x10001),
                SNP,
                "refused",
                "verify",
                FindingCode.SNP_NOT_REVOKED);
        snp(
                "snp-other-tcb",
                "a certificate for another TCB version than the report gives",
                milan(),
                amd -> amd.number("3.8", 218),
                SNP,
                "refused",
                "verify",
                FindingCode.SNP_LEAF_TCB);
        snp(
                "snp-other-chips-certificate",
                "a certificate of another chip",
                milan(),
                amd -> amd.report().u8(0x1a0 + 5, 0),
                SNP,
                "refused",
                "verify",
                FindingCode.SNP_CHIP_ID);
        add(
                "snp-no-endorsements",
                "nothing that vouches for the chip: neither accepted nor refused",
                new EvidenceBundle(milan().evidence(), new Endorsements(List.of())),
                SNP,
                AMD_DATA,
                List.of(),
                FakeAmd.NOW,
                "could-not-check",
                "");
        add(
                "snp-truncated",
                "a report without its last byte",
                new EvidenceBundle(
                        new SnpEvidence(shorter(milan().evidence().report())),
                        milan().endorsements()),
                SNP,
                AMD_DATA,
                List.of(),
                FakeAmd.NOW,
                "refused",
                "parse",
                FindingCode.EVIDENCE_FORM);
    }

    private void snpNotAcceptable() {
        refuseSnp(
                "snp-report-data",
                "about something else",
                amd -> amd.report().u8(0x50, 0),
                FindingCode.REPORT_DATA);
        refuseSnp(
                "snp-other-image",
                "another image",
                amd -> amd.report().u8(0x90, 0),
                FindingCode.MEASUREMENT);
        refuseSnp(
                "snp-host-data",
                "other host data",
                amd -> amd.report().u8(0xc0, 0),
                FindingCode.MEASUREMENT);
        refuseSnp(
                "snp-family",
                "another family than the reference value names",
                amd -> amd.report().u8(0x10, 0),
                FindingCode.MEASUREMENT);
        refuseSnp(
                "snp-image",
                "another image id than the reference value names",
                amd -> amd.report().u8(0x20, 0),
                FindingCode.MEASUREMENT);
        refuseSnp(
                "snp-old-guest",
                "an older version of the guest than the reference value names",
                amd -> amd.report().u32(0x04, 2),
                FindingCode.MEASUREMENT);
        refuseSnp(
                "snp-author-key",
                "an author key that the reference value doesn't name",
                amd -> amd.report().u32(0x48, 1),
                FindingCode.MEASUREMENT);
        refuseSnp(
                "snp-migration-agent",
                "a migration agent, though the guest policy allows none",
                amd -> amd.report().u8(0x160, 0),
                FindingCode.MIGRATION);
        refuseSnp(
                "snp-id-key",
                "another ID key",
                amd -> amd.report().u8(0xe0, 0),
                FindingCode.MEASUREMENT);
        snp(
                "snp-other-signer",
                "another signer",
                milan(),
                _ -> {},
                snpSigner(0x25, 3),
                "refused",
                "appraise",
                FindingCode.MEASUREMENT);
        snp(
                "snp-old-version",
                "an older version than the policy accepts",
                milan(),
                _ -> {},
                snpSigner(0x24, 4),
                "refused",
                "appraise",
                FindingCode.MEASUREMENT);
        refuseSnp(
                "snp-debug",
                "a debug guest",
                amd -> amd.report().u64(8, 0xb0000),
                FindingCode.DEBUG);
        refuseSnp(
                "snp-migration",
                "a migration agent",
                amd -> amd.report().u64(8, 0x70000),
                FindingCode.MIGRATION);
        refuseSnp(
                "snp-cxl", "CXL memory", amd -> amd.report().u64(8, 0x230000), FindingCode.SNP_CXL);
        snp(
                "snp-smt",
                "threads share a core",
                milan(),
                _ -> {},
                IntelPolicies.of(SNP.values()).demanding(demands(Set.of())),
                "refused",
                "appraise",
                FindingCode.SMT);
        snp(
                "snp-not-required",
                "without a protection that the policy requires",
                milan(),
                _ -> {},
                SNP.demanding(demands(Set.of(SnpRequirement.CIPHERTEXT_HIDING))),
                "refused",
                "appraise",
                FindingCode.SNP_REQUIRED);
        refuseSnp(
                "snp-vmpl",
                "asked for at a lower privilege level",
                amd -> amd.report().u32(0x30, 1),
                FindingCode.SNP_VMPL);
        refuseSnp(
                "snp-provisional-firmware",
                "firmware that can be rolled back",
                amd -> amd.report().u8(0x1e0 + 7, 218),
                FindingCode.SNP_PROVISIONAL_FIRMWARE);
        refuseSnp(
                "snp-tcb-order",
                "firmware reported that is newer than what runs",
                amd -> {
                    amd.number("3.8", 220);
                    amd.report().u8(0x180 + 7, 220);
                },
                FindingCode.SNP_TCB_ORDER);
        refuseSnp(
                "snp-old-firmware",
                "an older version of the SNP firmware",
                amd -> amd.report().u8(0x1e8, 20).u8(0x1ec, 20),
                FindingCode.SNP_MINIMUM_FIRMWARE);
        refuseSnp(
                "snp-old-launch",
                "launched under an older TCB",
                amd -> amd.report().u8(0x1f0 + 7, 218),
                FindingCode.SNP_MINIMUM_TCB);
        snp(
                "snp-cloud-key",
                "signed with a cloud provider's key",
                new FakeAmd(SnpProduct.MILAN, SigningKey.VLEK, 3),
                _ -> {},
                SNP,
                "refused",
                "appraise",
                FindingCode.SNP_CHIP_KEY);
        SnpDemands demands = demands(Set.of());
        snp(
                "snp-cloud-key-unnamed",
                "signed with the key of a cloud provider that the policy does not name",
                new FakeAmd(SnpProduct.MILAN, SigningKey.VLEK, 3),
                _ -> {},
                SNP.allow(Relaxation.CLOUD_KEY, WHY)
                        .demanding(
                                new SnpDemands(
                                        demands.minTcb(),
                                        demands.minFirmware(),
                                        demands.require(),
                                        demands.mitigations(),
                                        List.of("CN=another.example"))),
                "refused",
                "appraise",
                FindingCode.SNP_CLOUD_PROVIDER);
        snp(
                "snp-masked-listed-chip",
                "the platform hides its chip, which the policy lists and the certificate names",
                milan(),
                HardwareVectors::maskChip,
                SNP.onChips(List.of(new Chip.Snp(milan().chip()))),
                "refused",
                "appraise",
                FindingCode.CHIP_LISTED);
        snp(
                "snp-other-chip",
                "another chip than the policy lists",
                milan(),
                _ -> {},
                SNP.onChips(List.of(new Chip.Snp(filled(64, 1)))),
                "refused",
                "appraise",
                FindingCode.CHIP_LISTED);
    }

    private static void maskChip(FakeAmd amd) {
        amd.report().u32(0x48, 2).put(0x1a0, filled(64, 0));
    }

    private static FakeAmd milan() {
        return new FakeAmd(SnpProduct.MILAN, SigningKey.VCEK, 3);
    }

    private static HardwarePolicy snpSigner(int key, long least) {
        return IntelPolicies.of(
                        List.of(
                                new SnpSignerValue(
                                        "signed",
                                        filled(32, 0x23),
                                        idBlock(filled(48, key), least))))
                .demanding(demands(Set.of()))
                .allow(Relaxation.SMT, WHY);
    }

    // Both.

    private void kinds() {
        refuseSgx(
                "hardware-under-simulated-policy",
                "a policy for simulation never accepts hardware",
                _ -> {},
                SimulatedPolicy.anyRoot(List.of(), WHY).allowAnyMeasurement(WHY),
                FindingCode.EVIDENCE_KIND_ACCEPTED);
        add(
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
        snp(
                "snp-under-a-policy-for-sgx",
                "no reference value of this kind",
                milan(),
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
        add(
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

    // How cases are recorded.

    private void affirm(String id, String comment, FakeIntel intel, AppraisalPolicy policy) {
        intel(id, comment, intel, policy, List.of(), FakeIntel.NOW, "affirmed", "");
    }

    private void sgx(
            String id, String comment, Consumer<FakeIntel> change, AppraisalPolicy policy) {
        FakeIntel intel = FakeIntel.sgx();
        change.accept(intel);
        affirm(id, comment, intel, policy);
    }

    private void verify(
            String id,
            String comment,
            FakeIntel intel,
            Consumer<FakeIntel> change,
            FindingCode... codes) {
        HardwarePolicy policy = intel.quote().kind() == TeeType.SGX ? SGX : TDX;
        change.accept(intel);
        intel(id, comment, intel, policy, List.of(), FakeIntel.NOW, "refused", "verify", codes);
    }

    private void refuseSgx(
            String id,
            String comment,
            Consumer<FakeIntel> change,
            AppraisalPolicy policy,
            FindingCode... codes) {
        FakeIntel intel = FakeIntel.sgx();
        change.accept(intel);
        intel(id, comment, intel, policy, List.of(), FakeIntel.NOW, "refused", "appraise", codes);
    }

    private void intel(
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

    private void intel(
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

    private static EvidenceBundle bundle(FakeIntel intel, List<Endorsement> endorsements) {
        Bytes quote = intel.quote().bytes();
        Evidence evidence =
                switch (intel.quote().kind()) {
                    case SGX -> new SgxEvidence(quote);
                    case TDX -> new TdxEvidence(quote);
                };
        return new EvidenceBundle(evidence, new Endorsements(endorsements));
    }

    private void refuseSnp(
            String id, String comment, Consumer<FakeAmd> change, FindingCode... codes) {
        snp(id, comment, milan(), change, SNP, "refused", "appraise", codes);
    }

    private void snp(
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

    private void add(
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
        cases.add(
                new VectorCase(
                        id,
                        comment,
                        bundle.canonical(),
                        policy,
                        reportData,
                        measurements,
                        instant,
                        outcome,
                        stage,
                        Arrays.stream(codes).map(FindingCode::code).toList()));
    }

    private static Bytes shorter(Bytes bytes) {
        return bytes.slice(0, bytes.length() - 1);
    }

    private static Bytes filled(int length, int value) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) value);
        return Bytes.copyOf(bytes);
    }
}
