package io.cloister.client.code;

import io.cloister.protocol.Shown;
import io.cloister.protocol.json.Json;

/// Something about a project that its author should know before uploading it. Texts are escaped and
/// bounded.
///
/// @param severity how bad
/// @param code stable word for programs, as in `run-missing`
/// @param file which, relative to the project
/// @param line from 1; 0 if it concerns the whole file
/// @param sentence for people
public record CodeFinding(Severity severity, String code, String file, long line, String sentence) {
    private static final int MAX_TEXT = 300;

    public CodeFinding {
        file = Shown.escaped(file, MAX_TEXT);
        sentence = Shown.escaped(sentence, MAX_TEXT);
    }

    /// How bad a finding is.
    public enum Severity {
        /// Good to know.
        NOTE("note"),
        /// It may fail, or open a door.
        WARNING("warning"),
        /// It would fail.
        ERROR("error");

        private final String word;

        Severity(String word) {
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
                .put("severity", severity.word())
                .put("code", code)
                .put("file", file)
                .put("line", line)
                .put("sentence", sentence)
                .build();
    }
}
