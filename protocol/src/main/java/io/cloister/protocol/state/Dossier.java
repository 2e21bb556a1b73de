package io.cloister.protocol.state;

import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Email;
import io.cloister.protocol.document.Card;
import io.cloister.protocol.document.CodeStatement;
import io.cloister.protocol.document.Proposal;
import io.cloister.protocol.document.Roster;
import io.cloister.protocol.dsse.Signed;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What a computation has in every state.
///
/// @param proposal signed by the key inside
/// @param cards registered so far
/// @param code the current code statement
/// @param enclaves all that were ordered, in order
/// @param runs all that were started, in order
/// @param left who declined or withdrew
/// @param archived whether the Owner put it away
public record Dossier(
        Signed<Proposal> proposal,
        Map<Email, RegisteredCard> cards,
        Optional<Signed<CodeStatement>> code,
        List<EnclaveRecord> enclaves,
        List<RunRecord> runs,
        Set<Email> left,
        boolean archived) {
    public Dossier {
        cards = Map.copyOf(cards);
        enclaves = List.copyOf(enclaves);
        runs = List.copyOf(runs);
        left = Set.copyOf(left);
    }

    /// A card and the tag beside it.
    ///
    /// @param card signed by the key inside
    /// @param tag for the Owner's client
    public record RegisteredCard(Signed<Card> card, Tag tag) {}

    static Dossier of(Signed<Proposal> proposal) {
        return new Dossier(
                proposal, Map.of(), Optional.empty(), List.of(), List.of(), Set.of(), false);
    }

    /// Which computation.
    public ComputationId computation() {
        return proposal.document().computation();
    }

    /// Who takes part.
    public Roster roster() {
        return proposal.document().roster();
    }

    /// The card of `person`, if registered.
    public Optional<RegisteredCard> card(Email person) {
        return Optional.ofNullable(cards.get(person));
    }

    /// The newest enclave, if any was ordered.
    public Optional<EnclaveRecord> lastEnclave() {
        return enclaves.isEmpty() ? Optional.empty() : Optional.of(enclaves.getLast());
    }

    Dossier with(RegisteredCard card) {
        Map<Email, RegisteredCard> more = new LinkedHashMap<>(cards);
        more.put(card.card().document().email(), card);
        return new Dossier(proposal, more, code, enclaves, runs, left, archived);
    }

    Dossier with(Optional<Signed<CodeStatement>> next) {
        return new Dossier(proposal, cards, next, enclaves, runs, left, archived);
    }

    Dossier with(EnclaveRecord enclave) {
        List<EnclaveRecord> all = new ArrayList<>(enclaves);
        if (!all.isEmpty() && all.getLast().number() == enclave.number()) {
            all.removeLast();
        }
        all.add(enclave);
        return new Dossier(proposal, cards, code, all, runs, left, archived);
    }

    Dossier with(RunRecord run) {
        List<RunRecord> all = new ArrayList<>(runs);
        for (int i = 0; i < all.size(); i++) {
            if (all.get(i).enclave() == run.enclave() && all.get(i).run() == run.run()) {
                all.set(i, run);
                return new Dossier(proposal, cards, code, enclaves, all, left, archived);
            }
        }
        all.add(run);
        return new Dossier(proposal, cards, code, enclaves, all, left, archived);
    }

    Dossier without(Email person) {
        Set<Email> more = new LinkedHashSet<>(left);
        more.add(person);
        return new Dossier(proposal, cards, code, enclaves, runs, more, archived);
    }

    Dossier asArchived() {
        return new Dossier(proposal, cards, code, enclaves, runs, left, true);
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
