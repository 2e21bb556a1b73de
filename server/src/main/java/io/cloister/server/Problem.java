package io.cloister.server;

import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Shown;
import io.cloister.protocol.json.Json;

import java.util.Optional;

/// An answer that is a problem (RFC 9457), with a stable code. What it says is for the caller:
/// nothing of the server's inside.
final class Problem extends Exception {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final String code;
    private final String field;
    private final String expected;
    private final String actual;

    private Problem(
            int status, String code, String detail, String field, String expected, String actual) {
        super(detail, null, false, false);
        this.status = status;
        this.code = code;
        this.field = field;
        this.expected = expected;
        this.actual = actual;
    }

    static Problem of(int status, String code, String detail) {
        return new Problem(status, code, detail, "", "", "");
    }

    /// One about a field of the request.
    ///
    /// @param actual what came; escaped and cut here
    static Problem field(int status, String code, String field, String expected, String actual) {
        String shown = Shown.bounded(actual);
        String name = Shown.bounded(field);
        return new Problem(
                status,
                code,
                name + ": expected " + expected + ", got " + shown,
                name,
                expected,
                shown);
    }

    static Problem invalid(String field, String expected, String actual) {
        return field(400, "invalid-field", field, expected, actual);
    }

    static Problem malformed(MalformedException e) {
        return new Problem(
                400,
                "invalid-field",
                Optional.ofNullable(e.getMessage()).orElse("malformed"),
                Shown.bounded(e.path()),
                "",
                "");
    }

    static Problem notFound() {
        return of(404, "not-found", "there is no such thing, or it is not for you");
    }

    static Problem wrongState(String detail) {
        return of(409, "wrong-state", detail);
    }

    static Problem storageFull() {
        return of(507, "storage-full", "the server has no room left; nothing was stored");
    }

    static Problem refusal(Refusal refusal) {
        return of(
                status(refusal.code()),
                refusal.code(),
                Optional.ofNullable(refusal.getMessage()).orElse(""));
    }

    private static int status(String code) {
        if (code.equals("wrong-state") || code.endsWith(".exists") || code.endsWith(".exist")) {
            return 409;
        }
        return code.equals("malformed") || code.equals("not-authentic") ? 400 : 422;
    }

    int status() {
        return status;
    }

    String code() {
        return code;
    }

    /// The body of the answer.
    Json json(String requestId) {
        var json =
                Json.object()
                        .put("type", "urn:cloister:problem:" + code)
                        .put("title", title())
                        .put("status", status)
                        .put("code", code)
                        .put("detail", Optional.ofNullable(getMessage()).orElse(""))
                        .put("requestId", requestId);
        if (!field.isEmpty()) {
            json.put("field", field);
        }
        if (!expected.isEmpty()) {
            json.put("expected", expected).put("actual", actual);
        }
        return json.build();
    }

    private String title() {
        return switch (status) {
            case 401 -> "Who are you?";
            case 403 -> "Not yours to do";
            case 404 -> "Not found";
            case 405, 406, 415 -> "Not spoken here";
            case 409 -> "Not now";
            case 413 -> "Too large";
            case 416 -> "No such range";
            case 429 -> "Too much at once";
            case 507 -> "No room";
            default -> status < 500 ? "Not acceptable as it is" : "The server failed";
        };
    }
}
