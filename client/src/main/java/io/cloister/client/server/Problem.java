package io.cloister.client.server;

import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import java.util.Optional;

/// A refusal in the server's words (RFC 9457). Texts are as sent: show them through `Shown`.
///
/// @param status HTTP status
/// @param code stable code, as in `wrong-state`
/// @param detail a sentence for people
/// @param field what it is about, if a field
/// @param expected what was expected of it
/// @param actual what came
/// @param requestId finds it in the server's log
public record Problem(
        int status,
        String code,
        String detail,
        Optional<String> field,
        Optional<String> expected,
        Optional<String> actual,
        Optional<String> requestId) {
    private static final String NAME = "problem";
    private static final int MAX_TEXT = 2_000;

    static Problem parse(int status, byte[] utf8) throws MalformedException {
        Fields fields = Fields.of(Json.parse(utf8, JsonLimits.MESSAGE, NAME), NAME);
        fields.string("type", 0, MAX_TEXT);
        fields.string("title", 0, MAX_TEXT);
        fields.integer("status", 400, 599);
        var problem =
                new Problem(
                        status,
                        fields.string("code", 1, 64),
                        fields.string("detail", 0, MAX_TEXT),
                        text(fields, "field"),
                        text(fields, "expected"),
                        text(fields, "actual"),
                        text(fields, "requestId"));
        fields.end();
        return problem;
    }

    private static Optional<String> text(Fields fields, String name) throws MalformedException {
        return fields.has(name) ? Optional.of(fields.string(name, 0, MAX_TEXT)) : Optional.empty();
    }
}
