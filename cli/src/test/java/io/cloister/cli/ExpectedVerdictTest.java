package io.cloister.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.cloister.attestation.finding.CouldNotCheckException;
import io.cloister.attestation.finding.FindingCode;
import io.cloister.attestation.finding.Findings;
import io.cloister.cli.ExpectedVerdict.Outcome;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;

/// What a case of Intel's may expect, and when a refusal is the one expected
/// (docs/reference/evidence-cases.md).
class ExpectedVerdictTest {
    private static final String EXPIRED =
            "{\"reject\":\"list expired\",\"signatures\":\"valid\",\"qeStatus\":\"UpToDate\","
                + "\"tcbStatusIfCrlIgnored\":\"OutOfDate\",\"advisoryIDs\":[\"INTEL-SA-00001\"]}";

    private static ExpectedVerdict read(String expect) throws MalformedException {
        Json json = Json.parse(Bytes.utf8(expect).toArray(), JsonLimits.DOCUMENT, "expect");
        return ExpectedVerdict.intel(Fields.of(json, "expect"));
    }

    private static List<String> refused(ExpectedVerdict expected, FindingCode... codes) {
        var findings = new Findings();
        findings.met(FindingCode.INTEL_QUOTE_SIGNATURE, "");
        for (FindingCode code : codes) {
            findings.notMet(code, "", "", "");
        }
        return expected.refused(findings.all());
    }

    @ParameterizedTest
    @EnumSource(
            value = FindingCode.class,
            names = {"INTEL_CERTIFICATE_VALIDITY", "INTEL_CRL_CURRENT", "INTEL_COLLATERAL_CURRENT"})
    void anExpiredCaseMayBeRefusedForItsTime(FindingCode code) throws MalformedException {
        ExpectedVerdict expected = read(EXPIRED);

        assertEquals(Outcome.EXPIRED, expected.outcome());
        assertEquals(List.of(), refused(expected, code));
        assertEquals(List.of(), refused(expected, code, FindingCode.INTEL_CRL_CURRENT));
    }

    @ParameterizedTest
    @EnumSource(
            value = FindingCode.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"INTEL_CERTIFICATE_VALIDITY", "INTEL_CRL_CURRENT", "INTEL_COLLATERAL_CURRENT"})
    void anExpiredCaseMayBeRefusedForNothingElse(FindingCode code) throws MalformedException {
        ExpectedVerdict expected = read(EXPIRED);

        assertFalse(refused(expected, code).isEmpty());
        assertFalse(refused(expected, FindingCode.INTEL_CRL_CURRENT, code).isEmpty());
    }

    @Test
    void anExpiredCaseMustBeRefusedForSomething() throws MalformedException {
        ExpectedVerdict expected = read(EXPIRED);

        assertFalse(refused(expected).isEmpty());
        assertFalse(expected.couldNotCheck(new CouldNotCheckException("no list")).isEmpty());
    }

    @Test
    void aCaseThatIsAuthenticMayNotBeRefusedForItsTime() throws MalformedException {
        assertFalse(
                refused(read("{\"signatures\":\"valid\"}"), FindingCode.INTEL_CRL_CURRENT)
                        .isEmpty());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"extra\":1",
                "\"signatures\":\"fine\"",
                "\"pckRevoked\":\"false\"",
                "\"debug\":0",
                "\"tcbStatus\":\"Fine\"",
                "\"sgxTcbStatus\":false",
                "\"qeStatus\":\"Fine\"",
                "\"tcbDate\":\"2024-02-31T00:00:00Z\"",
                "\"advisoryIDs\":\"INTEL-SA-00001\"",
                "\"advisoryIDs\":[1]",
                "\"tdxModule\":[\"TDX_01\",\"UpToDate\"]",
                "\"tdxModule\":[\"TDX_01\",\"4\",\"UpToDate\"]",
                "\"tdxModule\":[\"TDX_01\",4,\"Fine\"]"
            })
    void refusesAMemberThatIsUnknownOrOfAnotherForm(String member) throws MalformedException {
        read("{}");
        assertThrows(MalformedException.class, () -> read("{" + member + "}"));
        read("{\"reject\":\"expired\"}");
        assertThrows(
                MalformedException.class, () -> read("{\"reject\":\"expired\"," + member + "}"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"reject\":true",
                "\"reject\":\"\"",
                "\"tcbStatusIfCrlIgnored\":\"OutOfDate\"",
                "\"reject\":\"expired\",\"tcbStatusIfCrlIgnored\":\"Fine\""
            })
    void refusesWhatAnExpiredCaseAloneHasInAnotherPlaceOrForm(String member) {
        assertThrows(MalformedException.class, () -> read("{" + member + "}"));
    }
}
