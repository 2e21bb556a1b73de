package io.cloister.agent;

import io.cloister.crypto.grant.SealedEnvelopes;
import io.cloister.link.Link;
import io.cloister.link.LinkStream;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Email;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.Shown;
import io.cloister.protocol.document.Receipt;
import io.cloister.protocol.document.Role;
import io.cloister.protocol.document.Seat;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/// The operations of the agent link (spec/agent-link.md §4), as methods. Whatever an answer says is
/// the untrusted operator's.
///
/// Every method throws [ControlPlaneRefusal] if the control plane refuses, and another
/// `IOException` if the link breaks or an answer has not its form. Safe for use by several threads.
final class ControlPlane {
    private static final Patience PATIENCE =
            new Patience(Duration.ofSeconds(120), Duration.ofSeconds(60), Duration.ofSeconds(60));
    private static final int MAX_JOB = 8 << 20;

    /// A key blob has 176 bytes; what else comes is refused like a wrong one, not like a link that
    /// breaks its format.
    private static final int MAX_KEY = 64 << 10;

    private static final JsonLimits JOB = new JsonLimits(MAX_JOB, 24, 100_000);
    private static final int MAX_DETAIL = 500;
    private static final String ASSERTED = "cosmianAgreement";

    private final Link link;
    private final Patience patience;

    ControlPlane(Link link) {
        this(link, PATIENCE);
    }

    ControlPlane(Link link, Patience patience) {
        this.link = link;
        this.patience = patience;
    }

    /// How long the control plane may take: an agent that waited for ever would keep its keys for
    /// ever.
    ///
    /// @param answer to the header of an answer; `next` itself waits up to 60 s
    /// @param body from the header to the last byte of a small answer
    /// @param silence between two pieces of a ciphertext that comes, or of a body that goes
    record Patience(Duration answer, Duration body, Duration silence) {}

    /// What the agent is for.
    ///
    /// @param computation as the control plane says
    /// @param agreement the one to serve, not verified
    record Job(ComputationId computation, Served agreement) {
        /// An agreement as it is served in one dialect.
        sealed interface Served {}

        /// Signed, in the native dialect.
        record Signed(Envelope envelope) implements Served {}

        /// The control plane's word, in the Cosmian dialect.
        ///
        /// @param canonical bytes
        record Asserted(Bytes canonical) implements Served {}
    }

    /// A ciphertext on its way.
    ///
    /// @param size as the control plane says
    /// @param stream its bytes; to be closed
    record Blob(long size, LinkStream stream) {}

    /// What the control plane stored.
    ///
    /// @param size bytes of the body
    /// @param digest of the body
    record Stored(long size, Sha256 digest) {}

    /// Something read from an answer.
    @FunctionalInterface
    private interface Reading<T> {
        T read(Fields answer) throws MalformedException, IOException;
    }

    Job job() throws IOException {
        return ask(
                Json.object().put("op", "job").build(),
                new byte[0],
                (stream, fields) -> {
                    ComputationId computation = fields.text("computation", ComputationId::parse);
                    fields.integer("enclave", 0, Json.MAX_INTEGER);
                    fields.end();
                    Fields body = Fields.of(Json.parse(body(stream, MAX_JOB), JOB, "job"), "job");
                    Job.Served agreement =
                            body.has(ASSERTED)
                                    ? new Job.Asserted(Bytes.copyOf(body.any(ASSERTED).canonical()))
                                    : new Job.Signed(
                                            Envelope.read(
                                                    body.any("agreement"), body.path("agreement")));
                    body.end();
                    return new Job(computation, agreement);
                });
    }

    /// A ciphertext by its digest; nobody has checked it.
    Blob blob(Sha256 digest) throws IOException {
        LinkStream stream =
                link.open(Json.object().put("op", "blob").put("digest", digest.toString()).build());
        try {
            stream.limitSilence(patience.silence);
            stream.output().close();
            return answer(
                    stream,
                    "blob",
                    fields -> new Blob(fields.integer("size", 0, Json.MAX_INTEGER), stream));
        } catch (IOException | RuntimeException e) {
            stream.close();
            throw e;
        }
    }

    /// Publishes who this enclave is.
    void publish(Bytes identity, Bytes evidence) throws IOException {
        byte[] body =
                Json.object()
                        .put("identity", identity.base64())
                        .put("evidence", evidence.base64())
                        .build()
                        .canonical();
        askForNothing(Json.object().put("op", "identity").build(), body);
    }

    /// Waits for the first item numbered above `after`.
    ///
    /// @param wait 0 to 60 s
    Item next(long after, Duration wait) throws IOException {
        Json.Obj request =
                Json.object()
                        .put("op", "next")
                        .put("after", after)
                        .put("wait", wait.toSeconds())
                        .build();
        return ask(
                request,
                new byte[0],
                (stream, fields) -> {
                    String kind = fields.string("kind", 1, 16);
                    Item item =
                            switch (kind) {
                                case "grant", "inputs" -> sealed(kind, after, stream, fields);
                                case "key" -> key(after, stream, fields);
                                case "cosmian-inputs" -> servedInputs(after, stream, fields);
                                case "stop" ->
                                        new Item.Stop(
                                                Shown.bounded(
                                                        fields.string("reason", 0, MAX_DETAIL)));
                                case "nothing" -> new Item.Nothing();
                                default ->
                                        throw new MalformedException(
                                                fields.path("kind"), "a kind of item", kind);
                            };
                    fields.end();
                    return item;
                });
    }

    private static Item sealed(String kind, long after, LinkStream stream, Fields fields)
            throws MalformedException, IOException {
        long number = fields.integer("number", after + 1, Json.MAX_INTEGER);
        fields.text("signer", Email::parse);
        boolean grant = kind.equals("grant");
        if (!grant) {
            fields.integer("run", 1, Json.MAX_INTEGER);
        }
        Bytes sealed = content(SealedEnvelopes.MAX_BYTES, stream, fields);
        return grant ? new Item.SealedGrant(number, sealed) : new Item.SealedInputs(number, sealed);
    }

    private static Item key(long after, LinkStream stream, Fields fields)
            throws MalformedException, IOException {
        long number = fields.integer("number", after + 1, Json.MAX_INTEGER);
        var seat = new Seat(fields.text("signer", Email::parse), fields.text("role", Role::parse));
        return new Item.Key(number, seat, content(MAX_KEY, stream, fields));
    }

    private static Item servedInputs(long after, LinkStream stream, Fields fields)
            throws MalformedException, IOException {
        long number = fields.integer("number", after + 1, Json.MAX_INTEGER);
        fields.integer("run", 1, Json.MAX_INTEGER);
        return new Item.ServedInputs(number, content(MAX_JOB, stream, fields));
    }

    private static Bytes content(int max, LinkStream stream, Fields fields)
            throws MalformedException, IOException {
        long size = fields.integer("size", 1, max);
        Bytes content = Bytes.copyOf(body(stream, max));
        if (content.length() != size) {
            throw new MalformedException("next", size + " bytes", content.length() + " bytes");
        }
        return content;
    }

    /// Says what became of an item.
    void verdict(long number, Verdict verdict) throws IOException {
        var request = Json.object().put("op", "verdict").put("number", number);
        switch (verdict) {
            case Verdict.Accepted(Instant expires) ->
                    request.put("accepted", true).put("expires", expires.toString());
            case Verdict.Refused(RefusalCode code, String sentence) ->
                    request.put("accepted", false)
                            .put("code", code.word())
                            .put("detail", Shown.escaped(sentence, MAX_DETAIL));
        }
        askForNothing(request.build(), new byte[0]);
    }

    /// Says that user code of `run` is about to start.
    void started(long run) throws IOException {
        askForNothing(Json.object().put("op", "state").put("run", run).build(), new byte[0]);
    }

    /// Opens the place for the body of an output.
    Upload output(long run, Email reader, Receipt.Kind kind, long position) throws IOException {
        LinkStream stream =
                link.open(
                        Json.object()
                                .put("op", "output")
                                .put("run", run)
                                .put("reader", reader.value())
                                .put("kind", kind.word())
                                .put("position", position)
                                .build());
        stream.limitSilence(patience.silence);
        return new Upload(stream);
    }

    /// A body on its way to the control plane. Closing it without [#finish] leaves nothing there.
    final class Upload implements AutoCloseable {
        private final LinkStream stream;

        private Upload(LinkStream stream) {
            this.stream = stream;
        }

        OutputStream sink() {
            return stream.output();
        }

        /// Ends the body and waits until it is stored.
        Stored finish() throws IOException {
            stream.output().close();
            return answer(
                    stream,
                    "output",
                    fields ->
                            new Stored(
                                    fields.integer("size", 0, Json.MAX_INTEGER),
                                    fields.sha256("digest")));
        }

        @Override
        public void close() {
            stream.close();
        }
    }

    /// The header of an output, held back until now.
    ///
    /// @param reader to whom
    /// @param kind what it is
    /// @param position as in the receipt
    /// @param header the age header
    record Released(Email reader, Receipt.Kind kind, long position, Bytes header) {
        Json toJson() {
            return Json.object()
                    .put("reader", reader.value())
                    .put("kind", kind.word())
                    .put("position", position)
                    .put("header", header.base64())
                    .build();
        }
    }

    /// Ends a run: receipt and headers become visible at once.
    void finish(long run, Envelope receipt, List<Released> headers) throws IOException {
        byte[] body =
                Json.object()
                        .put("receipt", receipt.toJson())
                        .put("headers", headers.stream().map(Released::toJson).toList())
                        .build()
                        .canonical();
        askForNothing(Json.object().put("op", "finish").put("run", run).build(), body);
    }

    /// Says why the agent leaves.
    void end(AgentStop stop) throws IOException {
        Json.Obj request =
                Json.object()
                        .put("op", "end")
                        .put("reason", stop.reason().word())
                        .put("detail", Shown.escaped(stop.detail(), MAX_DETAIL))
                        .build();
        askForNothing(request, new byte[0]);
    }

    @FunctionalInterface
    private interface BodyReading<T> {
        T read(LinkStream stream, Fields answer) throws MalformedException, IOException;
    }

    private void askForNothing(Json.Obj request, byte[] body) throws IOException {
        ask(
                request,
                body,
                (stream, fields) -> {
                    fields.end();
                    return true;
                });
    }

    private <T> T ask(Json.Obj request, byte[] body, BodyReading<T> reading) throws IOException {
        try (LinkStream stream = link.open(request)) {
            stream.limitSilence(patience.silence);
            stream.output().write(body);
            stream.output().close();
            String operation =
                    request.members().get("op") instanceof Json.Str(String name)
                            ? name
                            : "an operation";
            T result =
                    answer(
                            stream,
                            operation,
                            fields -> {
                                stream.limitReading(patience.body);
                                return reading.read(stream, fields);
                            });
            drain(stream);
            return result;
        }
    }

    private static void drain(LinkStream stream) throws IOException {
        if (stream.input().read() >= 0) {
            throw new IOException("the control plane's answer is longer than it should be");
        }
    }

    private <T> T answer(LinkStream stream, String operation, Reading<T> reading)
            throws IOException {
        try {
            Fields fields = Fields.of(stream.awaitAnswer(patience.answer), operation);
            String status = fields.string("status", 1, 16);
            if (status.equals("refused")) {
                throw new ControlPlaneRefusal(
                        operation, Shown.bounded(fields.string("code", 1, 80)));
            }
            if (!status.equals("ok")) {
                throw new MalformedException(fields.path("status"), "ok or refused", status);
            }
            return reading.read(fields);
        } catch (MalformedException e) {
            throw new IOException("the control plane's answer: " + e.getMessage(), e);
        }
    }

    private static byte[] body(LinkStream stream, int max) throws IOException {
        byte[] body = stream.input().readNBytes(max + 1);
        if (body.length > max) {
            throw new IOException("the control plane's answer is longer than " + max + " bytes");
        }
        return body;
    }
}
