package io.cloister.server;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Email;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.Card;
import io.cloister.protocol.document.CodeDigests;
import io.cloister.protocol.document.CodeStatement;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.dsse.Signed;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonObjectBuilder;
import io.cloister.protocol.state.CosmianPapers;
import io.cloister.protocol.state.Event;
import io.cloister.protocol.state.NativePapers;
import io.cloister.protocol.state.Papers;
import io.cloister.protocol.state.Tag;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Proposal, cards, code and agreement.
final class DocumentOperations {
    private final Control control;

    DocumentOperations(Control control) {
        this.control = control;
    }

    /// The signed documents of a computation; one of another dialect has none.
    private NativePapers papers(Call call) throws Problem {
        if (control.registry().get(call.computation()).state().dossier().papers()
                instanceof NativePapers papers) {
            return papers;
        }
        throw Problem.notFound();
    }

    void proposal(Call call) throws Problem {
        call.answer(200, papers(call).proposal().envelope().toJson());
    }

    void cards(Call call) throws Problem {
        NativePapers papers = papers(call);
        List<Json> cards = new ArrayList<>();
        for (Email person : papers.roster().people()) {
            papers.card(person)
                    .ifPresent(card -> {
                        JsonObjectBuilder json =
                                Json.object()
                                        .put("email", person.value())
                                        .put("card", card.card().envelope().toJson());
                        if (call.is(Access.OWNER)) {
                            json.put("tag", card.tag().toString());
                        }
                        cards.add(json.build());
                    });
        }
        call.answer(200, Json.object().put("cards", cards).build());
    }

    void registerCard(Call call) throws Problem, Refusal, IOException, MalformedException {
        Fields body = call.fields();
        Envelope card = Envelope.read(body.any("card"), "card");
        Tag tag = body.text("tag", Tag::parse);
        body.end();
        Email email = Signed.readUnverified(card, Card.TYPE).email();
        if (!email.equals(call.email())) {
            throw Problem.field(
                    403, "forbidden", "card.email", call.email().value(), email.value());
        }
        stored(
                call,
                control.registry().append(call.computation(), new Event.CardRegistered(card, tag)),
                card.digest());
    }

    private static void stored(Call call, boolean isNew, Sha256 digest) {
        call.answer(isNew ? 201 : 200, Json.object().put("digest", digest.toString()).build());
    }

    void code(Call call) throws Problem {
        call.answer(200, statement(call).envelope().toJson());
    }

    private Signed<CodeStatement> statement(Call call) throws Problem {
        return papers(call).code().orElseThrow(Problem::notFound);
    }

    void putCode(Call call) throws Problem, Refusal, IOException, MalformedException {
        ComputationId computation = call.computation();
        Envelope envelope = Envelope.read(call.json(), "code");
        CodeStatement statement = Signed.readUnverified(envelope, CodeStatement.TYPE);
        Optional<BlobTable.Blob> bundle =
                control.database()
                        .read(handle ->
                                BlobTable.find(
                                        handle, computation, call.email(), statement.bundle()));
        if (bundle.isEmpty() || bundle.get().size() != statement.bundleBytes()) {
            throw Problem.field(
                    422,
                    "blob-missing",
                    "code.bundle",
                    "a blob you stored, of " + statement.bundleBytes() + " bytes",
                    bundle.map(blob -> "one of " + blob.size() + " bytes").orElse("none"));
        }
        stored(
                call,
                control.registry().append(computation, new Event.CodeStated(envelope)),
                envelope.digest());
    }

    void resetCode(Call call) throws Problem, Refusal {
        control.registry().append(call.computation(), new Event.CodeReset());
        call.done();
    }

    void bundle(Call call) throws Problem, IOException {
        ComputationId computation = call.computation();
        Papers papers = control.registry().get(computation).state().dossier().papers();
        CodeDigests code = papers.codeDigests().orElseThrow(Problem::notFound);
        Optional<BlobTable.Blob> blob =
                control.database()
                        .read(handle ->
                                BlobTable.find(
                                        handle,
                                        computation,
                                        papers.roster().codeProvider(),
                                        code.bundle()));
        if (blob.isEmpty()) {
            throw Problem.notFound();
        }
        Download.send(call, Bytes.utf8(""), control.blobs().file(computation, blob.get()));
    }

    void agreement(Call call) throws Problem {
        ComputationId computation = call.computation();
        Optional<Envelope> agreement =
                control.database().read(handle -> ComputationTable.agreement(handle, computation));
        call.answer(200, agreement.orElseThrow(Problem::notFound).toJson());
    }

    /// The agreement of a computation of the Cosmian dialect: nobody signed it.
    void cosmianAgreement(Call call) throws Problem {
        if (control.registry().get(call.computation()).state().dossier().papers()
                instanceof CosmianPapers papers) {
            call.answer(200, papers.agreement().orElseThrow(Problem::notFound).toJson());
        } else {
            throw Problem.notFound();
        }
    }

    void putAgreement(Call call) throws Problem, Refusal, IOException, MalformedException {
        Envelope envelope = Envelope.read(call.json(), "agreement");
        stored(
                call,
                control.registry().append(call.computation(), new Event.AgreementSigned(envelope)),
                envelope.digest());
    }
}
