package io.cloister.attestation.finding;

import io.cloister.attestation.finding.Finding.Outcome;

import java.util.ArrayList;
import java.util.List;

/// Collects the findings of a procedure, in its order. Used by one thread.
public final class Findings {
    private final List<Finding> found;

    /// Starts with none.
    public Findings() {
        this(List.of());
    }

    /// Goes on where an earlier procedure ended.
    public Findings(List<Finding> earlier) {
        this.found = new ArrayList<>(earlier);
    }

    /// Records a check that holds.
    public void met(FindingCode code, String sentence) {
        found.add(new Finding(code, Outcome.MET, sentence, "", ""));
    }

    /// Records a check that holds, with what it demands and what was found.
    public void met(FindingCode code, String sentence, String expected, String actual) {
        found.add(new Finding(code, Outcome.MET, sentence, expected, actual));
    }

    /// Records a check that does not hold.
    public void notMet(FindingCode code, String sentence, String expected, String actual) {
        found.add(new Finding(code, Outcome.NOT_MET, sentence, expected, actual));
    }

    /// Records a check that the policy relaxes by name.
    public void relaxed(FindingCode code, String sentence, String actual) {
        found.add(new Finding(code, Outcome.RELAXED, sentence, "", actual));
    }

    /// Records a check that the policy relaxes by name, with what it would demand.
    public void relaxed(FindingCode code, String sentence, String expected, String actual) {
        found.add(new Finding(code, Outcome.RELAXED, sentence, expected, actual));
    }

    /// Records a check that could not be made, with what it would demand.
    public void notChecked(FindingCode code, String sentence, String expected, String actual) {
        found.add(new Finding(code, Outcome.NOT_CHECKED, sentence, expected, actual));
    }

    /// Records all findings of another procedure.
    public void add(Findings others) {
        found.addAll(others.found);
    }

    /// Whether any check so far does not hold.
    public boolean refuse() {
        return found.stream().anyMatch(finding -> finding.outcome() == Outcome.NOT_MET);
    }

    /// All findings so far.
    public List<Finding> all() {
        return List.copyOf(found);
    }
}
