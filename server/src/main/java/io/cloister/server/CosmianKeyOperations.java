package io.cloister.server;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.ComputationId;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.Seat;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.state.Computation;
import io.cloister.protocol.state.EnclaveRecord;
import io.cloister.protocol.state.Event;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// Key blobs of the Cosmian dialect: handed to the enclave, which alone can tell a good one, and
/// whose verdict is waited for, so that the client can be told.
final class CosmianKeyOperations {
    /// Length of a blob: signature, ephemeral key, tag, two keys.
    static final int BLOB_BYTES = 176;

    private static final Duration PATIENCE = Duration.ofSeconds(15);
    private static final long MAX_ATTEMPTS = 64;

    private final Control control;
    private final EnclaveSupervisor supervisor;
    private final CosmianOperations computations;

    CosmianKeyOperations(
            Control control, EnclaveSupervisor supervisor, CosmianOperations computations) {
        this.control = control;
        this.supervisor = supervisor;
        this.computations = computations;
    }

    void provision(Call call)
            throws Problem, Refusal, IOException, MalformedException, InterruptedException {
        Fields body = call.fields();
        Seat seat = CosmianOperations.seat(call, body.text("role", CosmianIds::role));
        Bytes blob =
                blob(body.list("sealed_symmetric_key", BLOB_BYTES, CosmianKeyOperations::octet));
        body.end();
        ComputationId computation = call.computation();
        Sha256 digest = Sha256.of(blob);
        computations.wake(call);
        EnclaveRecord enclave = requireReady(computation);
        requireForThisEnclave(call, enclave, digest);
        requireNotRefusedBefore(enclave, digest);
        long number = hand(call, enclave.number(), seat, blob, digest);
        Optional<AgentSession.Verdict> verdict =
                supervisor.awaitVerdict(computation, enclave.number(), number, PATIENCE);
        if (verdict.isPresent() && !verdict.get().accepted()) {
            throw refused(verdict.get().code(), verdict.get().detail());
        }
        CosmianOperations.done(call);
    }

    /// The same again, from a client that repeats what it sent, counts once.
    private static void requireNotRefusedBefore(EnclaveRecord enclave, Sha256 digest)
            throws Refusal {
        Optional<Event.Refused> before =
                enclave.refusals().stream()
                        .filter(one -> one.sealed().filter(digest::equals).isPresent())
                        .findFirst();
        if (before.isPresent()) {
            throw new Refusal(before.get().code(), before.get().sentence());
        }
    }

    private static Problem refused(String code, String sentence) {
        return Problem.of(422, code, sentence);
    }

    private static Byte octet(Json value, String path) throws MalformedException {
        if (value instanceof Json.Num(var number) && number >= 0 && number <= 255) {
            return (byte) number;
        }
        throw new MalformedException(path, "a number from 0 to 255", value.text());
    }

    private static Bytes blob(List<Byte> octets) throws Problem {
        if (octets.size() != BLOB_BYTES) {
            throw Problem.invalid(
                    "sealed_symmetric_key", BLOB_BYTES + " numbers", octets.size() + " numbers");
        }
        byte[] blob = new byte[BLOB_BYTES];
        for (int i = 0; i < blob.length; i++) {
            blob[i] = octets.get(i);
        }
        return Bytes.copyOf(blob);
    }

    private EnclaveRecord requireReady(ComputationId computation) throws Problem {
        CosmianOperations.Standing standing = computations.standing(computation);
        return switch (standing.current().state()) {
            case Computation.Granting(var _, var _, var enclave) -> enclave;
            case Computation.Gathering _, Computation.Agreed _, Computation.Starting _ ->
                    throw Problem.wrongState(
                            "there is no enclave yet to seal a key for; wait for its identity");
            case Computation.Running _ ->
                    throw Problem.wrongState("the code runs already; no key is taken now");
            case Computation.Completed _, Computation.Ended _ ->
                    throw Problem.wrongState("no enclave takes keys any more");
        };
    }

    /// A blob for an enclave that is gone would count as a wrong one.
    private void requireForThisEnclave(Call call, EnclaveRecord enclave, Sha256 digest)
            throws Problem {
        ComputationId computation = call.computation();
        record Known(Optional<Long> shown, Optional<EnclaveTable.Handed> handed) {}
        Known known =
                control.database()
                        .read(handle ->
                                new Known(
                                        EnclaveTable.shown(handle, computation, call.email()),
                                        EnclaveTable.handed(handle, computation, digest)));
        boolean anothers =
                known.shown().filter(number -> number < enclave.number()).isPresent()
                        || known.handed()
                                .filter(handed -> handed.enclave() < enclave.number())
                                .isPresent();
        if (anothers) {
            throw Problem.wrongState(
                    "the enclave was replaced since you were shown its identity: ask for the"
                            + " identity again and seal the key for that one");
        }
    }

    /// @return the number of the item
    private long hand(Call call, long enclave, Seat seat, Bytes blob, Sha256 digest)
            throws Problem, Refusal {
        ComputationId computation = call.computation();
        long attempts =
                control.database()
                        .read(handle ->
                                EnclaveTable.attempts(
                                        handle, computation, enclave, call.email(), 0));
        if (attempts >= MAX_ATTEMPTS) {
            throw Problem.field(
                    429,
                    "too-many-attempts",
                    "keys sealed for this enclave",
                    "at most " + MAX_ATTEMPTS,
                    "more");
        }
        boolean isNew =
                control.registry()
                        .appendPrepared(
                                computation,
                                new Event.KeyBlobReceived(enclave, seat, digest),
                                before -> {
                                    // The verdict on the same blob, sent twice at once, may have
                                    // come since this was looked at.
                                    if (before
                                            instanceof
                                            Computation.Granting(var _, var _, var current)) {
                                        requireNotRefusedBefore(current, digest);
                                    }
                                    return (handle, _) ->
                                            EnclaveTable.insertSealed(
                                                    handle,
                                                    computation,
                                                    enclave,
                                                    seat.person(),
                                                    Optional.of(seat.role()),
                                                    0,
                                                    digest,
                                                    blob);
                                });
        if (isNew) {
            supervisor.offered(computation, enclave);
        }
        return control.database()
                .read(handle -> EnclaveTable.handed(handle, computation, digest))
                .map(EnclaveTable.Handed::number)
                .orElseThrow();
    }
}
