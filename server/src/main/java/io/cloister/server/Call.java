package io.cloister.server;

import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Email;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;
import io.javalin.http.Context;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/// One request that was let in: who sent it, what it may do, and its parts, each checked where it
/// is read. For one thread.
final class Call {
    private static final int MAX_DEPTH = 24;
    private static final int MAX_VALUES = 100_000;

    private final Context context;
    private final Route route;
    private final String requestId;
    private final Caller caller;
    private final Set<Access> passes;
    private final Optional<ComputationId> computation;

    /// @param computation the one the request is about, if it is about one
    Call(
            Context context,
            Route route,
            String requestId,
            Caller caller,
            Set<Access> passes,
            Optional<ComputationId> computation) {
        this.context = context;
        this.route = route;
        this.requestId = requestId;
        this.caller = caller;
        this.passes = Set.copyOf(passes);
        this.computation = computation;
    }

    Context context() {
        return context;
    }

    Route route() {
        return route;
    }

    String requestId() {
        return requestId;
    }

    Caller caller() {
        return caller;
    }

    /// Whether the caller passes as `access` here.
    boolean is(Access access) {
        return passes.contains(access);
    }

    /// The caller's e-mail; for operations that are not anonymous.
    Email email() {
        return switch (caller) {
            case Caller.AccountHolder(var email, var _) -> email;
            case Caller.Guest(var email, var _, var _) -> email;
            case Caller.Anonymous() ->
                    throw new IllegalStateException("an anonymous caller has no e-mail");
        };
    }

    /// The computation the request is about.
    ComputationId computation() throws Problem {
        return computation.orElseThrow(Problem::notFound);
    }

    /// A digest in the path, 64 digits.
    Sha256 digest(String name) throws Problem {
        String text = context.pathParam(name);
        try {
            return Sha256.parse("sha256:" + text, name);
        } catch (MalformedException _) {
            throw Problem.invalid(name, "64 lower-case hexadecimal digits", text);
        }
    }

    Email emailInPath() throws Problem {
        try {
            return Email.parse(context.pathParam("email"), "email");
        } catch (MalformedException e) {
            throw Problem.malformed(e);
        }
    }

    long numberInPath(String name, long min, long max) throws Problem {
        return number(name, context.pathParam(name), min, max);
    }

    long query(String name, long fallback, long min, long max) throws Problem {
        String text = queryText(name).orElse(null);
        return text == null ? fallback : number(name, text, min, max);
    }

    boolean flag(String name) throws Problem {
        String text = queryText(name).orElse("false");
        if (!text.equals("true") && !text.equals("false")) {
            throw Problem.invalid(name, "true or false", text);
        }
        return text.equals("true");
    }

    Optional<String> queryText(String name) throws Problem {
        var values = context.queryParams(name);
        if (values.size() > 1) {
            throw Problem.invalid(name, "given once", values.size() + " times");
        }
        return values.stream().findFirst();
    }

    private static long number(String name, String text, long min, long max) throws Problem {
        if (text.matches("0|[1-9][0-9]{0,15}")) {
            long value = Long.parseLong(text);
            if (value >= min && value <= max) {
                return value;
            }
        }
        throw Problem.invalid(name, "a number from " + min + " to " + max, text);
    }

    Optional<String> header(String name) {
        return Optional.ofNullable(context.header(name));
    }

    /// The length the sender announced, if it did.
    OptionalLong announcedLength() {
        long length = context.req().getContentLengthLong();
        return length < 0 ? OptionalLong.empty() : OptionalLong.of(length);
    }

    /// The body as a stream of octets.
    InputStream octets() throws Problem, IOException {
        requireType("application/octet-stream");
        return body();
    }

    /// The body as a form of one file.
    MultipartFile form() throws IOException {
        @Nullable String type = context.req().getContentType();
        return MultipartFile.open(body(), type == null ? "" : type);
    }

    private InputStream body() throws IOException {
        return new PacedBody(context.req().getInputStream(), System::nanoTime);
    }

    /// A small body of octets, whole.
    byte[] smallOctets() throws Problem, IOException {
        requireType("application/octet-stream");
        byte[] body = whole();
        if (body.length == 0) {
            throw Problem.field(400, "empty-body", "body", "at least one byte", "none");
        }
        return body;
    }

    /// The body as JSON.
    Json json() throws Problem, IOException {
        requireType("application/json");
        byte[] body = whole();
        if (body.length == 0) {
            throw Problem.field(400, "empty-body", "body", "a JSON text", "nothing");
        }
        try {
            return Json.parse(
                    body, new JsonLimits((int) route.maxBody(), MAX_DEPTH, MAX_VALUES), "body");
        } catch (MalformedException e) {
            throw Problem.of(400, "malformed-json", String.valueOf(e.getMessage()));
        }
    }

    /// The body as a JSON object.
    Fields fields() throws Problem, IOException, MalformedException {
        return Fields.of(json(), "body");
    }

    private byte[] whole() throws Problem, IOException {
        long max = route.maxBody();
        OptionalLong announced = announcedLength();
        if (announced.orElse(0) > max) {
            throw BlobStore.tooLarge(max, announced.getAsLong());
        }
        byte[] body = body().readNBytes((int) max + 1);
        if (body.length > max) {
            throw BlobStore.tooLarge(max, body.length);
        }
        return body;
    }

    private void requireType(String type) throws Problem {
        @Nullable String actual = context.req().getContentType();
        String bare =
                actual == null ? "" : actual.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
        if (!bare.equals(type)) {
            throw Problem.field(
                    415,
                    "unsupported-media-type",
                    "Content-Type",
                    type,
                    actual == null ? "none" : actual);
        }
    }

    /// Answers with JSON.
    void answer(int status, Json body) {
        context.status(status);
        context.contentType("application/json");
        context.result(body.canonical());
    }

    /// Answers with nothing but success.
    void done() {
        context.status(204);
    }
}
