package io.cloister.server;

import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Email;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.Proposal;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.dsse.Signed;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonObjectBuilder;
import io.cloister.protocol.state.Event;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/// Creating, showing and ending computations, and letting people in.
final class ComputationOperations {
    private static final int MAX_PEOPLE = 129;
    private static final int MAX_PAGE = 200;

    private final Control control;

    ComputationOperations(Control control) {
        this.control = control;
    }

    void list(Call call) throws Problem {
        int limit = (int) call.query("limit", 50, 1, MAX_PAGE);
        long before = call.query("cursor", Long.MAX_VALUE, 1, Long.MAX_VALUE);
        boolean archived = call.flag("archived");
        Optional<ComputationId> only =
                call.caller() instanceof Caller.Guest guest
                        ? Optional.of(guest.computation())
                        : Optional.empty();
        Json page =
                control.database()
                        .read(handle -> {
                            List<ComputationTable.Summary> rows =
                                    ComputationTable.list(
                                            handle,
                                            call.email(),
                                            only,
                                            archived,
                                            before,
                                            limit + 1);
                            List<Json> shown = new ArrayList<>();
                            for (ComputationTable.Summary row :
                                    rows.subList(0, Math.min(limit, rows.size()))) {
                                shown.add(
                                        Views.summary(
                                                row,
                                                call.email(),
                                                ComputationTable.roles(
                                                        handle, row.id(), call.email())));
                            }
                            JsonObjectBuilder json = Json.object().put("computations", shown);
                            if (rows.size() > limit) {
                                json.put("next", Long.toString(rows.get(limit - 1).sequence()));
                            }
                            return json.build();
                        });
        call.answer(200, page);
    }

    void create(Call call) throws Problem, Refusal, IOException, MalformedException {
        Fields body = call.fields();
        Envelope envelope = Envelope.read(body.any("proposal"), "proposal");
        List<Map.Entry<Email, Sha256>> enrolments =
                body.list("enrolments", MAX_PEOPLE, ComputationOperations::enrolment);
        body.end();
        Proposal proposal = Signed.readUnverified(envelope, Proposal.TYPE);
        if (!proposal.owner().equals(call.email())) {
            throw Problem.field(
                    403,
                    "forbidden",
                    "proposal.owner",
                    call.email().value(),
                    proposal.owner().value());
        }
        requireOffered(proposal);
        Map<Email, Sha256> letIn = requireSensible(proposal, enrolments);
        ComputationId computation = proposal.computation();
        boolean isNew;
        ReentrantLock creating = control.quotas().creating();
        creating.lock();
        try {
            if (control.registry().find(computation).isEmpty()) {
                control.quotas().requireOneMore(call.email());
            }
            isNew = register(computation, envelope, letIn);
        } finally {
            creating.unlock();
        }
        answer(call, computation, isNew ? 201 : 200);
    }

    private boolean register(ComputationId computation, Envelope proposal, Map<Email, Sha256> letIn)
            throws Problem, Refusal {
        return control.registry()
                .create(
                        computation,
                        new Event.Created(proposal),
                        (handle, now) -> {
                            Instant expires = now.plus(control.limits().enrolmentLife());
                            letIn.forEach((email, hash) ->
                                    AccountTable.putEnrolment(
                                            handle, computation, email, hash, expires));
                        });
    }

    private static Map.Entry<Email, Sha256> enrolment(Json value, String path)
            throws MalformedException {
        Fields fields = Fields.of(value, path);
        var enrolment = Map.entry(fields.text("email", Email::parse), fields.sha256("tokenHash"));
        fields.end();
        return enrolment;
    }

    private void requireOffered(Proposal proposal) throws Problem {
        boolean offered =
                control.launcher().runtimes().stream()
                        .anyMatch(runtime ->
                                runtime.name().equals(proposal.runtime().name())
                                        && runtime.digest().equals(proposal.runtime().digest()));
        if (!offered) {
            throw Problem.field(
                    422,
                    "runtime-not-offered",
                    "proposal.runtime",
                    "one of those of /info",
                    proposal.runtime().name() + " " + proposal.runtime().digest());
        }
    }

    private Map<Email, Sha256> requireSensible(
            Proposal proposal, List<Map.Entry<Email, Sha256>> enrolments) throws Problem {
        Map<Email, Sha256> letIn = new LinkedHashMap<>();
        Set<Sha256> hashes = new HashSet<>();
        for (Map.Entry<Email, Sha256> enrolment : enrolments) {
            if (!proposal.roster().people().contains(enrolment.getKey())) {
                throw Problem.invalid(
                        "enrolments.email", "someone of the proposal", enrolment.getKey().value());
            }
            if (letIn.put(enrolment.getKey(), enrolment.getValue()) != null
                    || !hashes.add(enrolment.getValue())) {
                throw Problem.invalid(
                        "enrolments", "each e-mail and token once", enrolment.getKey().value());
            }
        }
        boolean known = control.registry().find(proposal.computation()).isPresent();
        if (!known
                && control.database()
                        .read(handle ->
                                hashes.stream()
                                        .anyMatch(hash ->
                                                AccountTable.enrolmentTokenTaken(handle, hash)))) {
            throw Problem.invalid("enrolments.tokenHash", "fresh tokens", "one used before");
        }
        return letIn;
    }

    void show(Call call) throws Problem {
        answer(call, call.computation(), 200);
    }

    private void answer(Call call, ComputationId computation, int status) {
        Registry.Current current = control.registry().get(computation);
        call.answer(
                status,
                control.database().read(handle -> Views.computation(handle, computation, current)));
    }

    void archive(Call call) throws Problem, Refusal {
        ComputationId computation = call.computation();
        control.registry().append(computation, new Event.Archived());
        control.blobs()
                .deleteData(
                        computation,
                        control.registry().get(computation).state().dossier().roster());
        answer(call, computation, 200);
    }

    void decline(Call call) throws Problem, Refusal, IOException, MalformedException {
        leave(call, new Event.Declined(call.email(), reason(call)));
    }

    void withdraw(Call call) throws Problem, Refusal, IOException, MalformedException {
        leave(call, new Event.Withdrawn(call.email(), reason(call)));
    }

    private void leave(Call call, Event event) throws Problem, Refusal {
        ComputationId computation = call.computation();
        if (!control.registry().append(computation, event)) {
            // It had ended before; what this person stored goes all the same.
            control.blobs().deleteAll(computation, call.email());
        }
        answer(call, computation, 200);
    }

    private static String reason(Call call) throws Problem, IOException, MalformedException {
        Fields body = call.fields();
        String reason = body.string("reason", 1, Event.MAX_REASON);
        body.end();
        return reason;
    }

    void replaceInvitation(Call call) throws Problem, IOException, MalformedException {
        Fields body = call.fields();
        Sha256 hash = body.sha256("tokenHash");
        body.end();
        ComputationId computation = call.computation();
        Email email = invited(call);
        boolean replaced =
                control.database()
                        .write(handle -> {
                            if (AccountTable.enrolmentTokenTaken(handle, hash)) {
                                return false;
                            }
                            Instant expires =
                                    control.clock()
                                            .instant()
                                            .plus(control.limits().enrolmentLife());
                            AccountTable.putEnrolment(handle, computation, email, hash, expires);
                            return true;
                        });
        if (!replaced) {
            throw Problem.invalid("tokenHash", "a fresh token", "one used before");
        }
        call.done();
    }

    void revokeInvitation(Call call) throws Problem {
        ComputationId computation = call.computation();
        Email email = invited(call);
        control.database().change(handle -> AccountTable.revoke(handle, computation, email));
        call.done();
    }

    private Email invited(Call call) throws Problem {
        Email email = call.emailInPath();
        boolean takesPart =
                control.registry()
                        .get(call.computation())
                        .state()
                        .dossier()
                        .roster()
                        .people()
                        .contains(email);
        if (!takesPart) {
            throw Problem.notFound();
        }
        return email;
    }
}
