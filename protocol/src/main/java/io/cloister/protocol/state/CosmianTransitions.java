package io.cloister.protocol.state;

import io.cloister.protocol.Email;
import io.cloister.protocol.document.CosmianAgreement;
import io.cloister.protocol.document.CosmianInputs;
import io.cloister.protocol.document.Receipt;
import io.cloister.protocol.document.Role;
import io.cloister.protocol.document.Seat;
import io.cloister.protocol.state.Transition.Accepted;
import io.cloister.protocol.state.Transition.OrderEnclave;
import io.cloister.protocol.state.Transition.Refused;
import io.cloister.protocol.state.Transition.Unchanged;

import java.util.List;
import java.util.Optional;

/// What the events of the Cosmian dialect alone do (spec/cosmian.md §6). What follows an agreement
/// is as in [Transitions].
final class CosmianTransitions {
    private CosmianTransitions() {}

    /// Registers a key. Until there is an agreement it may be replaced: whoever lost the first one
    /// registers another.
    static Transition register(Computation state, CosmianPapers papers, Event.KeyRegistered event) {
        Seat seat = event.seat();
        if (!CosmianAgreement.seats(papers.roster()).contains(seat)) {
            return new Refused("not-a-participant", seat + " does not take part");
        }
        CosmianPapers.RegisteredKey before = papers.keys().get(seat);
        if (before != null && before.key().equals(event.key())) {
            return new Unchanged();
        }
        if (!(state instanceof Computation.Gathering)) {
            return Transitions.wrongState(state, "take keys");
        }
        if (papers.keys().values().stream().anyMatch(one -> one.key().equals(event.key()))) {
            return new Refused("key.twice", "this key is registered for another role already");
        }
        return agreedIfComplete(
                state, papers.with(seat, new CosmianPapers.RegisteredKey(event.key(), event.at())));
    }

    static Transition bringCode(Computation state, CosmianPapers papers, Event.CodeBrought event) {
        Optional<CosmianPapers.BroughtCode> before = papers.code();
        if (before.isPresent() && before.get().digests().equals(event.code())) {
            return new Unchanged();
        }
        if (state instanceof Computation.Ended) {
            return Transitions.wrongState(state, "take code");
        }
        if (before.isPresent() || !(state instanceof Computation.Gathering)) {
            return new Refused("wrong-state", "there is code already; reset it first");
        }
        return agreedIfComplete(
                state, papers.with(new CosmianPapers.BroughtCode(event.code(), event.at())));
    }

    private static Transition agreedIfComplete(Computation state, CosmianPapers papers) {
        Dossier dossier = state.dossier().with(papers);
        return papers.agreement()
                .<Transition>map(agreement ->
                        new Accepted(
                                new Computation.Agreed(dossier, agreement),
                                List.of(new OrderEnclave())))
                .orElseGet(() -> Transitions.accepted(new Computation.Gathering(dossier)));
    }

    static Transition bringData(Computation state, CosmianPapers papers, Event.DataBrought event) {
        CosmianInputs.File file = event.file();
        Optional<Transition> refusal = refusal(state, papers, file.provider(), "take data");
        if (refusal.isPresent()) {
            return refusal.get();
        }
        boolean there =
                papers.data(file.provider()).stream()
                        .anyMatch(one ->
                                one.name().equals(file.name())
                                        && one.ciphertext().equals(file.ciphertext()));
        if (there) {
            return new Unchanged();
        }
        if (papers.closed().containsKey(file.provider())) {
            return new Refused(
                    "data.closed", "all data was said to be there; reset the data to bring other");
        }
        if (papers.data().size() >= Receipt.MAX_INPUTS) {
            return new Refused("data.too-many", "at most " + Receipt.MAX_INPUTS + " files");
        }
        return Transitions.accepted(with(state, papers.with(file)));
    }

    static Transition closeData(Computation state, CosmianPapers papers, Event.DataClosed event) {
        Optional<Transition> refusal = refusal(state, papers, event.provider(), "take data");
        if (refusal.isPresent()) {
            return refusal.get();
        }
        if (papers.closed().containsKey(event.provider())) {
            return new Unchanged();
        }
        if (papers.data(event.provider()).isEmpty()) {
            return new Refused("data.none", "there is no data of " + event.provider() + " yet");
        }
        return Transitions.accepted(with(state, papers.closedBy(event.provider(), event.at())));
    }

    static Transition resetData(Computation state, CosmianPapers papers, Event.DataReset event) {
        Email provider = event.provider();
        Optional<Transition> refusal = refusal(state, papers, provider, "give data back");
        if (refusal.isPresent()) {
            return refusal.get();
        }
        return papers.data(provider).isEmpty() && !papers.closed().containsKey(provider)
                ? new Unchanged()
                : Transitions.accepted(with(state, papers.withoutDataOf(provider)));
    }

    private static Optional<Transition> refusal(
            Computation state, CosmianPapers papers, Email provider, String what) {
        if (!papers.roster().has(provider, Role.DATA_PROVIDER)) {
            return Optional.of(new Refused("not-a-data-provider", provider + " provides no data"));
        }
        if (state instanceof Computation.Running || state instanceof Computation.Ended) {
            return Optional.of(Transitions.wrongState(state, what));
        }
        if (!papers.keys().containsKey(new Seat(provider, Role.DATA_PROVIDER))) {
            return Optional.of(new Refused("key.none", provider + " has registered no key yet"));
        }
        return Optional.empty();
    }

    private static Computation with(Computation state, CosmianPapers papers) {
        Dossier dossier = state.dossier().with(papers);
        return switch (state) {
            case Computation.Gathering _ -> new Computation.Gathering(dossier);
            case Computation.Agreed(var _, var agreement) ->
                    new Computation.Agreed(dossier, agreement);
            case Computation.Starting(var _, var agreement, var enclave) ->
                    new Computation.Starting(dossier, agreement, enclave);
            case Computation.Granting(var _, var agreement, var enclave) ->
                    new Computation.Granting(dossier, agreement, enclave);
            case Computation.Running(var _, var agreement, var enclave, var run) ->
                    new Computation.Running(dossier, agreement, enclave, run);
            case Computation.Completed(var _, var agreement) ->
                    new Computation.Completed(dossier, agreement);
            case Computation.Ended(var _, var end, var detail) ->
                    new Computation.Ended(dossier, end, detail);
        };
    }

    /// Takes a key blob. Another one of the same seat replaces the first: whether it may, the
    /// enclave decides.
    static Transition takeKey(
            Computation state, CosmianPapers papers, Event.KeyBlobReceived event) {
        if (!CosmianAgreement.seats(papers.roster()).contains(event.seat())) {
            return new Refused("not-a-participant", event.seat() + " does not take part");
        }
        if (!(state instanceof Computation.Granting(var dossier, var agreement, var enclave))
                || enclave.number() != event.enclave()) {
            return Transitions.wrongState(state, "take a key for enclave " + event.enclave());
        }
        if (event.sealed().equals(enclave.keys().get(event.seat()))) {
            return new Unchanged();
        }
        EnclaveRecord next = enclave.with(event.seat(), event.sealed());
        return Transitions.accepted(new Computation.Granting(dossier.with(next), agreement, next));
    }
}
