package io.cloister.server;

import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Email;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.CosmianAgreement;
import io.cloister.protocol.document.Roster;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonObjectBuilder;
import io.cloister.protocol.state.Computation;
import io.cloister.protocol.state.CosmianPapers;
import io.cloister.protocol.state.Dossier;
import io.cloister.protocol.state.EnclaveRecord;
import io.cloister.protocol.state.Event;
import io.cloister.protocol.state.NativePapers;
import io.cloister.protocol.state.PendingAction;
import io.cloister.protocol.state.RunRecord;

import org.jdbi.v3.core.Handle;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/// States and events as the API shows them.
final class Views {
    private Views() {}

    /// A computation. `handle` is for what is beside its state.
    static Json computation(Handle handle, ComputationId id, Registry.Current current) {
        Computation state = current.state();
        Dossier dossier = state.dossier();
        ComputationTable.Head head = ComputationTable.head(handle, id).orElseThrow();
        JsonObjectBuilder json =
                Json.object()
                        .put("id", id.toString())
                        .put("state", state.word())
                        .put("archived", dossier.archived())
                        .put("createdAt", head.createdAt().toString())
                        .put("owner", head.owner().value())
                        .put("dialect", dossier.papers().dialect().word())
                        .put("participants", participants(handle, id, dossier))
                        .put(
                                "pendingActions",
                                state.pendingActions().stream().map(Views::pending).toList())
                        .put("lastEvent", current.lastEvent());
        switch (dossier.papers()) {
            case NativePapers papers ->
                    json.put("proposal", papers.proposal().digest().toString())
                            .putIfPresent("code", papers.code().map(code -> code.digest()))
                            .putIfPresent(
                                    "agreement",
                                    ComputationTable.agreement(handle, id).map(Envelope::digest));
            case CosmianPapers papers ->
                    json.putIfPresent(
                            "agreement", papers.agreement().map(CosmianAgreement::digest));
        }
        if (state instanceof Computation.Ended(var _, var end, var detail)) {
            json.put(
                    "reason",
                    end.name().toLowerCase(Locale.ROOT) + (detail.isEmpty() ? "" : ": " + detail));
        }
        dossier.lastEnclave()
                .filter(enclave -> enclave.stage() == EnclaveRecord.Stage.READY)
                .flatMap(EnclaveRecord::identity)
                .ifPresent(identity -> json.put("enclave", identity.toString()));
        return json.build();
    }

    private static List<Json> participants(Handle handle, ComputationId id, Dossier dossier) {
        Roster roster = dossier.roster();
        List<Json> participants = new ArrayList<>();
        for (Email person : roster.people()) {
            participants.add(
                    Json.object()
                            .put("email", person.value())
                            .put("roles", words(roster.roles(person)))
                            .put(
                                    "invitation",
                                    invitation(AccountTable.enrolment(handle, id, person)))
                            .putIfPresent("card", card(dossier, person))
                            .build());
        }
        return participants;
    }

    private static Optional<Sha256> card(Dossier dossier, Email person) {
        return dossier.papers() instanceof NativePapers papers
                ? papers.card(person).map(card -> card.card().digest())
                : Optional.empty();
    }

    private static String invitation(Optional<AccountTable.Enrolment> enrolment) {
        if (enrolment.isEmpty()) {
            return "none";
        }
        if (enrolment.get().revoked()) {
            return "revoked";
        }
        return enrolment.get().accessHash().isPresent() ? "redeemed" : "open";
    }

    static List<Json> words(Iterable<?> words) {
        List<Json> all = new ArrayList<>();
        words.forEach(word -> all.add(Json.of(word.toString())));
        return all;
    }

    private static Json pending(PendingAction action) {
        JsonObjectBuilder json =
                Json.object()
                        .putIfPresent("email", action.who())
                        .put("action", action.action().toString());
        if (!action.detail().isEmpty()) {
            json.put("detail", action.detail());
        }
        return json.build();
    }

    /// A computation in a list.
    static Json summary(ComputationTable.Summary summary, Email caller, Set<Access> roles) {
        List<Json> mine = new ArrayList<>();
        if (summary.pending() instanceof Json.Arr(var actions)) {
            for (Json action : actions) {
                if (action instanceof Json.Obj(var members)
                        && Json.of(caller.value()).equals(members.get("email"))) {
                    mine.add(members.getOrDefault("action", Json.of("")));
                }
            }
        }
        return Json.object()
                .put("id", summary.id().toString())
                .put("state", summary.state())
                .put("archived", summary.archived())
                .put("createdAt", summary.createdAt().toString())
                .put("owner", summary.owner().value())
                .put("dialect", summary.dialect().word())
                .put(
                        "roles",
                        words(
                                roles.stream()
                                        .filter(role ->
                                                role != Access.PARTICIPANT && role != Access.SIGNER)
                                        .sorted()
                                        .map(Access::word)
                                        .toList()))
                .put("pending", mine)
                .build();
    }

    /// An event for everyone of the computation: documents by their digest, no tags.
    static Json event(ComputationTable.Recorded recorded) {
        Json data =
                switch (recorded.event()) {
                    case Event.Created(var proposal) -> digest("proposal", proposal);
                    case Event.CardRegistered(var card, var _) -> digest("card", card);
                    case Event.CodeStated(var statement) -> digest("statement", statement);
                    case Event.AgreementSigned(var agreement) -> digest("agreement", agreement);
                    case Event.Declined _,
                            Event.CodeReset _,
                            Event.EnclaveQueued _,
                            Event.EnclaveStarted _,
                            Event.IdentityPublished _,
                            Event.GrantReceived _,
                            Event.InputsReceived _,
                            Event.Refused _,
                            Event.RunStarted _,
                            Event.RunEnded _,
                            Event.EnclaveStopped _,
                            Event.EnclaveRequested _,
                            Event.Withdrawn _,
                            Event.OutputFetched _,
                            Event.Archived _,
                            Event.CosmianCreated _,
                            Event.KeyRegistered _,
                            Event.CodeBrought _,
                            Event.DataBrought _,
                            Event.DataClosed _,
                            Event.DataReset _,
                            Event.KeyBlobReceived _ ->
                            recorded.event().data();
                };
        return Json.object()
                .put("number", recorded.number())
                .put("at", recorded.at().toString())
                .put("type", recorded.event().type())
                .put("data", data)
                .build();
    }

    private static Json digest(String name, Envelope document) {
        return Json.object().put(name, document.digest().toString()).build();
    }

    /// The enclaves of a computation, newest first.
    static Json enclaves(Handle handle, ComputationId id, Dossier dossier) {
        Map<Long, EnclaveTable.Times> times =
                EnclaveTable.times(handle, id).stream()
                        .collect(Collectors.toMap(EnclaveTable.Times::number, Function.identity()));
        List<Json> enclaves = new ArrayList<>();
        for (EnclaveRecord enclave : dossier.enclaves().reversed()) {
            EnclaveTable.Times when = times.get(enclave.number());
            if (when != null) {
                enclaves.add(
                        Json.object()
                                .put("number", enclave.number())
                                .put("state", enclave.stage().name().toLowerCase(Locale.ROOT))
                                .putIfPresent("identity", enclave.identity())
                                .put("startedAt", when.queuedAt().toString())
                                .putIfPresent("stoppedAt", when.stoppedAt())
                                .putIfPresent("reason", when.reason())
                                .put(
                                        "grants",
                                        words(enclave.grants().keySet().stream().sorted().toList()))
                                .build());
            }
        }
        return Json.object().put("enclaves", enclaves).build();
    }

    /// The runs of a computation, oldest first.
    static Json runs(Handle handle, ComputationId id, Dossier dossier) {
        List<EnclaveTable.RunTimes> times = EnclaveTable.runTimes(handle, id);
        List<Json> runs = new ArrayList<>();
        for (RunRecord run : dossier.runs()) {
            times.stream()
                    .filter(time -> time.enclave() == run.enclave() && time.run() == run.run())
                    .findFirst()
                    .ifPresent(time -> runs.add(run(run, time)));
        }
        return Json.object().put("runs", runs).build();
    }

    private static Json run(RunRecord run, EnclaveTable.RunTimes time) {
        JsonObjectBuilder json =
                Json.object()
                        .put("identity", run.identity().toString())
                        .put("run", run.run())
                        .put("startedAt", time.startedAt().toString())
                        .putIfPresent("endedAt", time.endedAt());
        switch (run.status()) {
            case RunRecord.InProgress() -> json.put("state", "running");
            case RunRecord.Lost() -> json.put("state", "lost");
            case RunRecord.Done(var outcome, var receipt) ->
                    json.put("state", run.succeeded() ? "succeeded" : "failed")
                            .put("outcome", outcome.word())
                            .put("receipt", receipt.toString());
        }
        return json.build();
    }
}
