package io.cloister.protocol.state;

import io.cloister.protocol.Email;
import io.cloister.protocol.document.CosmianAgreement;
import io.cloister.protocol.document.Role;
import io.cloister.protocol.document.Roster;
import io.cloister.protocol.document.Seat;
import io.cloister.protocol.document.ServedAgreement;
import io.cloister.protocol.state.PendingAction.Action;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Who has to do what next, from the state alone.
final class PendingActions {
    private PendingActions() {}

    static List<PendingAction> of(Computation computation) {
        if (computation.dossier().archived()) {
            return List.of();
        }
        List<PendingAction> actions = new ArrayList<>(fetches(computation.dossier()));
        switch (computation) {
            case Computation.Gathering(var dossier) -> gathering(dossier.papers(), actions);
            case Computation.Agreed _ ->
                    actions.add(
                            nobody(
                                    Action.REQUEST_ENCLAVE,
                                    "anyone who takes part may ask for an enclave"));
            case Computation.Starting(var _, var _, var enclave) ->
                    actions.add(
                            nobody(
                                    Action.START_ENCLAVE,
                                    "enclave " + enclave.number() + " is being started"));
            case Computation.Granting(var dossier, var agreement, var enclave) ->
                    granting(dossier, agreement, enclave, actions);
            case Computation.Running(var _, var _, var _, var run) ->
                    actions.add(nobody(Action.RUN, "run " + run + " is going on"));
            case Computation.Completed _, Computation.Ended _ -> {}
        }
        return List.copyOf(actions);
    }

    private static void gathering(Papers papers, List<PendingAction> actions) {
        Email codeProvider = papers.roster().codeProvider();
        for (Email person : papers.roster().people()) {
            switch (papers) {
                case NativePapers signed when signed.card(person).isEmpty() ->
                        actions.add(by(person, Action.JOIN, "accept the invitation"));
                case CosmianPapers asserted when lacksKey(asserted, person) ->
                        actions.add(by(person, Action.JOIN, "register a key"));
                case NativePapers _, CosmianPapers _ -> {}
            }
        }
        if (papers.codeDigests().isEmpty()) {
            if (actions.stream().noneMatch(action -> isJoinOf(action, codeProvider))) {
                actions.add(by(codeProvider, Action.PUSH_CODE, "bring the code"));
            }
        } else if (actions.stream().noneMatch(action -> action.action() == Action.JOIN)) {
            actions.add(
                    by(
                            papers.owner(),
                            Action.SIGN_AGREEMENT,
                            "check the cards and sign the agreement"));
        }
    }

    private static boolean lacksKey(CosmianPapers papers, Email person) {
        return CosmianAgreement.seats(papers.roster()).stream()
                .anyMatch(seat -> seat.person().equals(person) && !papers.keys().containsKey(seat));
    }

    private static boolean isJoinOf(PendingAction action, Email person) {
        return action.action() == Action.JOIN && action.who().filter(person::equals).isPresent();
    }

    private static void granting(
            Dossier dossier,
            ServedAgreement agreement,
            EnclaveRecord enclave,
            List<PendingAction> actions) {
        long next = dossier.nextRun(enclave);
        if (next > agreement.terms().runs()) {
            actions.add(nobody(Action.END_ENCLAVE, "all runs are done, the enclave ends"));
            return;
        }
        List<PendingAction> peoples =
                switch (dossier.papers()) {
                    case NativePapers papers -> grants(papers.roster(), enclave, next);
                    case CosmianPapers papers -> keysAndData(papers, enclave);
                };
        if (dossier.papers() instanceof CosmianPapers papers && papers.used()) {
            return;
        }
        actions.addAll(
                peoples.isEmpty()
                        ? List.of(nobody(Action.RUN, "the enclave starts run " + next))
                        : peoples);
    }

    private static List<PendingAction> keysAndData(CosmianPapers papers, EnclaveRecord enclave) {
        List<PendingAction> actions = new ArrayList<>();
        Set<Seat> missing = enclave.missingKeys(CosmianAgreement.seats(papers.roster()));
        for (Email person : papers.roster().people()) {
            if (missing.stream().anyMatch(seat -> seat.person().equals(person))) {
                actions.add(by(person, Action.APPROVE, "send the sealed key"));
            }
        }
        for (Email provider : papers.roster().dataProviders()) {
            if (!papers.closed().containsKey(provider)) {
                actions.add(by(provider, Action.SUBMIT_INPUTS, "bring the data and say done"));
            }
        }
        return actions;
    }

    private static List<PendingAction> grants(Roster roster, EnclaveRecord enclave, long next) {
        List<PendingAction> peoples = new ArrayList<>();
        for (Email person : enclave.missingGrants(roster.people())) {
            peoples.add(
                    by(
                            person,
                            Action.APPROVE,
                            roster.has(person, Role.DATA_PROVIDER)
                                    ? "give the data, verify the enclave, approve"
                                    : "verify the enclave and approve"));
        }
        if (next > 1) {
            Map<Email, ?> given = enclave.inputs().getOrDefault(next, Map.of());
            for (Email provider : roster.dataProviders()) {
                if (!given.containsKey(provider)) {
                    peoples.add(by(provider, Action.SUBMIT_INPUTS, "give the data of run " + next));
                }
            }
        }
        return peoples;
    }

    private static List<PendingAction> fetches(Dossier dossier) {
        Optional<RunRecord> last =
                dossier.runs().reversed().stream().filter(RunRecord::succeeded).findFirst();
        if (last.isEmpty()) {
            return List.of();
        }
        RunRecord run = last.get();
        return dossier.roster().resultConsumers().stream()
                .filter(consumer -> !run.fetchedBy().contains(consumer))
                .map(consumer ->
                        by(consumer, Action.FETCH_RESULT, "fetch the result of run " + run.run()))
                .toList();
    }

    private static PendingAction by(Email who, Action action, String detail) {
        return new PendingAction(Optional.of(who), action, detail);
    }

    private static PendingAction nobody(Action action, String detail) {
        return new PendingAction(Optional.empty(), action, detail);
    }
}
