package io.cloister.server;

import io.cloister.protocol.Email;
import io.cloister.protocol.document.CosmianAgreement;
import io.cloister.protocol.document.Role;
import io.cloister.protocol.document.Seat;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.state.Computation;
import io.cloister.protocol.state.CosmianPapers;
import io.cloister.protocol.state.EnclaveRecord;
import io.cloister.protocol.state.RunRecord;
import io.cloister.protocol.state.StopReason;

import java.util.List;
import java.util.Optional;

/// A computation's state in the words of the Cosmian dialect. A run that ended stays the last word
/// until somebody resets code or data.
sealed interface CosmianStatus {
    /// Keys or code are missing.
    record Init(CosmianPapers papers) implements CosmianStatus {}

    /// There is no enclave with an identity yet; `wanted` if none was even ordered.
    record IdentityProcessing(boolean wanted) implements CosmianStatus {}

    /// The enclave waits for keys and data.
    record SetupInput(CosmianPapers papers, EnclaveRecord enclave) implements CosmianStatus {}

    /// User code runs.
    record Running() implements CosmianStatus {}

    /// The results of a run are there.
    record Success(RunRecord run) implements CosmianStatus {}

    /// A run failed.
    record RunFailure(RunRecord run) implements CosmianStatus {}

    /// There is no enclave and there will be none for this code.
    record EnclaveFailure(String why) implements CosmianStatus {}

    /// The owner put it away.
    record Archived() implements CosmianStatus {}

    /// It ended otherwise.
    record Removed() implements CosmianStatus {}

    /// Where `state`, of papers `papers`, stands.
    ///
    /// @param gaveUp whether no enclave will be ordered unless something changes
    static CosmianStatus of(Computation state, CosmianPapers papers, boolean gaveUp) {
        return switch (state) {
            case Computation.Ended _ -> state.dossier().archived() ? new Archived() : new Removed();
            case Computation.Gathering _ -> new Init(papers);
            case Computation.Running _ -> new Running();
            case Computation.Starting _ ->
                    lastWord(state, papers).orElse(new IdentityProcessing(false));
            case Computation.Granting(var _, var _, var enclave) ->
                    lastWord(state, papers).orElse(new SetupInput(papers, enclave));
            case Computation.Agreed _, Computation.Completed _ ->
                    lastWord(state, papers).orElseGet(() -> withoutEnclave(state, gaveUp));
        };
    }

    private static Optional<CosmianStatus> lastWord(Computation state, CosmianPapers papers) {
        List<RunRecord> runs = state.dossier().runs();
        if (!papers.runStands() || runs.isEmpty()) {
            return Optional.empty();
        }
        RunRecord last = runs.getLast();
        return Optional.of(last.succeeded() ? new Success(last) : new RunFailure(last));
    }

    private static CosmianStatus withoutEnclave(Computation state, boolean gaveUp) {
        Optional<EnclaveRecord.Stop> stop =
                state.dossier().lastEnclave().flatMap(EnclaveRecord::stopped);
        boolean refused = stop.filter(one -> one.reason() == StopReason.REFUSED).isPresent();
        return refused || gaveUp
                ? new EnclaveFailure(
                        stop.map(one -> one.reason() + ": " + one.detail()).orElse("lost"))
                : new IdentityProcessing(true);
    }

    /// As the dialect's client reads it.
    ///
    /// @param failure what to say of a run that failed
    default Json json(Json failure) {
        return switch (this) {
            case Archived() -> Json.of("Archived");
            case Removed() -> Json.of("Removed");
            case Init(var papers) -> started("Init", init(papers));
            case IdentityProcessing _ -> started("IdentityProcessing");
            case SetupInput(var papers, var enclave) ->
                    started("SetupInput", setupInput(papers, enclave));
            case Running() -> started("Running");
            case Success _ -> started("Success");
            case RunFailure _ -> started("Failure", failure);
            case EnclaveFailure(var why) ->
                    started("Failure", Json.object().put("cause", why).build());
        };
    }

    private static Json started(String state) {
        return Json.object().put("Started", state).build();
    }

    private static Json started(String state, Json inner) {
        return Json.object().put("Started", Json.object().put(state, inner).build()).build();
    }

    private static Json init(CosmianPapers papers) {
        var cache = Json.object();
        cache.put("CodeProvider", key(papers, papers.roster().codeProvider(), Role.CODE_PROVIDER));
        cache.put(
                "DataProvider",
                papers.roster().dataProviders().stream()
                        .filter(one -> papers.keys().containsKey(new Seat(one, Role.DATA_PROVIDER)))
                        .map(one -> Json.of(key(papers, one, Role.DATA_PROVIDER)))
                        .toList());
        cache.put(
                "ResultConsumer",
                papers.roster().resultConsumers().stream()
                        .filter(one ->
                                papers.keys().containsKey(new Seat(one, Role.RESULT_CONSUMER)))
                        .map(one -> Json.of(key(papers, one, Role.RESULT_CONSUMER)))
                        .toList());
        cache.put("Enclave", List.<Json>of());
        return Json.object()
                .put("cache", cache.build())
                .put("code", papers.code().isPresent())
                .build();
    }

    private static String key(CosmianPapers papers, Email person, Role role) {
        return Optional.ofNullable(papers.keys().get(new Seat(person, role)))
                .map(one -> one.key().value().hex())
                .orElse("");
    }

    private static Json setupInput(CosmianPapers papers, EnclaveRecord enclave) {
        var missing = enclave.missingKeys(CosmianAgreement.seats(papers.roster()));
        List<Json> providers =
                papers.roster().dataProviders().stream()
                        .map(one ->
                                Json.array(
                                        List.of(
                                                Json.of(papers.closed().containsKey(one)),
                                                Json.of(
                                                        !missing.contains(
                                                                new Seat(
                                                                        one,
                                                                        Role.DATA_PROVIDER))))))
                        .toList();
        List<Json> consumers =
                papers.roster().resultConsumers().stream()
                        .map(one -> Json.of(!missing.contains(new Seat(one, Role.RESULT_CONSUMER))))
                        .toList();
        return Json.object()
                .put(
                        "cp",
                        !missing.contains(
                                new Seat(papers.roster().codeProvider(), Role.CODE_PROVIDER)))
                .put("dps", providers)
                .put("rcs", consumers)
                .build();
    }
}
