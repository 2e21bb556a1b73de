package io.cloister.attestation.intel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.attestation.endorsement.Endorsement;
import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.finding.CouldNotCheckException;
import io.cloister.attestation.finding.Finding;
import io.cloister.attestation.finding.Finding.Outcome;
import io.cloister.attestation.finding.FindingCode;
import io.cloister.attestation.finding.Findings;
import io.cloister.attestation.testkit.FakeIntel;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// What verification makes of a fake Intel's quote.
final class Outcomes {
    private Outcomes() {}

    static IntelVerification.Result accepted(FakeIntel intel) throws Exception {
        return accepted(intel, intel.quote().bytes(), intel.endorsements());
    }

    static IntelVerification.Result accepted(
            FakeIntel intel, Bytes quote, List<Endorsement> endorsements) throws Exception {
        var findings = new Findings();
        Optional<IntelVerification.Result> result = verify(intel, quote, endorsements, findings);
        assertEquals(List.of(), notMet(findings));
        return result.orElseThrow();
    }

    /// Refused for these reasons and no others.
    static void refused(FakeIntel intel, FindingCode... codes) throws Exception {
        refused(intel, intel.quote().bytes(), intel.endorsements(), codes);
    }

    static void refused(
            FakeIntel intel, Bytes quote, List<Endorsement> endorsements, FindingCode... codes)
            throws Exception {
        var findings = new Findings();
        assertTrue(verify(intel, quote, endorsements, findings).isEmpty());
        assertEquals(Arrays.asList(codes), notMet(findings));
    }

    static void malformed(FakeIntel intel, String path) {
        malformed(intel, intel.quote().bytes(), intel.endorsements(), path);
    }

    static void malformed(
            FakeIntel intel, Bytes quote, List<Endorsement> endorsements, String path) {
        MalformedException e =
                assertThrows(
                        MalformedException.class,
                        () -> verify(intel, quote, endorsements, new Findings()));
        assertTrue(String.valueOf(e.getMessage()).contains(path), e.getMessage());
    }

    static void notCheckable(FakeIntel intel, List<Endorsement> endorsements, String what) {
        CouldNotCheckException e =
                assertThrows(
                        CouldNotCheckException.class,
                        () -> verify(intel, intel.quote().bytes(), endorsements, new Findings()));
        assertTrue(String.valueOf(e.getMessage()).contains(what), e.getMessage());
    }

    static Optional<IntelVerification.Result> verify(
            FakeIntel intel, Bytes quote, List<Endorsement> endorsements, Findings findings)
            throws CouldNotCheckException, MalformedException {
        return intel.verifier()
                .verify(
                        quote,
                        intel.quote().kind(),
                        new Endorsements(endorsements),
                        FakeIntel.NOW,
                        findings);
    }

    private static List<FindingCode> notMet(Findings findings) {
        return findings.all().stream()
                .filter(finding -> finding.outcome() == Outcome.NOT_MET)
                .map(Finding::code)
                .toList();
    }

    /// `bytes` with one byte altered.
    static Bytes altered(Bytes bytes, int offset, int xor) {
        byte[] copy = bytes.toArray();
        copy[offset] ^= (byte) xor;
        return Bytes.copyOf(copy);
    }
}
