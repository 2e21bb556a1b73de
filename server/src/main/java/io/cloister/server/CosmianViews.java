package io.cloister.server;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.CloisterBugException;
import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Email;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.document.CosmianAgreement;
import io.cloister.protocol.document.CosmianIdentity;
import io.cloister.protocol.document.CosmianInputs;
import io.cloister.protocol.document.Receipt;
import io.cloister.protocol.document.Role;
import io.cloister.protocol.document.Seat;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.dsse.Signed;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;
import io.cloister.protocol.json.JsonObjectBuilder;
import io.cloister.protocol.state.Computation;
import io.cloister.protocol.state.CosmianPapers;
import io.cloister.protocol.state.EnclaveRecord;
import io.cloister.protocol.state.Event;
import io.cloister.protocol.state.RunRecord;

import org.jdbi.v3.core.Handle;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A computation as the client of the Cosmian dialect reads it. For one answer.
final class CosmianViews {
    private static final Json NULL = new Json.Null();

    private final Handle handle;
    private final ComputationId id;
    private final Computation state;
    private final CosmianPapers papers;
    private final List<ComputationTable.Recorded> told;

    CosmianViews(Handle handle, Computation state, CosmianPapers papers) {
        this.handle = handle;
        this.id = papers.computation();
        this.state = state;
        this.papers = papers;
        this.told =
                ComputationTable.eventsOf(
                        handle, id, List.of("key-blob-received", "output-fetched"));
    }

    /// An enclave whose identity can be shown, and what it published.
    record Shown(EnclaveRecord enclave, CosmianIdentity identity, Bytes evidence) {}

    /// The enclave that serves the current agreement, if it has published who it is; one that ended
    /// after its run counts.
    Optional<Shown> enclave() {
        Optional<CosmianAgreement> agreement = papers.agreement();
        if (agreement.isEmpty() || state instanceof Computation.Starting) {
            return Optional.empty();
        }
        for (EnclaveRecord enclave : state.dossier().enclaves().reversed()) {
            Optional<EnclaveTable.Published> published =
                    enclave.identity()
                            .flatMap(digest -> EnclaveTable.published(handle, id, digest));
            if (published.isPresent()) {
                CosmianIdentity identity = identity(published.get().identity());
                return Optional.of(new Shown(enclave, identity, published.get().evidence()))
                        .filter(_ -> identity.agreement().equals(agreement.get().digest()));
            }
        }
        return Optional.empty();
    }

    private static CosmianIdentity identity(Bytes stored) {
        try {
            return CosmianIdentity.parse(stored);
        } catch (MalformedException e) {
            throw new CloisterBugException(
                    "the database holds an identity that was never checked", e);
        }
    }

    /// The whole.
    ///
    /// @param caller whose roles are told
    /// @param manifest whether the agreement is shown with the identity
    Json computation(Email caller, boolean manifest) {
        Optional<Shown> enclave = enclave();
        List<Json> providers = new ArrayList<>();
        for (Email person : papers.roster().dataProviders()) {
            providers.add(dataProvider(person, enclave));
        }
        List<Json> consumers = new ArrayList<>();
        for (Email person : papers.roster().resultConsumers()) {
            consumers.add(consumer(person, enclave));
        }
        return Json.object()
                .put("uuid", CosmianIds.of(id))
                .put("name", papers.title())
                .put("created_at", papers.setup().createdAt().toString())
                .put("my_roles", roles(caller))
                .put(
                        "owner",
                        Json.object()
                                .put("uuid", CosmianIds.of(papers.owner()))
                                .put("email", papers.owner().value())
                                .build())
                .put("code_provider", codeProvider(enclave))
                .put("data_providers", providers)
                .put("result_consumers", consumers)
                .put("enclave", Json.object().put("identity", identity(enclave, manifest)).build())
                .put("runs", runs())
                .build();
    }

    private List<Json> roles(Email caller) {
        List<Json> roles = new ArrayList<>();
        if (papers.owner().equals(caller)) {
            roles.add(Json.of("ComputationOwner"));
        }
        papers.roster().roles(caller).forEach(role -> roles.add(Json.of(CosmianIds.of(role))));
        return roles;
    }

    /// Somebody without an account has no id; whoever makes one of that e-mail gets it.
    private JsonObjectBuilder person(Seat seat, Optional<Shown> enclave) {
        boolean known = AccountTable.quota(handle, seat.person()).isPresent();
        CosmianPapers.RegisteredKey key = papers.keys().get(seat);
        return Json.object()
                .put("uuid", known ? Json.of(CosmianIds.of(seat.person())) : NULL)
                .put("email", seat.person().value())
                .put("public_key", key == null ? NULL : key(key))
                .put("symmetric_key_uploaded_at", orNull(keyCame(seat, enclave)));
    }

    private static Json key(CosmianPapers.RegisteredKey key) {
        return Json.object()
                .put("fingerprint", CosmianIds.fingerprint(key.key()))
                .put("content", key.key().value().hex())
                .put("uploaded_at", key.at().toString())
                .build();
    }

    private static Json orNull(Optional<Instant> time) {
        return time.<Json>map(at -> Json.of(at.toString())).orElse(NULL);
    }

    private Optional<Instant> keyCame(Seat seat, Optional<Shown> enclave) {
        if (enclave.isEmpty()) {
            return Optional.empty();
        }
        EnclaveRecord of = enclave.get().enclave();
        Optional<Instant> last = Optional.empty();
        for (ComputationTable.Recorded one : told) {
            if (one.event() instanceof Event.KeyBlobReceived(var number, var whose, var sealed)
                    && number == of.number()
                    && whose.equals(seat)
                    && sealed.equals(of.keys().get(seat))) {
                last = Optional.of(one.at());
            }
        }
        return last;
    }

    private Json codeProvider(Optional<Shown> enclave) {
        return person(new Seat(papers.roster().codeProvider(), Role.CODE_PROVIDER), enclave)
                .put("code_uploaded_at", orNull(papers.code().map(CosmianPapers.BroughtCode::at)))
                .build();
    }

    private Json dataProvider(Email person, Optional<Shown> enclave) {
        Optional<Instant> first =
                papers.data(person).stream()
                        .findFirst()
                        .map(CosmianInputs.File::arrivedMillis)
                        .map(Instant::ofEpochMilli);
        return person(new Seat(person, Role.DATA_PROVIDER), enclave)
                .put("starting_uploading_at", orNull(first))
                .put("done_uploading_at", orNull(Optional.ofNullable(papers.closed().get(person))))
                .build();
    }

    private Json consumer(Email person, Optional<Shown> enclave) {
        List<RunRecord> runs = state.dossier().runs();
        return person(new Seat(person, Role.RESULT_CONSUMER), enclave)
                .put(
                        "result_downloaded_at",
                        orNull(runs.isEmpty() ? Optional.empty() : fetched(person, runs.getLast())))
                .build();
    }

    private Optional<Instant> fetched(Email reader, RunRecord run) {
        return told.stream()
                .filter(one ->
                        one.event()
                                .equals(new Event.OutputFetched(reader, run.enclave(), run.run())))
                .map(ComputationTable.Recorded::at)
                .findFirst();
    }

    private Json identity(Optional<Shown> enclave, boolean manifest) {
        if (enclave.isEmpty()) {
            return NULL;
        }
        return Json.object()
                .put("public_key", CosmianIds.numbers(enclave.get().identity().enclaveKey()))
                .put(
                        "manifest",
                        papers.agreement()
                                .filter(_ -> manifest)
                                .<Json>map(agreement ->
                                        Json.of(manifest(agreement, enclave.get().identity())))
                                .orElse(NULL))
                .put("quote", enclave.get().evidence().base64())
                .build();
    }

    private static String manifest(CosmianAgreement agreement, CosmianIdentity identity) {
        try {
            return Json.object()
                    .put("agreement", agreement.toJson())
                    .put(
                            "identity",
                            Json.parse(
                                    identity.canonical().toArray(), JsonLimits.MESSAGE, "identity"))
                    .build()
                    .text();
        } catch (MalformedException e) {
            throw new CloisterBugException("a canonical identity is JSON", e);
        }
    }

    private List<Json> runs() {
        List<EnclaveTable.RunTimes> times = EnclaveTable.runTimes(handle, id);
        List<Json> runs = new ArrayList<>();
        for (RunRecord run : state.dossier().runs()) {
            for (EnclaveTable.RunTimes time : times) {
                if (time.enclave() == run.enclave()
                        && time.run() == run.run()
                        && !(run.status() instanceof RunRecord.InProgress)) {
                    runs.add(run(run, time));
                }
            }
        }
        return runs;
    }

    private Json run(RunRecord run, EnclaveTable.RunTimes time) {
        var fetches = Json.object();
        for (Email person : papers.roster().resultConsumers()) {
            fetched(person, run).ifPresent(at -> fetches.put(CosmianIds.of(person), at.toString()));
        }
        return Json.object()
                .put("uuid", CosmianIds.ofRun(id, run.enclave(), run.run()))
                .put("created_at", time.startedAt().toString())
                .put("ended_at", orNull(time.endedAt()))
                .put("exit_code", run.succeeded() ? 0 : 1)
                .put("output", outcome(run))
                .put("results_fetches_datetimes_by_result_consumers_uuid", fetches.build())
                .build();
    }

    /// What is said of a run that failed: no more than its receipt says, which is coarse on
    /// purpose.
    Json failure(RunRecord run) {
        return Json.object()
                .put("cause", outcome(run))
                .put("exit_code", 1)
                .put("output", "")
                .build();
    }

    private String outcome(RunRecord run) {
        return switch (run.status()) {
            case RunRecord.InProgress() -> "";
            case RunRecord.Lost() ->
                    "the enclave was lost while the code ran; reset the data or the code to run"
                            + " again";
            case RunRecord.Done _ -> report(run);
        };
    }

    private String report(RunRecord run) {
        Receipt.Report report =
                EnclaveTable.receipt(handle, id, run.enclave(), run.run())
                        .map(CosmianViews::receipt)
                        .orElseThrow()
                        .report();
        return report.outcome().word()
                + report.exception().map(name -> ": " + name).orElse("")
                + report.line().map(line -> " (line " + line + " of run.py)").orElse("");
    }

    private static Receipt receipt(String stored) {
        try {
            return Signed.readUnverified(
                    Envelope.read(
                            Json.parse(
                                    stored.getBytes(StandardCharsets.UTF_8),
                                    JsonLimits.DOCUMENT,
                                    "receipt"),
                            "receipt"),
                    Receipt.TYPE);
        } catch (MalformedException e) {
            throw new CloisterBugException(
                    "the database holds a receipt that was never checked", e);
        }
    }
}
