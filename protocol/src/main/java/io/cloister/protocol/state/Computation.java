package io.cloister.protocol.state;

import io.cloister.protocol.document.ServedAgreement;

import java.util.List;

/// A computation's state: the fold of its events (spec/computation.md). Immutable. What a state
/// does not have, a state does not name: there is no agreement in [Gathering], no enclave in
/// [Agreed].
public sealed interface Computation {
    /// What it has in every state.
    Dossier dossier();

    /// Cards, code or the Owner's signature are missing.
    ///
    /// @param dossier what is there
    record Gathering(Dossier dossier) implements Computation {}

    /// There is an agreement and no enclave.
    ///
    /// @param dossier what is there
    /// @param agreement checked, or the server's word in the Cosmian dialect
    record Agreed(Dossier dossier, ServedAgreement agreement) implements Computation {}

    /// An enclave is queued or starting.
    ///
    /// @param dossier what is there
    /// @param agreement checked, or the server's word in the Cosmian dialect
    /// @param enclave which
    record Starting(Dossier dossier, ServedAgreement agreement, EnclaveRecord enclave)
            implements Computation {}

    /// An enclave published its identity and waits for grants or inputs.
    ///
    /// @param dossier what is there
    /// @param agreement checked, or the server's word in the Cosmian dialect
    /// @param enclave which
    record Granting(Dossier dossier, ServedAgreement agreement, EnclaveRecord enclave)
            implements Computation {}

    /// User code runs.
    ///
    /// @param dossier what is there
    /// @param agreement checked, or the server's word in the Cosmian dialect
    /// @param enclave which
    /// @param run which of its runs
    record Running(Dossier dossier, ServedAgreement agreement, EnclaveRecord enclave, long run)
            implements Computation {}

    /// The enclave did all runs it was granted.
    ///
    /// @param dossier what is there
    /// @param agreement checked, or the server's word in the Cosmian dialect
    record Completed(Dossier dossier, ServedAgreement agreement) implements Computation {}

    /// It will go no further.
    ///
    /// @param dossier what is there
    /// @param end why
    /// @param detail for people, in somebody's words
    record Ended(Dossier dossier, End end, String detail) implements Computation {}

    /// Why a computation ended for good.
    enum End {
        DECLINED,
        WITHDRAWN,
        EXPIRED,
        ARCHIVED
    }

    /// The state's word on the wire.
    default String word() {
        return switch (this) {
            case Gathering _ -> "gathering";
            case Agreed _ -> "agreed";
            case Starting _ -> "starting";
            case Granting _ -> "granting";
            case Running _ -> "running";
            case Completed _ -> "completed";
            case Ended _ -> "ended";
        };
    }

    /// Who has to do what next.
    default List<PendingAction> pendingActions() {
        return PendingActions.of(this);
    }

    /// What `event` does to this state. Pure: neither clock nor storage is asked.
    default Transition apply(Event event) {
        return Transitions.apply(this, event);
    }

    /// The first state.
    static Transition create(Event.First event) {
        return Transitions.create(event);
    }
}
