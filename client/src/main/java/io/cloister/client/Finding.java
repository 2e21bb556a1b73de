package io.cloister.client;

import io.cloister.protocol.Shown;
import io.cloister.protocol.json.Json;

/// Why a check does not let something pass. The text is escaped and bounded, so it may be shown.
///
/// @param kind of which kind
/// @param code stable word for programs, as in `owner-key`
/// @param sentence for people
/// @param expected what the check demands; empty if a value adds nothing
/// @param actual what was found; empty if a value adds nothing
public record Finding(Kind kind, String code, String sentence, String expected, String actual) {
    private static final int MAX_TEXT = 500;

    public Finding {
        sentence = Shown.escaped(sentence, MAX_TEXT);
        expected = Shown.escaped(expected, MAX_TEXT);
        actual = Shown.escaped(actual, MAX_TEXT);
    }

    /// Without values.
    public Finding(Kind kind, String code, String sentence) {
        this(kind, code, sentence, "", "");
    }

    /// What a finding means for whoever acts on it; the gravest decides.
    public enum Kind {
        /// The check could not be made: neither a refusal nor an acceptance.
        COULD_NOT_CHECK("could-not-check"),
        /// It is authentic, and not what this participant accepts.
        NOT_ACCEPTABLE("not-acceptable"),
        /// It is not from whom it must be, or was altered.
        NOT_AUTHENTIC("not-authentic"),
        /// It has not the form it must have.
        MALFORMED("malformed");

        private final String word;

        Kind(String word) {
            this.word = word;
        }

        /// The word in JSON.
        public String word() {
            return word;
        }
    }

    /// As JSON.
    public Json toJson() {
        return Json.object()
                .put("kind", kind.word())
                .put("code", code)
                .put("sentence", sentence)
                .put("expected", expected)
                .put("actual", actual)
                .build();
    }
}
