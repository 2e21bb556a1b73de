package io.cloister.attestation.finding;

import io.cloister.protocol.Shown;
import io.cloister.protocol.json.Json;

/// The outcome of one check. All text is escaped and bounded, so it may be shown.
///
/// @param code which check
/// @param outcome how it came out
/// @param sentence what that means, for people
/// @param expected what the check demands; empty if a value adds nothing
/// @param actual what was found; empty if a value adds nothing
public record Finding(
        FindingCode code, Outcome outcome, String sentence, String expected, String actual) {
    /// What a check expects that accepts whatever it finds.
    public static final String ANY = "any";

    private static final int MAX_TEXT = 400;

    public Finding {
        sentence = Shown.escaped(sentence, MAX_TEXT);
        expected = Shown.escaped(expected, MAX_TEXT);
        actual = Shown.escaped(actual, MAX_TEXT);
    }

    /// How a check came out.
    public enum Outcome {
        /// It holds.
        MET("met"),
        /// It does not hold, and the policy says by name that it need not.
        RELAXED("relaxed"),
        /// It could not be made, which is said so that nobody takes it for one that holds. What is
        /// needed for a verdict is never left at this: without it there is none.
        NOT_CHECKED("not-checked"),
        /// It does not hold: one such finding refuses.
        NOT_MET("not-met");

        private final String word;

        Outcome(String word) {
            this.word = word;
        }

        /// The word in JSON.
        public String word() {
            return word;
        }
    }

    /// For people, on one line: outcome, code, sentence, the two values, section.
    public String line() {
        String values =
                expected.isEmpty() && actual.isEmpty()
                        ? ""
                        : expected.isEmpty()
                                ? " (found: " + actual + ")"
                                : " (expected: " + expected + "; found: " + actual + ")";
        return outcome.word() + " " + code + ": " + sentence + values + " [" + code.section() + "]";
    }

    /// As JSON, for people's programs; never read back.
    public Json toJson() {
        return Json.object()
                .put("code", code.code())
                .put("outcome", outcome.word())
                .put("sentence", sentence)
                .put("expected", expected)
                .put("actual", actual)
                .put("section", code.section())
                .build();
    }
}
