package io.cloister.attestation.intel;

import static io.cloister.attestation.intel.Outcomes.accepted;
import static io.cloister.attestation.intel.Outcomes.refused;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.attestation.finding.FindingCode;
import io.cloister.attestation.testkit.FakeIntel;
import io.cloister.attestation.testkit.FakeTcbInfo;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.List;

/// Intel's rating of a platform (spec/evidence.md §9.7, §9.8). The fake platform is exactly on the
/// first level; each test moves one version across a boundary.
class TcbTest {
    private static TcbStatus status(FakeIntel intel) throws Exception {
        return accepted(intel.certify()).tcb().status();
    }

    /// One level with this status, which the fake platform reaches.
    private static FakeIntel on(FakeIntel intel, String status) {
        intel.tcbInfo().noLevels().level(8, 13, 5, "2025-01-01T00:00:00Z", status);
        return intel;
    }

    @Test
    void isOnTheFirstLevelThatItReachesExactly() throws Exception {
        IntelTcb tcb = accepted(FakeIntel.sgx()).tcb();
        assertEquals(TcbStatus.UP_TO_DATE, tcb.status());
        assertEquals(Instant.parse("2025-01-01T00:00:00Z"), tcb.platform().orElseThrow().tcbDate());
        assertEquals(List.of(), tcb.platform().orElseThrow().advisoryIds());
        assertEquals("SGX", tcb.sgx().orElseThrow().name());
        assertEquals("QE", tcb.qe().orElseThrow().name());
        assertTrue(tcb.tdx().isEmpty() && tcb.module().isEmpty());
    }

    @Test
    void fallsToTheNextLevelForEachComponentBelow() throws Exception {
        for (int i = 0; i < 2; i++) {
            FakeIntel intel = FakeIntel.sgx();
            intel.platform().component(i, 7);
            assertEquals(TcbStatus.OUT_OF_DATE, status(intel));
        }
        FakeIntel third = FakeIntel.sgx();
        third.platform().component(2, 1);
        assertEquals(TcbStatus.NOT_SUPPORTED, status(third));
    }

    @Test
    void fallsToTheNextLevelForALowerPceSvn() throws Exception {
        for (int svn : new int[] {11, 12}) {
            FakeIntel intel = FakeIntel.sgx();
            intel.platform().pceSvn(svn);
            assertEquals(TcbStatus.OUT_OF_DATE, status(intel));
        }
        FakeIntel below = FakeIntel.sgx();
        below.platform().pceSvn(10);
        assertEquals(TcbStatus.NOT_SUPPORTED, status(below));
    }

    @Test
    void isNotSupportedWithOnlyAHigherPceSvn() throws Exception {
        FakeIntel intel = FakeIntel.sgx();
        intel.platform().component(0, 5).pceSvn(0xffff);
        IntelTcb tcb = accepted(intel.certify()).tcb();
        assertEquals(TcbStatus.NOT_SUPPORTED, tcb.status());
        assertTrue(tcb.platform().isEmpty());
    }

    @Test
    void staysOnTheFirstLevelAboveIt() throws Exception {
        FakeIntel intel = FakeIntel.sgx();
        intel.platform().component(0, 255).component(15, 200).pceSvn(14);
        assertEquals(TcbStatus.UP_TO_DATE, status(intel));
    }

    @Test
    void walksTheLevelsInTheirOrder() throws Exception {
        FakeIntel intel = FakeIntel.sgx();
        intel.tcbInfo().noLevels();
        intel.tcbInfo().level(7, 11, 4, "2024-01-01T00:00:00Z", "OutOfDate", "INTEL-SA-00009");
        intel.tcbInfo().level(8, 13, 5, "2025-01-01T00:00:00Z", "UpToDate");
        IntelTcb tcb = accepted(intel).tcb();
        assertEquals(TcbStatus.OUT_OF_DATE, tcb.status());
        assertEquals(List.of("INTEL-SA-00009"), tcb.platform().orElseThrow().advisoryIds());
    }

    @Test
    void comparesTheCertifiedVersionsNotTheReportedOnes() throws Exception {
        FakeIntel intel = FakeIntel.sgx();
        intel.quote().body(0, 0, 0, 0);
        assertEquals(TcbStatus.UP_TO_DATE, status(intel));
    }

    @Test
    void refusesARevokedLevel() throws Exception {
        FakeIntel equal = FakeIntel.sgx();
        equal.platform().component(0, 6);
        refused(equal.certify(), FindingCode.INTEL_TCB_UNREVOKED);
        FakeIntel higher = FakeIntel.sgx();
        higher.platform().component(0, 6).component(1, 9).pceSvn(20);
        refused(higher.certify(), FindingCode.INTEL_TCB_UNREVOKED);
        FakeIntel td = FakeIntel.tdx();
        td.platform().component(0, 6);
        refused(td.certify(), FindingCode.INTEL_TCB_UNREVOKED);
    }

    @Test
    void saysEachStatusOfALevel() throws Exception {
        for (TcbStatus status : TcbStatus.OF_PLATFORM) {
            for (FakeIntel intel : List.of(FakeIntel.sgx(), FakeIntel.tdx())) {
                on(intel, status.word());
                if (status == TcbStatus.REVOKED) {
                    refused(intel, FindingCode.INTEL_TCB_UNREVOKED);
                } else {
                    assertEquals(status, status(intel));
                }
            }
        }
    }

    @Test
    void putsTheQuotingEnclavesStatusIntoTheWhole() throws Exception {
        assertEquals(TcbStatus.OUT_OF_DATE, withQe("UpToDate", 7));
        assertEquals(TcbStatus.OUT_OF_DATE, withQe("SWHardeningNeeded", 6));
        assertEquals(TcbStatus.OUT_OF_DATE_CONFIGURATION_NEEDED, withQe("ConfigurationNeeded", 6));
        assertEquals(
                TcbStatus.OUT_OF_DATE_CONFIGURATION_NEEDED,
                withQe("ConfigurationAndSWHardeningNeeded", 6));
        assertEquals(TcbStatus.OUT_OF_DATE, withQe("OutOfDate", 6));
        assertEquals(
                TcbStatus.OUT_OF_DATE_CONFIGURATION_NEEDED,
                withQe("OutOfDateConfigurationNeeded", 6));
        assertEquals(TcbStatus.UP_TO_DATE, withQe("UpToDate", 8));
        assertEquals(TcbStatus.UP_TO_DATE, withQe("UpToDate", 9));
        assertEquals(TcbStatus.NOT_SUPPORTED, withQe("UpToDate", 3));
    }

    private static TcbStatus withQe(String level, int isvSvn) throws Exception {
        TcbStatus td = withQe(FakeIntel.tdx(), level, isvSvn);
        assertEquals(td, withQe(FakeIntel.sgx(), level, isvSvn));
        return td;
    }

    private static TcbStatus withQe(FakeIntel intel, String level, int isvSvn) throws Exception {
        on(intel, level).quote().qeReport(258, isvSvn);
        return status(intel);
    }

    @Test
    void refusesARevokedQuotingEnclave() throws Exception {
        for (int svn : new int[] {4, 5}) {
            for (FakeIntel intel : List.of(FakeIntel.sgx(), FakeIntel.tdx())) {
                intel.quote().qeReport(258, svn);
                refused(intel, FindingCode.INTEL_TCB_UNREVOKED);
            }
        }
    }

    @Test
    void backsOffToALowerLevelForTheTdxComponents() throws Exception {
        FakeIntel intel = FakeIntel.tdx();
        intel.quote().body(2, 7);
        IntelTcb tcb = accepted(intel).tcb();
        assertEquals(TcbStatus.OUT_OF_DATE, tcb.status());
        assertEquals(TcbStatus.UP_TO_DATE, tcb.sgx().orElseThrow().status());
        assertEquals(TcbStatus.OUT_OF_DATE, tcb.tdx().orElseThrow().status());
        assertEquals(
                List.of("INTEL-SA-00001", "INTEL-SA-00002"),
                tcb.platform().orElseThrow().advisoryIds());
    }

    @Test
    void isNotSupportedBelowEveryTdxLevel() throws Exception {
        FakeIntel intel = FakeIntel.tdx();
        intel.quote().body(2, 5);
        IntelTcb tcb = accepted(intel).tcb();
        assertEquals(TcbStatus.NOT_SUPPORTED, tcb.status());
        assertEquals(TcbStatus.UP_TO_DATE, tcb.sgx().orElseThrow().status());
        assertTrue(tcb.platform().isEmpty());
    }

    @Test
    void refusesARevokedSgxLevelUnderATdxLevelThatIsNot() throws Exception {
        FakeIntel intel = FakeIntel.tdx();
        intel.tcbInfo().noLevels();
        intel.tcbInfo().level(8, 13, 5, "2025-01-01T00:00:00Z", "Revoked");
        intel.tcbInfo().level(7, 11, 4, "2024-01-01T00:00:00Z", "OutOfDate");
        intel.quote().body(2, 7);
        refused(intel, FindingCode.INTEL_TCB_UNREVOKED);
    }

    /// From major version 1 on, the first two bytes are the module's version, not components.
    @Test
    void leavesTheModulesVersionOutOfTheComponentsFromMajorVersionOneOn() throws Exception {
        FakeIntel intel = FakeIntel.tdx();
        intel.tcbInfo().noLevels().level(8, 13, 9, "2025-01-01T00:00:00Z", "UpToDate");
        assertEquals(TcbStatus.UP_TO_DATE, status(intel));
        intel.quote().body(0, 8, 0, 8);
        assertEquals(TcbStatus.NOT_SUPPORTED, status(intel));
        intel.quote().body(0, 9, 0, 8);
        assertEquals(TcbStatus.UP_TO_DATE, status(intel));
    }

    @Test
    void ratesTheModuleByItsMinorVersion() throws Exception {
        FakeIntel five = FakeIntel.tdx();
        assertEquals("TDX_01", accepted(five).tcb().module().orElseThrow().name());
        assertEquals(TcbStatus.UP_TO_DATE, status(five));
        FakeIntel four = FakeIntel.tdx();
        four.quote().body(0, 4, 1, 8);
        assertEquals(TcbStatus.OUT_OF_DATE, status(four));
        FakeIntel three = FakeIntel.tdx();
        three.quote().body(0, 3, 1, 8);
        refused(three, FindingCode.INTEL_TCB_UNREVOKED);
        FakeIntel one = FakeIntel.tdx();
        one.quote().body(0, 1, 1, 8);
        assertEquals(TcbStatus.NOT_SUPPORTED, status(one));
        FakeIntel zero = FakeIntel.tdx();
        zero.quote().body(0, 5, 0, 8);
        assertTrue(accepted(zero).tcb().module().isEmpty());
        assertEquals(TcbStatus.UP_TO_DATE, status(zero));
    }

    @Test
    void putsTheModulesStatusIntoThatOfAConfiguration() throws Exception {
        FakeIntel intel = on(FakeIntel.tdx(), "ConfigurationNeeded");
        intel.quote().body(0, 4, 1, 8);
        assertEquals(TcbStatus.OUT_OF_DATE_CONFIGURATION_NEEDED, status(intel));
    }

    @Test
    void refusesAnUnknownModule() throws Exception {
        FakeIntel unlisted = FakeIntel.tdx();
        unlisted.quote().body(1, 2);
        refused(unlisted, FindingCode.INTEL_TDX_MODULE);
        FakeIntel none = FakeIntel.tdx();
        none.tcbInfo().noModules();
        refused(none, FindingCode.INTEL_TDX_MODULE);
    }

    @Test
    void refusesAModuleOfAnotherSigner() throws Exception {
        for (int major : new int[] {0, 1}) {
            for (int offset : new int[] {64, 111}) {
                FakeIntel intel = FakeIntel.tdx();
                intel.quote().body(1, major).body(offset, 1);
                refused(intel, FindingCode.INTEL_TDX_MODULE);
            }
        }
    }

    @Test
    void refusesAModuleWithAttributesEvenIfListed() throws Exception {
        for (int offset : new int[] {112, 119}) {
            FakeIntel intel = FakeIntel.tdx();
            intel.quote().body(offset, 1);
            refused(intel, FindingCode.INTEL_TDX_MODULE);
        }
        FakeIntel listed = FakeIntel.tdx();
        listed.quote().body(1, 0).body(112, 1);
        listed.tcbInfo().moduleAttributes(Bytes.copyOf(new byte[] {1, 0, 0, 0, 0, 0, 0, 0}));
        refused(listed, FindingCode.INTEL_TDX_MODULE);
    }

    /// A TD started under minor version 4, while the module that runs now is of another.
    private static FakeIntel relaunchable(int... running) {
        FakeIntel intel = FakeIntel.tdx15();
        intel.quote().body(0, 4, 1, 8).body(584, running);
        return intel;
    }

    @Test
    void advisesToRelaunchUnderANewerModule() throws Exception {
        assertEquals(TcbStatus.TD_RELAUNCH_ADVISED, status(relaunchable(5, 1, 8)));
        assertEquals(TcbStatus.TD_RELAUNCH_ADVISED, status(relaunchable(3, 3, 8)));
        assertEquals(TcbStatus.TD_RELAUNCH_ADVISED, status(relaunchable(5, 0, 8)));
        FakeIntel hardening = relaunchable(5, 1, 8);
        assertEquals(TcbStatus.TD_RELAUNCH_ADVISED, status(on(hardening, "SWHardeningNeeded")));
    }

    @Test
    void advisesToRelaunchAndConfigure() throws Exception {
        for (String status : List.of("ConfigurationNeeded", "ConfigurationAndSWHardeningNeeded")) {
            for (int major : new int[] {0, 1}) {
                assertEquals(
                        TcbStatus.TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED,
                        status(on(relaunchable(5, major, 8), status)));
            }
        }
    }

    @Test
    void advisesNoRelaunchThatWouldNotHelp() throws Exception {
        assertEquals(TcbStatus.OUT_OF_DATE, status(relaunchable(4, 1, 8)));
        assertEquals(TcbStatus.OUT_OF_DATE, status(relaunchable(5, 1, 7)));
        assertEquals(TcbStatus.OUT_OF_DATE, status(relaunchable(4, 0, 8)));
        assertEquals(TcbStatus.OUT_OF_DATE, status(relaunchable(2, 3, 8)));
        assertEquals(TcbStatus.OUT_OF_DATE, status(relaunchable(9, 7, 8)));
        FakeIntel platform = relaunchable(5, 1, 8);
        platform.platform().component(0, 7);
        assertEquals(TcbStatus.OUT_OF_DATE, status(platform));
        FakeIntel qe = relaunchable(5, 1, 8);
        qe.quote().qeReport(258, 6);
        assertEquals(TcbStatus.OUT_OF_DATE, status(qe));
        FakeIntel old = FakeIntel.tdx5();
        old.quote().body(0, 4, 1, 8);
        assertEquals(TcbStatus.OUT_OF_DATE, status(old));
        FakeIntel current = FakeIntel.tdx15();
        assertEquals(TcbStatus.UP_TO_DATE, status(current));
    }

    @Test
    void claimsWhatAPolicyNeeds() throws Exception {
        FakeIntel intel = FakeIntel.tdx15();
        intel.quote().body(600, 0xab);
        IntelVerification.Result result = accepted(intel);
        assertEquals("11".repeat(16), result.platform().ppid().hex());
        assertEquals("00806f050000", result.platform().fmspc().hex());
        assertEquals(
                "33".repeat(16), result.platform().platform().orElseThrow().instanceId().hex());
        assertTrue(result.platform().platform().orElseThrow().dynamicPlatform());
        TdReport td = (TdReport) result.quote().body();
        assertEquals("77".repeat(48), td.mrTd().hex());
        assertEquals("83".repeat(48), td.rtmrs().get(3).hex());
        assertEquals("ab" + "00".repeat(47), td.extension().orElseThrow().mrServiceTd().hex());
        assertEquals(17, result.tcb().tcbInfo().evaluationNumber());
        assertEquals(FakeIntel.PUBLISHED, result.tcb().tcbInfo().issueDate());
        assertEquals(FakeIntel.NEXT, result.tcb().qeIdentity().nextUpdate());
    }

    @Test
    void knowsTheWordsOfAllStatuses() throws Exception {
        for (TcbStatus status : TcbStatus.values()) {
            assertEquals(status, TcbStatus.parse(status.word(), "status"));
        }
        assertThrows(MalformedException.class, () -> TcbStatus.parse("Unknown", "status"));
        assertEquals(16, FakeTcbInfo.components(0, 0, 0).size());
    }
}
