package io.cloister.attestation.testkit;

import static io.cloister.attestation.testkit.HardwarePolicies.NO_DIGEST;
import static io.cloister.attestation.testkit.HardwarePolicies.RTMRS;
import static io.cloister.attestation.testkit.HardwarePolicies.TDX;
import static io.cloister.attestation.testkit.HardwarePolicies.filled;
import static io.cloister.attestation.testkit.HardwarePolicies.intel;

import io.cloister.attestation.appraisal.HardwarePolicy;
import io.cloister.attestation.appraisal.Register;
import io.cloister.attestation.appraisal.RegisterBits;
import io.cloister.attestation.appraisal.Registers;
import io.cloister.attestation.appraisal.TdxValue;
import io.cloister.attestation.finding.FindingCode;

import java.util.List;

/// Vectors of TDX quotes.
final class TdxVectors {
    private final HardwareCases cases;

    TdxVectors(HardwareCases cases) {
        this.cases = cases;
    }

    void record() {
        cases.affirm("tdx-v4", "a TDX quote of version 4", FakeIntel.tdx(), TDX);
        cases.affirm("tdx-v5", "a TDX quote of version 5 about a TD 1.0", FakeIntel.tdx5(), TDX);
        cases.affirm(
                "tdx-v5-td15", "a TDX quote of version 5 about a TD 1.5", FakeIntel.tdx15(), TDX);
        cases.verify(
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
        cases.affirm(
                "tdx-xfam-named",
                "the XFAM that the reference value names",
                named,
                tdx(Register.TD_XFAM, 0x602e7, ~0L));
        FakeIntel other = FakeIntel.tdx15();
        other.quote().body(129, 0x00);
        cases.intel(
                "tdx-xfam-other",
                "XFAM without PKRU, which the reference value names",
                other,
                tdx(Register.TD_XFAM, 0x602e7, ~0L),
                List.of(),
                FakeIntel.NOW,
                "refused",
                "appraise",
                FindingCode.TDX_XFAM);
        cases.intel(
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
        cases.intel(
                id, comment, intel, TDX, List.of(), FakeIntel.NOW, "refused", "appraise", codes);
    }
}
