package io.cloister.attestation.intel;

import io.cloister.attestation.finding.FindingCode;
import io.cloister.attestation.finding.Findings;

import java.time.Duration;
import java.time.Instant;
import java.util.function.Supplier;

/// The findings of one procedure, and how long what it used stays valid. Used by one thread.
final class CheckList {
    private final Findings findings;
    private final Instant instant;
    private final Duration lateness;
    private Instant validUntil = Instant.MAX;

    /// @param lateness how long after its end what is issued anew still counts; zero for not at all
    CheckList(Findings findings, Instant instant, Duration lateness) {
        this.findings = findings;
        this.instant = instant;
        this.lateness = lateness;
    }

    /// An empty list for the same instant, to try something out.
    CheckList trial() {
        return new CheckList(new Findings(), instant, lateness);
    }

    /// Takes over what a trial found.
    void adopt(CheckList trial) {
        findings.add(trial.findings);
        validUntil = earlier(validUntil, trial.validUntil);
    }

    boolean refuses() {
        return findings.refuse();
    }

    Instant instant() {
        return instant;
    }

    Instant validUntil() {
        return validUntil;
    }

    /// Records a check, and returns whether it holds.
    ///
    /// @param met what it means if the check holds
    /// @param notMet what it means if not
    boolean require(
            FindingCode code,
            boolean holds,
            String met,
            String notMet,
            String expected,
            String actual) {
        return require(code, holds, met, notMet, () -> expected, () -> actual);
    }

    /// As above, with values that are put into words only if the check does not hold: for most
    /// Evidence every check does.
    boolean require(
            FindingCode code,
            boolean holds,
            String met,
            String notMet,
            Supplier<String> expected,
            Supplier<String> actual) {
        if (holds) {
            findings.met(code, met);
        } else {
            findings.notMet(code, notMet, expected.get(), actual.get());
        }
        return holds;
    }

    /// That the instant is within the validity of `what`, both ends included.
    void within(FindingCode code, String what, Instant from, Instant to) {
        validUntil = earlier(validUntil, to);
        boolean begun = !instant.isBefore(from);
        require(
                code,
                begun && !instant.isAfter(to),
                what + " is valid",
                what + (begun ? " has expired" : " is not valid yet"),
                () -> from + " to " + to,
                instant::toString);
    }

    /// The same, for something that is issued anew again and again: it may have ended as long ago
    /// as the lateness says, which is recorded.
    void withinOrLate(FindingCode code, String what, Instant from, Instant to) {
        if (instant.isAfter(to) && !instant.isAfter(to.plus(lateness))) {
            validUntil = earlier(validUntil, to);
            findings.relaxed(
                    code,
                    what + " has expired; it counts for " + lateness.toDays() + " days longer",
                    from + " to " + to,
                    instant.toString());
        } else {
            within(code, what, from, to);
        }
    }

    private static Instant earlier(Instant one, Instant other) {
        return one.isBefore(other) ? one : other;
    }
}
