package io.cloister.protocol.vectors;

import static io.cloister.protocol.Samples.CARL;
import static io.cloister.protocol.Samples.DANA;
import static io.cloister.protocol.Samples.DAVE;
import static io.cloister.protocol.Samples.OLGA;
import static io.cloister.protocol.Samples.RITA;

import io.cloister.protocol.Email;
import io.cloister.protocol.Samples;
import io.cloister.protocol.document.Agreement;
import io.cloister.protocol.document.CodeStatement;
import io.cloister.protocol.document.Outcome;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.state.Computation;
import io.cloister.protocol.state.Event;
import io.cloister.protocol.state.Life;
import io.cloister.protocol.state.StopReason;
import io.cloister.protocol.state.Transition;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/// Makes the vectors of the state machine: every state crossed with every event.
final class ComputationVectors {
    private ComputationVectors() {}

    static Map<String, Event> events() {
        Map<String, Event> events = new LinkedHashMap<>();
        events.put("created", new Event.Created(Samples.signedProposal()));
        events.put("created-other", new Event.Created(Samples.signedCard(DANA)));
        for (Email person : List.of(CARL, DANA, DAVE, RITA)) {
            events.put("card-" + name(person), Life.card(person));
        }
        events.put(
                "card-dana-other", new Event.CardRegistered(Life.otherCard(DANA), Life.tag(DANA)));
        events.put("declined-dana", new Event.Declined(DANA, "no"));
        events.put("withdrawn-dave", new Event.Withdrawn(DAVE, "changed my mind"));
        events.put(
                "withdrawn-stranger", new Event.Withdrawn(new Email("zoe@stranger.example"), "no"));
        events.put("code", Life.code());
        events.put(
                "code-other",
                new Event.CodeStated(Samples.key(CARL).sign(CodeStatement.TYPE, otherCode())));
        events.put(
                "code-by-dana",
                new Event.CodeStated(Samples.key(DANA).sign(CodeStatement.TYPE, Samples.code())));
        events.put("code-reset", new Event.CodeReset());
        events.put("agreement", Life.agreement());
        events.put(
                "agreement-other",
                new Event.AgreementSigned(
                        Samples.key(OLGA).sign(Agreement.TYPE, otherAgreement())));
        events.put("enclave-requested", new Event.EnclaveRequested(DANA));
        events.put("enclave-queued-1", new Event.EnclaveQueued(1));
        events.put("enclave-queued-2", new Event.EnclaveQueued(2));
        events.put("enclave-started-1", new Event.EnclaveStarted(1));
        events.put("enclave-started-2", new Event.EnclaveStarted(2));
        events.put("identity-1", new Event.IdentityPublished(1, Samples.identity().digest()));
        events.put("identity-1-other", new Event.IdentityPublished(1, Samples.digest("other")));
        for (Email person : List.of(CARL, DANA, DAVE, RITA)) {
            events.put("grant-1-" + name(person), Life.grant(1, person));
        }
        events.put("grant-1-dana-other", new Event.GrantReceived(1, DANA, Samples.digest("other")));
        events.put("grant-1-owner", new Event.GrantReceived(1, OLGA, Samples.digest("other")));
        events.put("inputs-2-dana", new Event.InputsReceived(1, DANA, 2, Samples.digest("inputs")));
        events.put("inputs-1-dana", new Event.InputsReceived(1, DANA, 1, Samples.digest("inputs")));
        events.put("inputs-2-rita", new Event.InputsReceived(1, RITA, 2, Samples.digest("inputs")));
        events.put(
                "refused-grant-dana",
                new Event.Refused(
                        1,
                        Optional.of(DANA),
                        Optional.of(Life.sealed(DANA)),
                        "grant.key",
                        "no key"));
        events.put(
                "refused-second-grant-dana",
                new Event.Refused(
                        1,
                        Optional.of(DANA),
                        Optional.of(Life.sealed(DANA)),
                        "second-grant",
                        "holds another"));
        events.put(
                "refused-inputs-dana",
                new Event.Refused(
                        1,
                        Optional.of(DANA),
                        Optional.of(Samples.digest("inputs")),
                        "inputs.signature",
                        "not signed"));
        events.put("run-started-1", new Event.RunStarted(1, 1));
        events.put("run-started-2", new Event.RunStarted(1, 2));
        events.put("run-ended-1", Life.ended(1));
        events.put(
                "run-ended-1-other",
                new Event.RunEnded(1, 1, Outcome.LIMIT_CPU, Samples.digest("other")));
        for (StopReason reason :
                List.of(StopReason.EXHAUSTED, StopReason.EXPIRED, StopReason.LOST)) {
            events.put("enclave-stopped-1-" + reason, new Event.EnclaveStopped(1, reason, ""));
        }
        events.put("enclave-stopped-2-lost", new Event.EnclaveStopped(2, StopReason.LOST, ""));
        events.put("output-fetched-rita", new Event.OutputFetched(RITA, 1, 1));
        events.put("archived", new Event.Archived());
        return events;
    }

    private static String name(Email person) {
        return person.value().substring(0, person.value().indexOf('@'));
    }

    private static CodeStatement otherCode() {
        CodeStatement good = Samples.code();
        return new CodeStatement(
                good.computation(),
                good.proposal(),
                good.signer(),
                Samples.digest("other"),
                good.bundleBytes(),
                good.entrypoint(),
                good.requirements(),
                good.lock(),
                good.issuedAt());
    }

    private static Agreement otherAgreement() {
        Agreement good = Samples.agreement();
        return new Agreement(
                good.computation(), good.proposal(), good.cards(), good.code(), Samples.NOW);
    }

    static Map<String, Life> lives() {
        Map<String, Life> lives = new LinkedHashMap<>();
        lives.put("begun", Life.begun());
        lives.put("joined", Life.joined());
        lives.put("coded", Life.coded());
        lives.put("agreed", Life.agreed());
        lives.put("queued", Life.queued());
        lives.put("starting", Life.starting());
        lives.put("granting", Life.granting());
        lives.put("granted", Life.granted());
        lives.put("running", Life.running());
        lives.put("ran", Life.ran());
        lives.put("completed", Life.completed());
        lives.put("left", Life.left());
        lives.put("archived", Life.archived());
        return lives;
    }

    static Json expected(Computation state, Event event) {
        return switch (state.apply(event)) {
            case Transition.Accepted(var next, var effects) ->
                    Json.object()
                            .put("outcome", "accepted")
                            .put("state", next.word())
                            .put(
                                    "effects",
                                    effects.stream().map(ComputationVectors::effect).toList())
                            .put("pending", pending(next))
                            .build();
            case Transition.Unchanged _ -> Json.object().put("outcome", "unchanged").build();
            case Transition.Refused(var code, var _) ->
                    Json.object().put("outcome", "refused").put("code", code).build();
        };
    }

    static List<Json> pending(Computation state) {
        return state.pendingActions().stream()
                .map(action ->
                        Json.of(action.action() + action.who().map(who -> " " + who).orElse("")))
                .toList();
    }

    private static Json effect(Transition.Effect effect) {
        return Json.of(
                switch (effect) {
                    case Transition.OrderEnclave _ -> "order-enclave";
                    case Transition.StopEnclave(var enclave, var reason) ->
                            "stop-enclave " + enclave + " " + reason;
                    case Transition.DeleteBlobs(var person) -> "delete-blobs " + person;
                });
    }

    static Json.Obj make() {
        Map<String, Event> events = events();
        Map<Event, String> names = new LinkedHashMap<>();
        events.forEach((name, event) -> names.put(event, name));
        var written = Json.object();
        events.forEach((name, event) ->
                written.put(
                        name,
                        Json.object().put("type", event.type()).put("data", event.data()).build()));
        var states = Json.object();
        List<Json> vectors = new ArrayList<>();
        lives().forEach((name, life) -> {
            List<Json> log =
                    life.log().stream()
                            .map(event ->
                                    Json.of(Objects.requireNonNull(names.get(event), event::type)))
                            .toList();
            states.put(
                    name,
                    Json.object()
                            .put("log", log)
                            .put("state", life.state().word())
                            .put("pending", pending(life.state()))
                            .build());
            events.forEach((id, event) ->
                    vectors.add(
                            Json.object()
                                    .put("id", name + "/" + id)
                                    .put("state", name)
                                    .put("event", id)
                                    .put("expected", expected(life.state(), event))
                                    .build()));
        });
        return Json.object()
                .put(
                        "about",
                        "Every state, as the log that leads there, crossed with every event: what"
                            + " becomes of it (computation.md §3), and who has to act then (§4).")
                .put("events", written.build())
                .put("states", states.build())
                .put("vectors", vectors)
                .build();
    }
}
