package io.cloister.attestation.appraisal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.attestation.evidence.Claims;
import io.cloister.attestation.finding.Finding;
import io.cloister.attestation.finding.Finding.Outcome;
import io.cloister.attestation.finding.FindingCode;
import io.cloister.attestation.finding.Findings;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;

/// What came of appraising claims.
final class Appraised {
    static final Instant NOW = Instant.parse("2027-03-04T05:06:07Z");

    private final List<Finding> findings;

    private Appraised(List<Finding> findings) {
        this.findings = findings;
    }

    static Appraised of(Claims claims, AppraisalPolicy policy) {
        return of(claims, policy, new Expectation(IntelSample.fill(0x5a, 64)), NOW);
    }

    static Appraised of(
            Claims claims, AppraisalPolicy policy, Expectation expected, Instant instant) {
        var findings = new Findings();
        Appraiser.judge(claims, policy, expected, instant, Appraiser.grace(policy), findings);
        return new Appraised(findings.all());
    }

    Finding finding(FindingCode code) {
        List<Finding> found = findings.stream().filter(finding -> finding.code() == code).toList();
        assertEquals(1, found.size(), code + " in " + findings);
        return found.getFirst();
    }

    /// All checks are made and hold; those named hold because the policy relaxes them.
    void accepts(FindingCode... relaxed) {
        assertEquals(List.of(), with(Outcome.NOT_MET), this::toString);
        assertEquals(Arrays.asList(relaxed), with(Outcome.RELAXED), this::toString);
        sayWhatTheyCompared();
    }

    /// Exactly these checks refuse.
    void refuses(FindingCode... codes) {
        assertEquals(Arrays.asList(codes), with(Outcome.NOT_MET), this::toString);
        sayWhatTheyCompared();
    }

    private List<FindingCode> with(Outcome outcome) {
        return findings.stream()
                .filter(finding -> finding.outcome() == outcome)
                .map(Finding::code)
                .toList();
    }

    private void sayWhatTheyCompared() {
        assertTrue(findings.size() > 3);
        for (Finding finding : findings) {
            assertFalse(finding.expected().isEmpty(), finding::toString);
            assertFalse(finding.actual().isEmpty(), finding::toString);
        }
    }

    @Override
    public String toString() {
        return String.join("\n", findings.stream().map(Finding::line).toList());
    }
}
