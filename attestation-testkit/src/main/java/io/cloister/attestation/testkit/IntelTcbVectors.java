package io.cloister.attestation.testkit;

import static io.cloister.attestation.testkit.HardwarePolicies.SGX;
import static io.cloister.attestation.testkit.HardwarePolicies.TDX;
import static io.cloister.attestation.testkit.HardwarePolicies.WHY;

import io.cloister.attestation.appraisal.HardwarePolicy;
import io.cloister.attestation.finding.FindingCode;
import io.cloister.attestation.intel.TcbStatus;
import io.cloister.attestation.intel.TeeType;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;

/// Vectors of Intel's rating of a platform (spec/evidence.md §9.8). The fake platform is exactly on
/// the first level; each case moves one version across a boundary. A status shows in what a policy
/// makes of it: one is accepted if, and only if, the policy names it.
final class IntelTcbVectors {
    private static final FindingCode STATUS = FindingCode.INTEL_TCB_STATUS;
    private static final FindingCode REVOKED = FindingCode.INTEL_TCB_UNREVOKED;
    private static final int COMPONENTS = 16;
    private static final String DATE = "2025-01-01T00:00:00Z";

    /// What a level of a platform may say.
    private static final List<TcbStatus> OF_PLATFORM =
            List.of(
                    TcbStatus.UP_TO_DATE,
                    TcbStatus.SW_HARDENING_NEEDED,
                    TcbStatus.CONFIGURATION_NEEDED,
                    TcbStatus.CONFIGURATION_AND_SW_HARDENING_NEEDED,
                    TcbStatus.OUT_OF_DATE,
                    TcbStatus.OUT_OF_DATE_CONFIGURATION_NEEDED,
                    TcbStatus.REVOKED);

    private final HardwareCases cases;

    IntelTcbVectors(HardwareCases cases) {
        this.cases = cases;
    }

    void record() {
        components();
        platform();
        tdxComponents();
        quotingEnclave();
        module();
        statuses();
        relaunch();
    }

    private static HardwarePolicy policy(FakeIntel intel) {
        return intel.quote().kind() == TeeType.SGX ? SGX : TDX;
    }

    private void affirm(String id, String comment, FakeIntel intel) {
        cases.affirm(id, comment, intel.certify(), policy(intel));
    }

    private void refuse(String id, String comment, FakeIntel intel) {
        cases.refuse(id, comment, intel.certify(), policy(intel), STATUS);
    }

    private void revoked(String id, String comment, FakeIntel intel) {
        cases.verify(id, comment, intel.certify(), _ -> {}, REVOKED);
    }

    private static FakeIntel with(FakeIntel intel, Consumer<FakeIntel> change) {
        change.accept(intel);
        return intel;
    }

    /// All 16 components 5, on a level that demands just that.
    private static FakeIntel evenly() {
        FakeIntel intel = FakeIntel.sgx();
        List<Integer> fives = new ArrayList<>(Collections.nCopies(COMPONENTS, 5));
        for (int i = 0; i < COMPONENTS; i++) {
            intel.platform().component(i, 5);
        }
        intel.tcbInfo().noLevels().levels().add(level(fives, FakeTcbInfo.components(0, 0, 0)));
        return intel;
    }

    private static FakeTcbInfo.Level level(List<Integer> sgx, List<Integer> tdx) {
        return new FakeTcbInfo.Level(sgx, 13, tdx, DATE, "UpToDate", List.of());
    }

    private void components() {
        affirm("sgx-tcb-components-equal", "each component is what the level demands", evenly());
        for (int i = 0; i < COMPONENTS; i++) {
            FakeIntel below = evenly();
            below.platform().component(i, 4);
            refuse(
                    "sgx-tcb-component-" + (i + 1) + "-below",
                    "one component is one below what the level demands",
                    below);
        }
        FakeIntel wide = FakeIntel.sgx();
        wide.tcbInfo()
                .noLevels()
                .levels()
                .add(level(FakeTcbInfo.components(256 + 8, 0, 0), FakeTcbInfo.components(0, 0, 0)));
        refuse(
                "sgx-tcb-component-above-a-byte",
                "a level that demands 264 of a component is not reached by 8",
                wide);
    }

    private void platform() {
        refuse(
                "sgx-pce-svn-below",
                "the certifying enclave's version is one below what the level demands",
                with(FakeIntel.sgx(), intel -> intel.platform().pceSvn(12)));
        affirm(
                "sgx-pce-svn-above",
                "the certifying enclave's version is above what the level demands",
                with(FakeIntel.sgx(), intel -> intel.platform().pceSvn(14)));
        affirm(
                "sgx-pce-svn-two-bytes",
                "a version of the certifying enclave that needs two bytes",
                with(FakeIntel.sgx(), intel -> intel.platform().pceSvn(0x100)));
        refuse(
                "sgx-pce-svn-alone",
                "a high version of the certifying enclave, and a component below every level",
                with(FakeIntel.sgx(), intel -> intel.platform().component(0, 5).pceSvn(0xffff)));
        affirm(
                "sgx-tcb-component-highest",
                "a component of 255, which is not negative",
                with(FakeIntel.sgx(), intel -> intel.platform().component(0, 255)));
        refuse(
                "sgx-tcb-order",
                "the first level of the list that is reached counts, not the best",
                with(
                        FakeIntel.sgx(),
                        intel ->
                                intel.tcbInfo()
                                        .noLevels()
                                        .level(7, 11, 4, DATE, "OutOfDate")
                                        .level(8, 13, 5, DATE, "UpToDate")));
        affirm(
                "sgx-tcb-certified",
                "the certified versions count, not those in the report",
                with(FakeIntel.sgx(), intel -> intel.quote().body(0, 0, 0, 0)));
        revoked(
                "sgx-tcb-revoked-above",
                "above a revoked level in all but one component",
                with(
                        FakeIntel.sgx(),
                        intel -> intel.platform().component(0, 6).component(1, 9).pceSvn(20)));
        revoked(
                "tdx-tcb-revoked",
                "Intel has withdrawn the platform's TCB level",
                with(FakeIntel.tdx(), intel -> intel.platform().component(0, 6)));
        revoked(
                "tdx-sgx-level-revoked",
                "a revoked SGX level, under a TDX level that is not",
                with(
                        FakeIntel.tdx(),
                        intel -> {
                            intel.tcbInfo()
                                    .noLevels()
                                    .level(8, 13, 5, DATE, "Revoked")
                                    .level(7, 11, 4, DATE, "OutOfDate");
                            intel.quote().body(2, 7);
                        }));
    }

    /// Every component of TEE_TCB_SVN 5, on a level that demands just that, with the module of
    /// major version `major`.
    private static FakeIntel evenTd(int major) {
        FakeIntel intel = FakeIntel.tdx();
        List<Integer> fives = new ArrayList<>(Collections.nCopies(COMPONENTS, 5));
        if (major == 0) {
            fives.set(1, 0);
        }
        for (int i = 0; i < COMPONENTS; i++) {
            intel.quote().body(i, i == 1 ? major : 5);
        }
        intel.tcbInfo().noLevels().levels().add(level(FakeTcbInfo.components(0, 0, 0), fives));
        return intel;
    }

    private void tdxComponents() {
        for (int major : new int[] {0, 1}) {
            String id = "tdx-tcb-v" + major + "-component";
            affirm(id + "s-equal", "each TDX component is what the level demands", evenTd(major));
            for (int i = major == 0 ? 0 : 2; i < COMPONENTS; i++) {
                if (i == 1) {
                    continue;
                }
                FakeIntel below = evenTd(major);
                below.quote().body(i, 4);
                refuse(
                        id + "-" + (i + 1) + "-below",
                        "one TDX component is one below what the level demands",
                        below);
            }
        }
    }

    private void quotingEnclave() {
        for (FakeIntel intel : List.of(FakeIntel.sgx(), FakeIntel.tdx())) {
            String id = intel.quote().kind() == TeeType.SGX ? "sgx-qe-" : "tdx-qe-";
            intel.quote().qeReport(258, 9);
            affirm(id + "above", "a quoting enclave above the first level", intel);
            intel.quote().qeReport(258, 7);
            refuse(id + "below", "a quoting enclave one below the first level", intel);
            intel.quote().qeReport(258, 3);
            refuse(id + "below-all", "a quoting enclave below every level", intel);
            intel.quote().qeReport(258, 5);
            revoked(id + "revoked", "a quoting enclave on a revoked level", intel);
        }
    }

    private void module() {
        refuse(
                "tdx-module-below",
                "a module one below its first level",
                with(FakeIntel.tdx(), intel -> intel.quote().body(0, 4, 1, 8)));
        refuse(
                "tdx-module-below-all",
                "a module below every level",
                with(FakeIntel.tdx(), intel -> intel.quote().body(0, 1, 1, 8)));
        revoked(
                "tdx-module-revoked",
                "a module on a revoked level",
                with(FakeIntel.tdx(), intel -> intel.quote().body(0, 3, 1, 8)));
        affirm(
                "tdx-module-of-version-zero",
                "a module of major version 0, which the TCB level rates",
                with(FakeIntel.tdx(), intel -> intel.quote().body(0, 5, 0, 8)));
    }

    /// Each status is accepted under its name, and under no other.
    private void statuses() {
        for (TcbStatus status : OF_PLATFORM) {
            for (FakeIntel intel : List.of(FakeIntel.sgx(), FakeIntel.tdx())) {
                String id =
                        (intel.quote().kind() == TeeType.SGX ? "sgx" : "tdx")
                                + "-status-"
                                + status.word();
                intel.tcbInfo().noLevels().level(8, 13, 5, DATE, status.word());
                if (status == TcbStatus.REVOKED) {
                    revoked(id, "a level that Intel has withdrawn", intel);
                } else if (status == TcbStatus.UP_TO_DATE) {
                    affirm(id, "a level that is up to date", intel);
                } else {
                    named(id, "a level of this status", intel, status);
                }
            }
        }
    }

    /// Refused, and accepted by its name.
    private void named(String id, String comment, FakeIntel intel, TcbStatus status) {
        refuse(id, comment, intel);
        cases.affirm(
                id + "-named",
                comment + ", which the policy names",
                intel,
                policy(intel).allowTcbStatus(status, WHY));
    }

    /// A TD started under minor version 4, while the module that runs now is of another.
    private static FakeIntel relaunchable(int... running) {
        FakeIntel intel = FakeIntel.tdx15();
        intel.quote().body(0, 4, 1, 8).body(584, running);
        return intel;
    }

    private void relaunch() {
        TcbStatus advised = TcbStatus.TD_RELAUNCH_ADVISED;
        named("tdx-relaunch", "a newer module runs", relaunchable(5, 1, 8), advised);
        named(
                "tdx-relaunch-major",
                "a module of a newer major version runs",
                relaunchable(3, 3, 8),
                advised);
        named(
                "tdx-relaunch-version-zero",
                "a module of major version 0 runs that is up to date",
                relaunchable(5, 0, 8),
                advised);
        FakeIntel configuration = relaunchable(5, 1, 8);
        configuration.tcbInfo().noLevels().level(8, 13, 5, DATE, "ConfigurationNeeded");
        named(
                "tdx-relaunch-configuration",
                "a newer module runs, and a configuration is needed",
                configuration,
                TcbStatus.TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED);
        TcbStatus old = TcbStatus.OUT_OF_DATE;
        named(
                "tdx-no-relaunch-same",
                "the same module runs: a relaunch would not help",
                relaunchable(4, 1, 8),
                old);
        named(
                "tdx-no-relaunch-component",
                "a newer module runs, under a third component that is one below",
                relaunchable(5, 1, 7),
                old);
        named(
                "tdx-no-relaunch-zero",
                "a module of major version 0 runs that is one below",
                relaunchable(4, 0, 8),
                old);
        named(
                "tdx-no-relaunch-unlisted",
                "a module runs that TCB info doesn't list",
                relaunchable(9, 7, 8),
                old);
        named(
                "tdx-no-relaunch-platform",
                "a newer module runs, on a platform that is out of date",
                with(relaunchable(5, 1, 8), intel -> intel.platform().component(0, 7)),
                old);
        named(
                "tdx-no-relaunch-qe",
                "a newer module runs, with a quoting enclave that is out of date",
                with(relaunchable(5, 1, 8), intel -> intel.quote().qeReport(258, 6)),
                old);
    }
}
