package io.cloister.protocol.state;

import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Email;
import io.cloister.protocol.document.Roster;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// What a computation has in every state.
///
/// @param papers what an agreement is made of
/// @param enclaves all that were ordered, in order
/// @param runs all that were started, in order
/// @param left who declined or withdrew
/// @param archived whether the Owner put it away
public record Dossier(
        Papers papers,
        List<EnclaveRecord> enclaves,
        List<RunRecord> runs,
        Set<Email> left,
        boolean archived) {
    public Dossier {
        enclaves = List.copyOf(enclaves);
        runs = List.copyOf(runs);
        left = Set.copyOf(left);
    }

    static Dossier of(Papers papers) {
        return new Dossier(papers, List.of(), List.of(), Set.of(), false);
    }

    /// Which computation.
    public ComputationId computation() {
        return papers.computation();
    }

    /// Who takes part.
    public Roster roster() {
        return papers.roster();
    }

    /// The newest enclave, if any was ordered.
    public Optional<EnclaveRecord> lastEnclave() {
        return enclaves.isEmpty() ? Optional.empty() : Optional.of(enclaves.getLast());
    }

    Dossier with(Papers next) {
        return new Dossier(next, enclaves, runs, left, archived);
    }

    Dossier with(EnclaveRecord enclave) {
        List<EnclaveRecord> all = new ArrayList<>(enclaves);
        if (!all.isEmpty() && all.getLast().number() == enclave.number()) {
            all.removeLast();
        }
        all.add(enclave);
        return new Dossier(papers, all, runs, left, archived);
    }

    Dossier with(RunRecord run) {
        List<RunRecord> all = new ArrayList<>(runs);
        for (int i = 0; i < all.size(); i++) {
            if (all.get(i).enclave() == run.enclave() && all.get(i).run() == run.run()) {
                all.set(i, run);
                return new Dossier(papers, enclaves, all, left, archived);
            }
        }
        all.add(run);
        return new Dossier(papers, enclaves, all, left, archived);
    }

    Dossier without(Email person) {
        Set<Email> more = new LinkedHashSet<>(left);
        more.add(person);
        return new Dossier(papers, enclaves, runs, more, archived);
    }

    Dossier asArchived() {
        return new Dossier(papers, enclaves, runs, left, true);
    }

    /// The number of `enclave`'s next run: one more than were started.
    long nextRun(EnclaveRecord enclave) {
        return 1 + runs.stream().filter(run -> run.enclave() == enclave.number()).count();
    }

    /// The run `run` of enclave `enclave`, if it was started.
    public Optional<RunRecord> run(long enclave, long run) {
        return runs.stream()
                .filter(one -> one.enclave() == enclave && one.run() == run)
                .findFirst();
    }
}
