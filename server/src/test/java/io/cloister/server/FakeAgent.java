package io.cloister.server;

import io.cloister.link.Link;
import io.cloister.link.LinkSettings;
import io.cloister.link.LinkStream;
import io.cloister.link.StreamResetException;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.Email;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.BillOfMaterials;
import io.cloister.protocol.document.CosmianAgreement;
import io.cloister.protocol.document.CosmianIdentity;
import io.cloister.protocol.document.EnclaveIdentity;
import io.cloister.protocol.document.Identity;
import io.cloister.protocol.document.IsolationLevel;
import io.cloister.protocol.document.Outcome;
import io.cloister.protocol.document.Receipt;
import io.cloister.protocol.document.ServedAgreement;
import io.cloister.protocol.document.Swap;
import io.cloister.protocol.document.VerifiedAgreement;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The agent's side of the link, as a real agent would use it, without anything that opens or runs.
final class FakeAgent implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    final Link link;
    final TestKey key = new TestKey();
    private Optional<ServedAgreement> agreement = Optional.empty();
    private Optional<Identity> identity = Optional.empty();

    FakeAgent(InputStream in, OutputStream out) throws IOException {
        link = Link.connect(in, out, new SecureRandom(), LinkSettings.DEFAULT);
    }

    /// An answer's header and body.
    record Reply(Json.Obj header, Bytes content) {
        byte[] body() {
            return content.toArray();
        }

        String text(String name) {
            return header.members().get(name) instanceof Json.Str(var text) ? text : "";
        }

        long number(String name) {
            return header.members().get(name) instanceof Json.Num(var number) ? number : -1;
        }

        Reply ok() {
            if (!text("status").equals("ok")) {
                throw new AssertionError(header.text());
            }
            return this;
        }
    }

    Reply ask(Json.Obj request, byte[] body) throws IOException {
        try (LinkStream stream = link.open(request)) {
            boolean taken = true;
            try {
                stream.output().write(body);
                stream.output().close();
            } catch (StreamResetException _) {
                // Answered before the body was read to its end.
                taken = false;
            }
            Json.Obj header = stream.awaitAnswer(PATIENCE);
            return new Reply(
                    header, Bytes.copyOf(taken ? stream.input().readAllBytes() : new byte[0]));
        }
    }

    Reply ask(String op) throws IOException {
        return ask(Json.object().put("op", op).build(), new byte[0]);
    }

    VerifiedAgreement job() throws Exception {
        if (anyJob() instanceof VerifiedAgreement verified) {
            return verified;
        }
        throw new AssertionError("a job of another dialect");
    }

    /// Takes the job, of whatever dialect.
    ServedAgreement anyJob() throws Exception {
        Reply reply = ask("job").ok();
        if (!(Json.parse(reply.body(), JsonLimits.DOCUMENT, "job")
                instanceof Json.Obj(var members))) {
            throw new AssertionError("no job");
        }
        Json signed = members.get("agreement");
        ServedAgreement served =
                signed != null
                        ? VerifiedAgreement.verify(Envelope.read(signed, "agreement"))
                        : CosmianAgreement.parse(
                                Bytes.copyOf(
                                        Optional.ofNullable(members.get("cosmianAgreement"))
                                                .orElseThrow()
                                                .canonical()));
        agreement = Optional.of(served);
        return served;
    }

    Identity identity() {
        return identity.orElseThrow();
    }

    Json.Obj identityBody() {
        ServedAgreement served = agreement.orElseThrow();
        EnclaveIdentity mine =
                new EnclaveIdentity(
                        served.computation(),
                        served.digest(),
                        Cast.recipient(key.publicKey().toString()),
                        key.publicKey(),
                        Cast.RUNTIME,
                        IsolationLevel.NAMESPACES,
                        Swap.OFF,
                        Instant.now().truncatedTo(ChronoUnit.SECONDS));
        identity = Optional.of(mine);
        return Json.object()
                .put("identity", mine.canonical().base64())
                .put("evidence", Bytes.utf8("{}").base64())
                .build();
    }

    Sha256 publish() throws Exception {
        job();
        return publishNative();
    }

    Sha256 publishNative() throws Exception {
        ask(Json.object().put("op", "identity").build(), identityBody().canonical()).ok();
        return identity().digest();
    }

    /// Publishes an identity of the Cosmian dialect.
    void publish(CosmianAgreement asserted) throws Exception {
        var mine =
                new CosmianIdentity(
                        asserted.computation(),
                        asserted.digest(),
                        new TestKey().publicKey(),
                        key.publicKey(),
                        Cast.RUNTIME,
                        IsolationLevel.NAMESPACES,
                        Swap.OFF,
                        Instant.now().truncatedTo(ChronoUnit.SECONDS));
        identity = Optional.of(mine);
        Json body =
                Json.object()
                        .put("identity", mine.canonical().base64())
                        .put("evidence", Bytes.utf8("{}").base64())
                        .build();
        ask(Json.object().put("op", "identity").build(), body.canonical()).ok();
    }

    Reply next(long after) throws IOException {
        return ask(
                Json.object().put("op", "next").put("after", after).put("wait", 20).build(),
                new byte[0]);
    }

    /// Takes `count` grants and accepts them.
    void acceptGrants(int count) throws IOException {
        for (int i = 0; i < count; i++) {
            Reply item = next(i).ok();
            accept(item.number("number"), Instant.now().plusSeconds(3_600));
        }
    }

    void accept(long number, Instant expires) throws IOException {
        ask(
                        Json.object()
                                .put("op", "verdict")
                                .put("number", number)
                                .put("accepted", true)
                                .put("expires", expires.truncatedTo(ChronoUnit.SECONDS).toString())
                                .build(),
                        new byte[0])
                .ok();
    }

    void refuse(long number, String code, String detail) throws IOException {
        ask(
                        Json.object()
                                .put("op", "verdict")
                                .put("number", number)
                                .put("accepted", false)
                                .put("code", code)
                                .put("detail", detail)
                                .build(),
                        new byte[0])
                .ok();
    }

    Reply started(long run) throws IOException {
        return ask(Json.object().put("op", "state").put("run", run).build(), new byte[0]);
    }

    Json.Obj outputRequest(long run, Email reader, Receipt.Kind kind, long position) {
        return Json.object()
                .put("op", "output")
                .put("run", run)
                .put("reader", reader.value())
                .put("kind", kind.word())
                .put("position", position)
                .build();
    }

    Reply output(long run, Email reader, Receipt.Kind kind, long position, byte[] body)
            throws IOException {
        return ask(outputRequest(run, reader, kind, position), body);
    }

    static byte[] header(Email reader) {
        return ("header for " + reader + "\n").getBytes(StandardCharsets.UTF_8);
    }

    static byte[] whole(Email reader, byte[] body) {
        return Bytes.concat(Bytes.copyOf(header(reader)), Bytes.copyOf(body)).toArray();
    }

    Receipt.Output named(Email reader, Receipt.Kind kind, long position, byte[] body) {
        byte[] whole = whole(reader, body);
        return new Receipt.Output(reader, kind, position, Sha256.of(whole), whole.length);
    }

    Receipt receipt(long run, Outcome outcome, List<Receipt.Output> outputs)
            throws MalformedException {
        ServedAgreement served = agreement.orElseThrow();
        return new Receipt(
                served.computation(),
                served.digest(),
                identity().canonical(),
                Json.object().build(),
                run,
                List.of(),
                List.of(),
                served.codeDigests().bundle(),
                Cast.RUNTIME,
                new BillOfMaterials(List.of()),
                List.of(),
                outputs,
                served.terms(),
                new Receipt.Report(
                        outcome,
                        Optional.empty(),
                        Optional.empty(),
                        Instant.now().truncatedTo(ChronoUnit.SECONDS),
                        1,
                        1,
                        1),
                Optional.empty());
    }

    Reply finish(long run, Envelope receipt, List<Receipt.Output> outputs) throws IOException {
        List<Json> headers = new ArrayList<>();
        for (Receipt.Output output : outputs) {
            headers.add(
                    Json.object()
                            .put("reader", output.reader().value())
                            .put("kind", output.kind().word())
                            .put("position", output.position())
                            .put("header", Bytes.copyOf(header(output.reader())).base64())
                            .build());
        }
        return ask(
                Json.object().put("op", "finish").put("run", run).build(),
                Json.object()
                        .put("receipt", receipt.toJson())
                        .put("headers", headers)
                        .build()
                        .canonical());
    }

    /// A whole run with one result for each of `results`.
    Envelope run(long number, Map<Email, byte[]> results) throws Exception {
        started(number).ok();
        List<Receipt.Output> outputs = new ArrayList<>();
        for (Map.Entry<Email, byte[]> result : results.entrySet()) {
            output(number, result.getKey(), Receipt.Kind.INDEX, 0, result.getValue()).ok();
            output(number, result.getKey(), Receipt.Kind.RESULT, 0, result.getValue()).ok();
            outputs.add(named(result.getKey(), Receipt.Kind.INDEX, 0, result.getValue()));
            outputs.add(named(result.getKey(), Receipt.Kind.RESULT, 0, result.getValue()));
        }
        Envelope receipt = key.sign(Receipt.TYPE, receipt(number, Outcome.SUCCESS, outputs));
        finish(number, receipt, outputs).ok();
        return receipt;
    }

    void end(String reason) throws IOException {
        ask(
                        Json.object()
                                .put("op", "end")
                                .put("reason", reason)
                                .put("detail", "as scripted")
                                .build(),
                        new byte[0])
                .ok();
    }

    @Override
    public void close() {
        link.close();
    }
}
