package io.cloister.protocol.state;

import io.cloister.protocol.Email;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.Outcome;

import java.util.LinkedHashSet;
import java.util.Set;

/// One run as the control plane recorded it.
///
/// @param enclave the enclave's number
/// @param identity digest of its identity
/// @param run from 1 within the enclave
/// @param status how far it is
/// @param fetchedBy readers who fetched an output of it
public record RunRecord(
        long enclave, Sha256 identity, long run, Status status, Set<Email> fetchedBy) {
    public RunRecord {
        fetchedBy = Set.copyOf(fetchedBy);
    }

    /// How far a run is.
    public sealed interface Status {}

    /// User code runs.
    public record InProgress() implements Status {}

    /// It ended, with a receipt.
    ///
    /// @param outcome as the receipt has it
    /// @param receipt its digest
    public record Done(Outcome outcome, Sha256 receipt) implements Status {}

    /// The enclave vanished before it gave a receipt.
    public record Lost() implements Status {}

    /// Whether it ended in success.
    public boolean succeeded() {
        return status instanceof Done(var outcome, var _) && outcome == Outcome.SUCCESS;
    }

    RunRecord at(Status next) {
        return new RunRecord(enclave, identity, run, next, fetchedBy);
    }

    RunRecord fetched(Email reader) {
        Set<Email> more = new LinkedHashSet<>(fetchedBy);
        more.add(reader);
        return new RunRecord(enclave, identity, run, status, more);
    }
}
