package io.cloister.server;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.CloisterBugException;
import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Dialect;
import io.cloister.protocol.Email;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.PublicSigningKey;
import io.cloister.protocol.document.CosmianSetup;
import io.cloister.protocol.document.Proposal;
import io.cloister.protocol.document.Role;
import io.cloister.protocol.document.Roster;
import io.cloister.protocol.document.RuntimeRef;
import io.cloister.protocol.document.Seat;
import io.cloister.protocol.document.Terms;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.state.Computation;
import io.cloister.protocol.state.CosmianPapers;
import io.cloister.protocol.state.EnclaveRecord;
import io.cloister.protocol.state.Event;
import io.cloister.protocol.state.StopReason;

import org.jdbi.v3.core.Handle;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/// Computations of the Cosmian dialect: setting one up, registering keys, and looking at it. What
/// its client does not say, the operator decides here.
final class CosmianOperations {
    private static final int MAX_LISTED = 1_000;

    /// For one upload of the code.
    private static final long MAX_ENCLAVES = 1_000;

    private static final long RUNS = 100;
    private static final Duration LIFE = Duration.ofDays(365);

    /// Nothing before a file's bytes.
    static final Bytes NO_HEADER = Bytes.utf8("");

    private final Control control;
    private final EnclaveSupervisor supervisor;
    private final RuntimeRef runtime;

    CosmianOperations(Control control, EnclaveSupervisor supervisor, RuntimeRef runtime) {
        this.control = control;
        this.supervisor = supervisor;
        this.runtime = runtime;
    }

    /// A computation of the dialect as it stands.
    record Standing(Registry.Current current, CosmianPapers papers, CosmianStatus status) {}

    void create(Call call) throws Problem, Refusal, IOException, MalformedException {
        Fields body = call.fields();
        String title = body.string("name", 1, Proposal.MAX_TITLE);
        Email codeProvider = body.text("code_provider_email", Email::fromPerson);
        List<Email> dataProviders = people(body, "data_providers_emails");
        List<Email> consumers = people(body, "result_consumers_emails");
        // What it meant there, enclaves that can be looked into, there is not here.
        body.bool("dev_mode");
        body.end();
        Instant now = control.clock().instant().truncatedTo(ChronoUnit.SECONDS);
        var setup =
                new CosmianSetup(
                        CosmianIds.random(control.random()),
                        title,
                        call.email(),
                        new Roster(codeProvider, dataProviders, consumers),
                        runtime,
                        terms(now),
                        now);
        ReentrantLock creating = control.quotas().creating();
        creating.lock();
        try {
            control.quotas().requireOneMore(call.email());
            control.registry()
                    .create(setup.computation(), new Event.CosmianCreated(setup), (_, _) -> {});
        } finally {
            creating.unlock();
        }
        call.answer(200, shown(setup.computation(), call.email()));
    }

    private static List<Email> people(Fields body, String name) throws MalformedException {
        List<Email> people = body.texts(name, Roster.MAX_PER_ROLE, Email::fromPerson);
        if (people.isEmpty() || Set.copyOf(people).size() != people.size()) {
            throw new MalformedException(
                    body.path(name),
                    "1 to " + Roster.MAX_PER_ROLE + " e-mails, none twice",
                    people.size() + " with one missing or twice");
        }
        return people;
    }

    private static Terms terms(Instant now) {
        Terms usual = Terms.defaults(now);
        return usual.toBuilder().runs(RUNS).notAfter(now.plus(LIFE)).dataMayChange(true).build();
    }

    void list(Call call) {
        List<ComputationId> mine =
                control.database()
                        .read(handle ->
                                ComputationTable.ofDialect(
                                        handle, call.email(), Dialect.COSMIAN, MAX_LISTED));
        List<Json> all = new ArrayList<>();
        for (ComputationId computation : mine) {
            Standing standing = standing(computation);
            all.add(
                    control.database()
                            .read(handle ->
                                    views(handle, standing).computation(call.email(), false)));
        }
        call.answer(200, Json.array(all));
    }

    void show(Call call) throws Problem, Refusal {
        wake(call);
        call.answer(200, shown(call.computation(), call.email()));
    }

    /// A computation with the manifest. Whose key is sealed after this is sealed to the enclave
    /// that is shown here.
    private Json shown(ComputationId computation, Email email) {
        Standing standing = standing(computation);
        record Answer(Json json, Optional<Long> enclave, Optional<Long> before) {}
        Answer answer =
                control.database()
                        .read(handle -> {
                            CosmianViews views = views(handle, standing);
                            return new Answer(
                                    views.computation(email, true),
                                    views.enclave().map(one -> one.enclave().number()),
                                    EnclaveTable.shown(handle, computation, email));
                        });
        if (answer.enclave().isPresent() && !answer.enclave().equals(answer.before())) {
            control.database()
                    .change(handle ->
                            EnclaveTable.shown(handle, computation, email, answer.enclave().get()));
        }
        return answer.json();
    }

    void status(Call call) throws Problem, Refusal {
        wakeUnlessIdle(call);
        Standing standing = standing(call.computation());
        Json failure =
                standing.status() instanceof CosmianStatus.RunFailure(var run)
                        ? control.database().read(handle -> views(handle, standing).failure(run))
                        : Json.object().build();
        call.answer(200, standing.status().json(failure));
    }

    private static CosmianViews views(Handle handle, Standing standing) {
        return new CosmianViews(handle, standing.current().state(), standing.papers());
    }

    /// Where a computation stands.
    Standing standing(ComputationId computation) {
        Registry.Current current = control.registry().get(computation);
        CosmianPapers papers = papers(current.state());
        boolean gaveUp =
                supervisor.gaveUp(computation) || hadEveryEnclave(computation, current.state());
        return new Standing(current, papers, CosmianStatus.of(current.state(), papers, gaveUp));
    }

    /// What a computation of the dialect in `state` consists of.
    static CosmianPapers papers(Computation state) {
        if (state.dossier().papers() instanceof CosmianPapers papers) {
            return papers;
        }
        throw new CloisterBugException(
                state.dossier().computation() + " is not of the Cosmian dialect");
    }

    /// Whether the code that is there was served by as many enclaves as code may be.
    private boolean hadEveryEnclave(ComputationId computation, Computation state) {
        return state.dossier().enclaves().size() >= MAX_ENCLAVES
                && control.database()
                                .read(handle ->
                                        ComputationTable.enclavesSinceCodeReset(
                                                handle, computation))
                        >= MAX_ENCLAVES;
    }

    /// Orders an enclave in place of one that is gone: nobody can ask for one in this dialect, so
    /// whoever does something that needs one does.
    void wake(Call call) throws Problem, Refusal {
        ComputationId computation = call.computation();
        if (standing(computation).status() instanceof CosmianStatus.IdentityProcessing(var wanted)
                && wanted) {
            control.registry().append(computation, new Event.EnclaveRequested(call.email()));
        }
    }

    /// As [#wake], for somebody who only looks how things are: of an enclave that was idle no other
    /// takes the place until somebody does more than look, so that what was forgotten while its
    /// clients go on asking takes no place from others.
    private void wakeUnlessIdle(Call call) throws Problem, Refusal {
        boolean wasIdle =
                control.registry()
                        .get(call.computation())
                        .state()
                        .dossier()
                        .lastEnclave()
                        .flatMap(EnclaveRecord::stopped)
                        .filter(stop -> stop.reason() == StopReason.IDLE)
                        .isPresent();
        if (!wasIdle) {
            wake(call);
        }
    }

    void register(Call call) throws Problem, Refusal, IOException, MalformedException {
        Fields body = call.fields();
        Seat seat = seat(call, body.text("side", CosmianIds::role));
        String digits = body.string("public_key", 2 * PublicSigningKey.LENGTH, 64);
        PublicSigningKey key = PublicSigningKey.parse("ed25519:" + digits, body.path("public_key"));
        body.end();
        Instant now = control.clock().instant().truncatedTo(ChronoUnit.SECONDS);
        control.registry().append(call.computation(), new Event.KeyRegistered(seat, key, now));
        done(call);
    }

    /// The caller in `role`, which must be one of the caller's.
    static Seat seat(Call call, Role role) throws Problem {
        if (!call.is(Access.ofWord(role.word()))) {
            throw Problem.of(
                    403,
                    "forbidden",
                    call.email() + " is no " + CosmianIds.of(role) + " of this computation");
        }
        return new Seat(call.email(), role);
    }

    static void done(Call call) {
        call.answer(200, Json.object().build());
    }
}
