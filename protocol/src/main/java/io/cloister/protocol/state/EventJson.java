package io.cloister.protocol.state;

import io.cloister.protocol.Email;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.PublicSigningKey;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.CodeDigests;
import io.cloister.protocol.document.CosmianInputs;
import io.cloister.protocol.document.CosmianSetup;
import io.cloister.protocol.document.Outcome;
import io.cloister.protocol.document.Seat;
import io.cloister.protocol.document.Terms;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonObjectBuilder;

import java.time.Instant;
import java.util.regex.Pattern;

/// Events as JSON (spec/computation.md §2).
final class EventJson {
    private static final Pattern CODE = Pattern.compile("[a-z0-9.-]{1,80}");
    private static final long MAX_RUN = Terms.MAX_RUNS;

    private EventJson() {}

    static String type(Event event) {
        return switch (event) {
            case Event.Created _ -> "created";
            case Event.CardRegistered _ -> "card-registered";
            case Event.Declined _ -> "declined";
            case Event.CodeStated _ -> "code-stated";
            case Event.CodeReset _ -> "code-reset";
            case Event.AgreementSigned _ -> "agreement-signed";
            case Event.EnclaveQueued _ -> "enclave-queued";
            case Event.EnclaveStarted _ -> "enclave-started";
            case Event.IdentityPublished _ -> "identity-published";
            case Event.GrantReceived _ -> "grant-received";
            case Event.InputsReceived _ -> "inputs-received";
            case Event.Refused _ -> "refused";
            case Event.RunStarted _ -> "run-started";
            case Event.RunEnded _ -> "run-ended";
            case Event.EnclaveStopped _ -> "enclave-stopped";
            case Event.EnclaveRequested _ -> "enclave-requested";
            case Event.Withdrawn _ -> "withdrawn";
            case Event.OutputFetched _ -> "output-fetched";
            case Event.Archived _ -> "archived";
            case Event.CosmianCreated _ -> "cosmian-created";
            case Event.KeyRegistered _ -> "key-registered";
            case Event.CodeBrought _ -> "code-brought";
            case Event.DataBrought _ -> "data-brought";
            case Event.DataClosed _ -> "data-closed";
            case Event.DataReset _ -> "data-reset";
            case Event.KeyBlobReceived _ -> "key-blob-received";
        };
    }

    static Json data(Event event) {
        JsonObjectBuilder json = Json.object();
        switch (event) {
            case Event.Created(var proposal) -> json.put("proposal", proposal.toJson());
            case Event.CardRegistered(var card, var tag) ->
                    json.put("card", card.toJson()).put("tag", tag.toString());
            case Event.Declined(var person, var reason) ->
                    json.put("person", person.value()).put("reason", reason);
            case Event.CodeStated(var statement) -> json.put("statement", statement.toJson());
            case Event.AgreementSigned(var agreement) -> json.put("agreement", agreement.toJson());
            case Event.EnclaveQueued(var enclave) -> json.put("enclave", enclave);
            case Event.EnclaveStarted(var enclave) -> json.put("enclave", enclave);
            case Event.IdentityPublished(var enclave, var identity) ->
                    json.put("enclave", enclave).put("identity", identity.toString());
            case Event.GrantReceived(var enclave, var signer, var sealed) ->
                    json.put("enclave", enclave)
                            .put("signer", signer.value())
                            .put("sealed", sealed.toString());
            case Event.InputsReceived(var enclave, var signer, var run, var sealed) ->
                    json.put("enclave", enclave)
                            .put("signer", signer.value())
                            .put("run", run)
                            .put("sealed", sealed.toString());
            case Event.Refused(var enclave, var signer, var sealed, var code, var sentence) ->
                    json.put("enclave", enclave)
                            .putIfPresent("signer", signer)
                            .putIfPresent("sealed", sealed)
                            .put("code", code)
                            .put("sentence", sentence);
            case Event.RunStarted(var enclave, var run) ->
                    json.put("enclave", enclave).put("run", run);
            case Event.RunEnded(var enclave, var run, var outcome, var receipt) ->
                    json.put("enclave", enclave)
                            .put("run", run)
                            .put("outcome", outcome.word())
                            .put("receipt", receipt.toString());
            case Event.EnclaveStopped(var enclave, var reason, var detail) ->
                    json.put("enclave", enclave)
                            .put("reason", reason.toString())
                            .put("detail", detail);
            case Event.EnclaveRequested(var by) -> json.put("by", by.value());
            case Event.Withdrawn(var person, var reason) ->
                    json.put("person", person.value()).put("reason", reason);
            case Event.OutputFetched(var reader, var enclave, var run) ->
                    json.put("reader", reader.value()).put("enclave", enclave).put("run", run);
            case Event.CosmianCreated(var setup) -> json.put("setup", setup.toJson());
            case Event.KeyRegistered(var seat, var key, var at) ->
                    json.put("seat", seat.toJson())
                            .put("key", key.toString())
                            .put("at", at.getEpochSecond());
            case Event.CodeBrought(var code, var at) ->
                    json.put("code", code.toJson()).put("at", at.getEpochSecond());
            case Event.DataBrought(var file) -> json.put("file", file.toJson());
            case Event.DataClosed(var provider, var at) ->
                    json.put("provider", provider.value()).put("at", at.getEpochSecond());
            case Event.DataReset(var provider) -> json.put("provider", provider.value());
            case Event.KeyBlobReceived(var enclave, var seat, var sealed) ->
                    json.put("enclave", enclave)
                            .put("seat", seat.toJson())
                            .put("sealed", sealed.toString());
            case Event.CodeReset _, Event.Archived _ -> {}
        }
        return json.build();
    }

    static Event read(String type, Fields fields) throws MalformedException {
        Event event =
                switch (type) {
                    case "created" -> new Event.Created(envelope(fields, "proposal"));
                    case "card-registered" ->
                            new Event.CardRegistered(
                                    envelope(fields, "card"), fields.text("tag", Tag::parse));
                    case "declined" ->
                            new Event.Declined(person(fields, "person"), reason(fields, "reason"));
                    case "code-stated" -> new Event.CodeStated(envelope(fields, "statement"));
                    case "code-reset" -> new Event.CodeReset();
                    case "agreement-signed" ->
                            new Event.AgreementSigned(envelope(fields, "agreement"));
                    case "enclave-queued" -> new Event.EnclaveQueued(enclave(fields));
                    case "enclave-started" -> new Event.EnclaveStarted(enclave(fields));
                    case "identity-published" ->
                            new Event.IdentityPublished(enclave(fields), fields.sha256("identity"));
                    case "grant-received" ->
                            new Event.GrantReceived(
                                    enclave(fields),
                                    person(fields, "signer"),
                                    fields.sha256("sealed"));
                    case "inputs-received" ->
                            new Event.InputsReceived(
                                    enclave(fields),
                                    person(fields, "signer"),
                                    run(fields),
                                    fields.sha256("sealed"));
                    case "refused" ->
                            new Event.Refused(
                                    enclave(fields),
                                    fields.optionalText("signer", Email::parse),
                                    fields.optionalText("sealed", Sha256::parse),
                                    fields.text("code", EventJson::code),
                                    reason(fields, "sentence"));
                    case "run-started" -> new Event.RunStarted(enclave(fields), run(fields));
                    case "run-ended" ->
                            new Event.RunEnded(
                                    enclave(fields),
                                    run(fields),
                                    fields.text("outcome", Outcome::parse),
                                    fields.sha256("receipt"));
                    case "enclave-stopped" ->
                            new Event.EnclaveStopped(
                                    enclave(fields),
                                    fields.text("reason", StopReason::parse),
                                    reason(fields, "detail"));
                    case "enclave-requested" -> new Event.EnclaveRequested(person(fields, "by"));
                    case "withdrawn" ->
                            new Event.Withdrawn(person(fields, "person"), reason(fields, "reason"));
                    case "output-fetched" ->
                            new Event.OutputFetched(
                                    person(fields, "reader"), enclave(fields), run(fields));
                    case "archived" -> new Event.Archived();
                    case "cosmian-created" ->
                            new Event.CosmianCreated(
                                    CosmianSetup.read(fields.any("setup"), fields.path("setup")));
                    case "key-registered" ->
                            new Event.KeyRegistered(
                                    seat(fields),
                                    fields.text("key", PublicSigningKey::parse),
                                    at(fields));
                    case "code-brought" ->
                            new Event.CodeBrought(
                                    CodeDigests.read(fields.any("code"), fields.path("code")),
                                    at(fields));
                    case "data-brought" ->
                            new Event.DataBrought(
                                    CosmianInputs.File.read(
                                            fields.any("file"), fields.path("file")));
                    case "data-closed" ->
                            new Event.DataClosed(person(fields, "provider"), at(fields));
                    case "data-reset" -> new Event.DataReset(person(fields, "provider"));
                    case "key-blob-received" ->
                            new Event.KeyBlobReceived(
                                    enclave(fields), seat(fields), fields.sha256("sealed"));
                    default -> throw new MalformedException("event.type", "a known event", type);
                };
        fields.end();
        return event;
    }

    private static Seat seat(Fields fields) throws MalformedException {
        return Seat.read(fields.any("seat"), fields.path("seat"));
    }

    private static Instant at(Fields fields) throws MalformedException {
        return Instant.ofEpochSecond(fields.integer("at", 0, Terms.MAX_INSTANT));
    }

    private static Envelope envelope(Fields fields, String name) throws MalformedException {
        return Envelope.read(fields.any(name), fields.path(name));
    }

    private static Email person(Fields fields, String name) throws MalformedException {
        return fields.text(name, Email::parse);
    }

    private static String reason(Fields fields, String name) throws MalformedException {
        return fields.string(name, 0, Event.MAX_REASON);
    }

    static boolean isCode(String text) {
        return CODE.matcher(text).matches();
    }

    private static String code(String text, String path) throws MalformedException {
        if (!isCode(text)) {
            throw new MalformedException(path, "1 to 80 of a-z 0-9 - .", text);
        }
        return text;
    }

    private static long enclave(Fields fields) throws MalformedException {
        return fields.integer("enclave", 1, Event.MAX_ENCLAVES);
    }

    private static long run(Fields fields) throws MalformedException {
        return fields.integer("run", 1, MAX_RUN);
    }
}
