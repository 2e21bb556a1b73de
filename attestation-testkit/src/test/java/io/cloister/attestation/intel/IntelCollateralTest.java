package io.cloister.attestation.intel;

import static io.cloister.attestation.intel.Outcomes.accepted;
import static io.cloister.attestation.intel.Outcomes.altered;
import static io.cloister.attestation.intel.Outcomes.malformed;
import static io.cloister.attestation.intel.Outcomes.notCheckable;
import static io.cloister.attestation.intel.Outcomes.refused;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cloister.attestation.endorsement.Endorsement;
import io.cloister.attestation.finding.FindingCode;
import io.cloister.attestation.testkit.EcTestKey;
import io.cloister.attestation.testkit.FakeIntel;
import io.cloister.attestation.testkit.FakeTcbInfo;
import io.cloister.protocol.Bytes;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;

/// TCB info and QE identity (spec/evidence.md §9.5, §9.6).
class IntelCollateralTest {
    private static final Instant NOW = FakeIntel.NOW;
    private static final EcTestKey OTHER = EcTestKey.named("other");
    private static final int TCB_INFO = 3;
    private static final int QE_IDENTITY = 4;

    private static void malformedTcbInfo(String part, String other, String path) {
        FakeIntel intel = FakeIntel.tdx();
        intel.tcbInfo().replace(part, other);
        malformed(intel, path);
    }

    private static void malformedQeIdentity(String part, String other, String path) {
        FakeIntel intel = FakeIntel.tdx();
        intel.qeIdentity().replace(part, other);
        malformed(intel, path);
    }

    private static List<Endorsement> withAnswer(FakeIntel intel, int place, Bytes answer) {
        List<Endorsement> all = intel.endorsements();
        all.set(
                place,
                place == TCB_INFO
                        ? new Endorsement.TcbInfo(answer)
                        : new Endorsement.QeIdentity(answer));
        return all;
    }

    @Test
    void refusesCollateralSignedByOthers() throws Exception {
        FakeIntel intel = FakeIntel.tdx();
        String tcbInfo = intel.tcbInfo().body();
        String identity = intel.qeIdentity().body();
        refused(
                intel,
                intel.quote().bytes(),
                withAnswer(
                        intel,
                        TCB_INFO,
                        FakeIntel.answer("tcbInfo", tcbInfo, OTHER.signRaw(Bytes.utf8(tcbInfo)))),
                FindingCode.INTEL_COLLATERAL_SIGNATURE);
        refused(
                intel,
                intel.quote().bytes(),
                withAnswer(
                        intel,
                        QE_IDENTITY,
                        FakeIntel.answer(
                                "enclaveIdentity", identity, OTHER.signRaw(Bytes.utf8(identity)))),
                FindingCode.INTEL_COLLATERAL_SIGNATURE);
    }

    /// The signature is over the text as it came: another form of the same value is not signed.
    @Test
    void checksTheSignatureOverTheExactText() throws Exception {
        FakeIntel intel = FakeIntel.tdx();
        String body = intel.tcbInfo().body();
        Bytes signature = intel.tcbSigner().key().signRaw(Bytes.utf8(body));
        refused(
                intel,
                intel.quote().bytes(),
                withAnswer(
                        intel,
                        TCB_INFO,
                        FakeIntel.answer("tcbInfo", body.replace(",", ", "), signature)),
                FindingCode.INTEL_COLLATERAL_SIGNATURE);
        String spaced = body.replace(",", " ,\n");
        accepted(
                intel,
                intel.quote().bytes(),
                withAnswer(intel, TCB_INFO, intel.answer("tcbInfo", spaced)));
    }

    @Test
    void refusesEveryFlipOfAnAnswer() throws Exception {
        FakeIntel intel = FakeIntel.tdx();
        IntelVerification verifier = intel.verifier();
        Bytes answer = intel.qeIdentityAnswer();
        for (int offset = 0; offset < answer.length(); offset++) {
            List<Endorsement> all = withAnswer(intel, QE_IDENTITY, altered(answer, offset, 1));
            FlipTest.assertNotAccepted(intel, verifier, intel.quote().bytes(), all, offset);
        }
    }

    @Test
    void refusesAnswersInAnotherForm() {
        FakeIntel intel = FakeIntel.tdx();
        String answer = new String(intel.tcbInfoAnswer().toArray(), StandardCharsets.UTF_8);
        List<String> wrong =
                List.of(
                        "",
                        "{}",
                        "[]",
                        answer.substring(1),
                        answer.substring(0, answer.length() - 1),
                        answer + "x",
                        answer + answer,
                        answer.replace("\"tcbInfo\"", "\"tcbinfo\""),
                        answer.replace("\"signature\"", "\"signed\""),
                        answer.replace("},\"signature\"", "},\"other\":1,\"signature\""),
                        answer.replace("\"signature\":\"", "\"signature\":\"g"),
                        answer.replace("\"signature\":\"", "\"signature\":\"00"),
                        answer.substring(0, answer.length() - 4) + "\"}",
                        "{\"tcbInfo\":[],\"signature\":\"" + "0".repeat(128) + "\"}",
                        "{\"tcbInfo\":\"}\",\"signature\":\"" + "0".repeat(128) + "\"}",
                        "{\"tcbInfo\":{\"",
                        "{\"tcbInfo\":{\"\\");
        for (String one : wrong) {
            malformed(
                    intel,
                    intel.quote().bytes(),
                    withAnswer(intel, TCB_INFO, Bytes.utf8(one)),
                    "tcbInfo");
        }
    }

    @Test
    void refusesCollateralOutsideItsTime() throws Exception {
        FakeIntel info = FakeIntel.tdx();
        info.tcbInfo().nextUpdate(NOW);
        accepted(info);
        info.tcbInfo().nextUpdate(NOW.minusSeconds(1));
        refused(info, FindingCode.INTEL_COLLATERAL_CURRENT);
        info.tcbInfo().nextUpdate(FakeIntel.NEXT).issueDate(NOW);
        accepted(info);
        info.tcbInfo().issueDate(NOW.plusSeconds(1));
        refused(info, FindingCode.INTEL_COLLATERAL_CURRENT);
        FakeIntel identity = FakeIntel.tdx();
        identity.qeIdentity().nextUpdate(NOW);
        accepted(identity);
        identity.qeIdentity().nextUpdate(NOW.minusSeconds(1));
        refused(identity, FindingCode.INTEL_COLLATERAL_CURRENT);
        identity.qeIdentity().nextUpdate(FakeIntel.NEXT).issueDate(NOW.plusSeconds(1));
        refused(identity, FindingCode.INTEL_COLLATERAL_CURRENT);
    }

    @Test
    void cannotCheckWithTcbInfoForOtherPlatformsOnly() {
        FakeIntel fmspc = FakeIntel.tdx();
        fmspc.tcbInfo().fmspc(Bytes.copyOf(new byte[6]));
        notCheckable(fmspc, fmspc.endorsements(), "TCB info for TDX on FMSPC 00806f050000");
        FakeIntel pceId = FakeIntel.tdx();
        pceId.tcbInfo().pceId(Bytes.copyOf(new byte[] {0, 1}));
        notCheckable(pceId, pceId.endorsements(), "PCEID 0000");
    }

    /// Of another family, another kind of quote and another quoting enclave, and each newer.
    @Test
    void ignoresCollateralForOthers() throws Exception {
        FakeIntel intel = FakeIntel.tdx();
        List<Endorsement> all = intel.endorsements();
        intel.tcbInfo().fmspc(Bytes.copyOf(new byte[6])).evaluation(99);
        all.add(0, new Endorsement.TcbInfo(intel.tcbInfoAnswer()));
        FakeIntel sgx = FakeIntel.sgx();
        sgx.tcbInfo().evaluation(99);
        sgx.qeIdentity().evaluation(99);
        all.add(0, new Endorsement.TcbInfo(sgx.tcbInfoAnswer()));
        all.add(0, new Endorsement.QeIdentity(sgx.qeIdentityAnswer()));
        assertEquals(
                17, accepted(intel, intel.quote().bytes(), all).tcb().tcbInfo().evaluationNumber());
    }

    /// What is wrong refuses, whatever else is missing.
    @Test
    void refusesAWrongQuotingEnclaveThoughTcbInfoIsMissing() throws Exception {
        FakeIntel intel = FakeIntel.tdx();
        intel.tcbInfo().fmspc(Bytes.copyOf(new byte[6]));
        intel.quote().qeReport(256, 1);
        refused(intel, FindingCode.INTEL_QE_GENUINE);
    }

    @Test
    void cannotCheckWithTcbInfoForTheOtherKindOfQuoteOnly() {
        FakeIntel tdx = FakeIntel.tdx();
        notCheckable(
                tdx, withAnswer(tdx, TCB_INFO, FakeIntel.sgx().tcbInfoAnswer()), "TCB info for");
        FakeIntel sgx = FakeIntel.sgx();
        notCheckable(sgx, withAnswer(sgx, TCB_INFO, tdx.tcbInfoAnswer()), "TCB info for");
        FakeIntel second = FakeIntel.sgx();
        second.tcbInfo().version(2);
        notCheckable(tdx, withAnswer(tdx, TCB_INFO, second.tcbInfoAnswer()), "TCB info for");
    }

    @Test
    void cannotCheckWithTheIdentityOfAnotherQuotingEnclaveOnly() {
        FakeIntel tdx = FakeIntel.tdx();
        notCheckable(
                tdx, withAnswer(tdx, QE_IDENTITY, FakeIntel.sgx().qeIdentityAnswer()), "identity ");
        FakeIntel sgx = FakeIntel.sgx();
        notCheckable(sgx, withAnswer(sgx, QE_IDENTITY, tdx.qeIdentityAnswer()), "identity ");
        sgx.qeIdentity().replace("\"QE\"", "\"QVE\"");
        notCheckable(sgx, sgx.endorsements(), "identity QE");
    }

    @Test
    void refusesSwappedCollateral() {
        FakeIntel intel = FakeIntel.tdx();
        malformed(
                intel,
                intel.quote().bytes(),
                withAnswer(intel, TCB_INFO, intel.qeIdentityAnswer()),
                "tcbInfo");
        malformed(
                intel,
                intel.quote().bytes(),
                withAnswer(intel, QE_IDENTITY, intel.tcbInfoAnswer()),
                "enclaveIdentity");
        malformed(
                intel,
                intel.quote().bytes(),
                withAnswer(intel, TCB_INFO, intel.answer("tcbInfo", intel.qeIdentity().body())),
                "tcbInfo");
    }

    @Test
    void usesTheNewestEvaluationThatCountsNow() throws Exception {
        FakeIntel intel = FakeIntel.tdx();
        List<Endorsement> all = intel.endorsements();
        intel.tcbInfo().evaluation(16);
        all.add(0, new Endorsement.TcbInfo(intel.tcbInfoAnswer()));
        intel.tcbInfo().evaluation(19).nextUpdate(NOW.minusSeconds(1));
        all.add(new Endorsement.TcbInfo(intel.tcbInfoAnswer()));
        IntelTcb tcb = accepted(intel, intel.quote().bytes(), all).tcb();
        assertEquals(17, tcb.tcbInfo().evaluationNumber());
        assertEquals(18, tcb.qeIdentity().evaluationNumber());
    }

    @Test
    void readsVersionTwoForSgx() throws Exception {
        FakeIntel intel = FakeIntel.sgx();
        intel.tcbInfo().version(2);
        assertEquals(TcbStatus.UP_TO_DATE, accepted(intel).tcb().status());
        assertEquals(2, accepted(intel).tcb().tcbInfo().version());
        intel.tcbInfo().replace(",\"sgxtcbcomp16svn\":0", "");
        malformed(intel, "tcbInfo.tcbLevels[0].tcb.sgxtcbcomp16svn");
    }

    @Test
    void refusesOtherVersions() {
        malformedTcbInfo("\"version\":3", "\"version\":1", "tcbInfo.version");
        malformedTcbInfo("\"version\":3", "\"version\":4", "tcbInfo.version");
        malformedQeIdentity("\"version\":2", "\"version\":1", "enclaveIdentity.version");
        malformedQeIdentity("\"version\":2", "\"version\":3", "enclaveIdentity.version");
        malformedTcbInfo("\"id\":\"TDX\"", "\"id\":\"QE\"", "tcbInfo.id");
        malformedQeIdentity("\"TD_QE\"", "\"TDQE\"", "enclaveIdentity.id");
        malformedTcbInfo("\"tcbType\":0", "\"tcbType\":1", "tcbInfo.tcbType");
    }

    @Test
    void refusesEachMissingMember() {
        for (String name :
                List.of(
                        "\"id\":\"TDX\",",
                        "\"fmspc\":\"00806f050000\",",
                        "\"issueDate\":\"2026-01-01T00:00:00Z\",",
                        "\"nextUpdate\":\"2026-01-31T00:00:00Z\",",
                        ",\"pceId\":\"0000\"",
                        ",\"tcbType\":0",
                        "\"tcbEvaluationDataNumber\":17,",
                        "\"tcbStatus\":\"Revoked\"",
                        "\"tcbDate\":\"2023-01-01T00:00:00Z\",",
                        "\"attributesMask\":\"ffffffffffffffff\",",
                        "\"pcesvn\":11,")) {
            malformedTcbInfo(
                    name, name.equals("\"tcbStatus\":\"Revoked\"") ? "\"x\":1" : "", "tcbInfo");
        }
        for (String name :
                List.of(
                        "\"id\":\"TD_QE\",",
                        "\"miscselect\":\"00000000\",",
                        "\"miscselectMask\":\"FFFFFFFF\",",
                        "\"attributes\":\"11000000000000000000000000000000\",",
                        "\"attributesMask\":\"FBFFFFFFFFFFFFFF0000000000000000\",",
                        "\"isvprodid\":2,",
                        "\"issueDate\":\"2026-01-01T00:00:00Z\",",
                        "\"nextUpdate\":\"2026-01-31T00:00:00Z\",",
                        "\"tcbEvaluationDataNumber\":18,",
                        ",\"version\":2")) {
            malformedQeIdentity(name, "", "enclaveIdentity");
        }
    }

    @Test
    void refusesUnknownAndDoubleMembers() {
        malformedTcbInfo("\"tcbType\":0", "\"tcbType\":0,\"extra\":0", "extra");
        malformedTcbInfo("\"tcbType\":0", "\"tcbType\":0,\"tcbType\":0", "unique member names");
        malformedTcbInfo("\"pcesvn\":13", "\"pcesvn\":13,\"extra\":0", "extra");
        malformedTcbInfo("{\"svn\":5}", "{\"svn\":5,\"extra\":0}", "extra");
        malformedQeIdentity("\"isvprodid\":2", "\"isvprodid\":2,\"extra\":0", "extra");
    }

    @Test
    void refusesMembersOfOtherTypes() {
        malformedTcbInfo("\"fmspc\":\"00806f050000\"", "\"fmspc\":5", "tcbInfo.fmspc");
        malformedTcbInfo("00806f050000", "00806f0500", "tcbInfo.fmspc");
        malformedTcbInfo("00806f050000", "00806f05000g", "tcbInfo.fmspc");
        malformedTcbInfo(
                "\"tcbEvaluationDataNumber\":17",
                "\"tcbEvaluationDataNumber\":\"17\"",
                "tcbInfo.tcbEvaluationDataNumber");
        malformedTcbInfo("\"pcesvn\":13", "\"pcesvn\":13.0", "tcbInfo");
        malformedTcbInfo("\"pcesvn\":13", "\"pcesvn\":-1", "tcb.pcesvn");
        malformedTcbInfo("\"pcesvn\":13", "\"pcesvn\":65536", "tcb.pcesvn");
        malformedTcbInfo("\"pcesvn\":13", "\"pcesvn\":99999999999999999999", "tcbInfo");
        malformedTcbInfo("\"pcesvn\":13", "\"pcesvn\":1e1", "tcbInfo");
        malformedTcbInfo("{\"svn\":8}", "{\"svn\":65536}", "svn");
        malformedTcbInfo("{\"svn\":8}", "8", "tcbcomponents");
        malformedTcbInfo("2026-01-31T00:00:00Z", "2026-02-31T00:00:00Z", "tcbInfo.nextUpdate");
        malformedTcbInfo("2026-01-31T00:00:00Z", "2026-01-31T00:00:00.0Z", "tcbInfo.nextUpdate");
        malformedTcbInfo("2026-01-31T00:00:00Z", "2026-01-31", "tcbInfo.nextUpdate");
        malformedTcbInfo("2026-01-31T00:00:00Z", "2026-01-31T00:00:00z", "tcbInfo.nextUpdate");
        malformedTcbInfo("2026-01-31T00:00:00Z", "2026-01-31T00:00:0aZ", "tcbInfo.nextUpdate");
        malformedTcbInfo("2026-01-31T00:00:00Z", "2026-01-31T24:00:00Z", "tcbInfo.nextUpdate");
        malformedTcbInfo("2026-01-31T00:00:00Z", "2026-01-31T23:59:60Z", "tcbInfo.nextUpdate");
        malformedTcbInfo("INTEL-SA-00001", "", "advisoryIDs");
        malformedTcbInfo("INTEL-SA-00001", "A".repeat(41), "advisoryIDs");
        malformedTcbInfo("INTEL-SA-00001", "intel<sa>", "advisoryIDs");
    }

    @Test
    void refusesUnknownStatusWords() {
        malformedTcbInfo("\"OutOfDate\"", "\"Outdated\"", "tcbStatus");
        malformedTcbInfo("\"UpToDate\"", "\"uptodate\"", "tcbStatus");
        malformedTcbInfo("\"Revoked\"", "\"NotSupported\"", "tcbStatus");
        malformedTcbInfo("\"Revoked\"", "\"TDRelaunchAdvised\"", "tcbStatus");
        malformedQeIdentity("\"OutOfDate\"", "\"SWHardeningNeeded\"", "tcbStatus");
        malformedQeIdentity("\"OutOfDate\"", "\"Fine\"", "tcbStatus");
    }

    /// A shorter list compared pairwise would leave components unchecked.
    @Test
    void refusesComponentListsOfOtherLengths() {
        for (String name : List.of("sgxtcbcomponents", "tdxtcbcomponents")) {
            malformedTcbInfo("\"" + name + "\":[", "\"" + name + "\":[{\"svn\":0},", name);
            malformedTcbInfo("\"" + name + "\":[", "\"" + name + "\":[],\"x\":[", name);
            malformedTcbInfo("\"" + name + "\":[", "\"x\":[", name);
        }
    }

    @Test
    void refusesListsWithoutLevels() {
        FakeIntel intel = FakeIntel.tdx();
        intel.tcbInfo().noLevels();
        malformed(intel, "tcbInfo.tcbLevels: expected at least one level");
    }

    @Test
    void refusesTdxMembersInTcbInfoForSgx() {
        FakeIntel intel = FakeIntel.sgx();
        intel.tcbInfo().replace("\"tcbType\":0", "\"tcbType\":0,\"tdxModule\":{}");
        malformed(intel, "tdxModule");
    }

    @Test
    void refusesTwoModulesOfOneId() {
        FakeIntel intel = FakeIntel.tdx();
        intel.tcbInfo().module("tdx_01", 1, 1, 1);
        malformed(intel, "tcbInfo.tdxModuleIdentities: expected each id once");
    }

    @Test
    void refusesAQuotingEnclaveThatTheIdentityDoesNotDescribe() throws Exception {
        for (int offset : new int[] {128, 159}) {
            FakeIntel signer = FakeIntel.tdx();
            signer.quote().qeReport(offset, 0);
            refused(signer, FindingCode.INTEL_QE_GENUINE);
        }
        FakeIntel product = FakeIntel.tdx();
        product.quote().qeReport(256, 1);
        refused(product, FindingCode.INTEL_QE_GENUINE);
        FakeIntel misc = FakeIntel.tdx();
        misc.quote().qeReport(16, 1);
        refused(misc, FindingCode.INTEL_QE_GENUINE);
    }

    @Test
    void refusesAQuotingEnclaveThatCanBeDebugged() throws Exception {
        FakeIntel intel = FakeIntel.sgx();
        intel.quote().qeReport(48, 0x17);
        refused(intel, FindingCode.INTEL_QE_GENUINE);
    }

    @Test
    void acceptsWhatTheMaskLeavesOpen() throws Exception {
        FakeIntel intel = FakeIntel.sgx();
        intel.quote().qeReport(48, 0x11);
        intel.quote().qeReport(56, 0xe7);
        accepted(intel);
    }

    @Test
    void readsComponentsWithTheirDescription() throws Exception {
        FakeIntel intel = FakeIntel.tdx();
        intel.tcbInfo()
                .replace(
                        "{\"svn\":5}",
                        "{\"svn\":5,\"category\":\"OS/VMM\",\"type\":\"TDX Module\"}");
        accepted(intel);
    }

    @Test
    void comparesVersionsAboveAByteAsTheyAre() throws Exception {
        FakeIntel intel = FakeIntel.sgx();
        intel.tcbInfo().noLevels();
        intel.tcbInfo()
                .levels()
                .add(
                        new FakeTcbInfo.Level(
                                FakeTcbInfo.components(256 + 8, 0, 0),
                                0,
                                FakeTcbInfo.components(0, 0, 0),
                                "2025-01-01T00:00:00Z",
                                "UpToDate",
                                List.of()));
        assertEquals(TcbStatus.NOT_SUPPORTED, accepted(intel).tcb().status());
    }
}
