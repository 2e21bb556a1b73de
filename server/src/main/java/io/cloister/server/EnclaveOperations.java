package io.cloister.server;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.state.Event;

import java.io.IOException;
import java.util.Optional;

/// Enclaves, and what participants seal for them.
final class EnclaveOperations {
    private static final long MAX_ATTEMPTS = 16;
    private static final int MAX_ENCLAVES = 1_000;
    private static final long MAX_RUN = 1_000_000;

    private final Control control;
    private final EnclaveSupervisor supervisor;

    EnclaveOperations(Control control, EnclaveSupervisor supervisor) {
        this.control = control;
        this.supervisor = supervisor;
    }

    void list(Call call) throws Problem {
        ComputationId computation = call.computation();
        var dossier = control.registry().get(computation).state().dossier();
        call.answer(
                200,
                control.database().read(handle -> Views.enclaves(handle, computation, dossier)));
    }

    void start(Call call) throws Problem, Refusal {
        int enclaves =
                control.registry().get(call.computation()).state().dossier().enclaves().size();
        if (enclaves >= MAX_ENCLAVES) {
            throw Problem.field(
                    429,
                    "too-many-attempts",
                    "enclaves of this computation",
                    "at most " + MAX_ENCLAVES,
                    "more");
        }
        supervisor.forgive(call.computation());
        control.registry().append(call.computation(), new Event.EnclaveRequested(call.email()));
        list(call);
    }

    private EnclaveTable.Published published(Call call) throws Problem {
        ComputationId computation = call.computation();
        Sha256 identity = call.digest("identity");
        return control.database()
                .read(handle -> EnclaveTable.published(handle, computation, identity))
                .orElseThrow(Problem::notFound);
    }

    void show(Call call) throws Problem {
        EnclaveTable.Published published = published(call);
        call.answer(
                200,
                Json.object()
                        .put("identity", published.identity().base64())
                        .put("evidence", published.evidence().base64())
                        .build());
    }

    void grant(Call call) throws Problem, Refusal, IOException {
        long enclave = published(call).number();
        Bytes sealed = Bytes.copyOf(call.smallOctets());
        Sha256 digest = Sha256.of(sealed);
        hand(
                call,
                enclave,
                0,
                sealed,
                digest,
                new Event.GrantReceived(enclave, call.email(), digest));
    }

    void inputs(Call call) throws Problem, Refusal, IOException {
        long enclave = published(call).number();
        long run = call.numberInPath("run", 1, MAX_RUN);
        Bytes sealed = Bytes.copyOf(call.smallOctets());
        Sha256 digest = Sha256.of(sealed);
        hand(
                call,
                enclave,
                run,
                sealed,
                digest,
                new Event.InputsReceived(enclave, call.email(), run, digest));
    }

    private void hand(Call call, long enclave, long run, Bytes sealed, Sha256 digest, Event event)
            throws Problem, Refusal {
        ComputationId computation = call.computation();
        long attempts =
                control.database()
                        .read(handle ->
                                EnclaveTable.attempts(
                                        handle, computation, enclave, call.email(), run));
        if (attempts >= MAX_ATTEMPTS) {
            throw Problem.field(
                    429,
                    "too-many-attempts",
                    "documents sealed for this enclave",
                    "at most " + MAX_ATTEMPTS,
                    "more");
        }
        boolean isNew =
                control.registry()
                        .append(
                                computation,
                                event,
                                (handle, _) ->
                                        EnclaveTable.insertSealed(
                                                handle,
                                                computation,
                                                enclave,
                                                call.email(),
                                                Optional.empty(),
                                                run,
                                                digest,
                                                sealed));
        if (isNew) {
            supervisor.offered(computation, enclave);
        }
        call.answer(isNew ? 201 : 200, Json.object().put("digest", digest.toString()).build());
    }
}
