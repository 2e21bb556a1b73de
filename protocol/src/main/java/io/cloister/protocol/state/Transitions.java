package io.cloister.protocol.state;

import io.cloister.protocol.Email;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.document.Agreement;
import io.cloister.protocol.document.Card;
import io.cloister.protocol.document.CodeStatement;
import io.cloister.protocol.document.DocumentRefusedException;
import io.cloister.protocol.document.InputList;
import io.cloister.protocol.document.Proposal;
import io.cloister.protocol.document.Role;
import io.cloister.protocol.document.ServedAgreement;
import io.cloister.protocol.document.Terms;
import io.cloister.protocol.document.VerifiedAgreement;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.dsse.NotAuthenticException;
import io.cloister.protocol.dsse.Signed;
import io.cloister.protocol.state.Transition.Accepted;
import io.cloister.protocol.state.Transition.DeleteBlobs;
import io.cloister.protocol.state.Transition.Effect;
import io.cloister.protocol.state.Transition.OrderEnclave;
import io.cloister.protocol.state.Transition.Refused;
import io.cloister.protocol.state.Transition.StopEnclave;
import io.cloister.protocol.state.Transition.Unchanged;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/// The transition function (spec/computation.md §3), one method per event.
final class Transitions {
    private Transitions() {}

    /// Checks documents on the way; what they throw becomes a refusal in one place.
    @FunctionalInterface
    private interface Check {
        Transition run() throws MalformedException, NotAuthenticException, DocumentRefusedException;
    }

    static Transition create(Event.First event) {
        return switch (event) {
            case Event.Created(var proposal) ->
                    checked(() ->
                            begun(
                                    NativePapers.of(
                                            Signed.verifySelfSigned(
                                                    proposal, Proposal.TYPE, Proposal::ownerKey))));
            case Event.CosmianCreated(var setup) -> begun(CosmianPapers.of(setup));
        };
    }

    private static Transition begun(Papers papers) {
        return accepted(new Computation.Gathering(Dossier.of(papers)));
    }

    private static Transition again(boolean same) {
        return same
                ? new Unchanged()
                : new Refused("computation.exists", "there is another computation of this id");
    }

    static Transition apply(Computation state, Event event) {
        return switch (event) {
            case Event.Created(var proposal) ->
                    again(
                            state.dossier().papers() instanceof NativePapers papers
                                    && proposal.equals(papers.proposal().envelope()));
            case Event.CosmianCreated(var setup) ->
                    again(
                            state.dossier().papers() instanceof CosmianPapers papers
                                    && setup.equals(papers.setup()));
            case Event.CardRegistered card ->
                    signed(state, papers -> checked(() -> register(state, papers, card)));
            case Event.Declined(var person, var reason) ->
                    leave(state, person, reason, Computation.End.DECLINED);
            case Event.Withdrawn(var person, var reason) ->
                    leave(state, person, reason, Computation.End.WITHDRAWN);
            case Event.CodeStated(var statement) ->
                    signed(state, papers -> checked(() -> stateCode(state, papers, statement)));
            case Event.CodeReset _ -> resetCode(state);
            case Event.AgreementSigned(var agreement) ->
                    signed(state, papers -> checked(() -> agree(state, papers, agreement)));
            case Event.EnclaveQueued(var enclave) -> queue(state, enclave);
            case Event.EnclaveRequested(var by) -> request(state, by);
            case Event.EnclaveStarted(var enclave) -> started(state, enclave);
            case Event.IdentityPublished published -> published(state, published);
            case Event.GrantReceived grant -> signed(state, _ -> granted(state, grant));
            case Event.InputsReceived inputs -> signed(state, _ -> inputs(state, inputs));
            case Event.Refused refusal -> refused(state, refusal);
            case Event.RunStarted(var enclave, var run) -> runStarted(state, enclave, run);
            case Event.RunEnded ended -> runEnded(state, ended);
            case Event.EnclaveStopped stopped -> stopped(state, stopped);
            case Event.OutputFetched fetched -> fetched(state, fetched);
            case Event.Archived _ -> archived(state);
            case Event.KeyRegistered key ->
                    asserted(state, papers -> CosmianTransitions.register(state, papers, key));
            case Event.CodeBrought code ->
                    asserted(state, papers -> CosmianTransitions.bringCode(state, papers, code));
            case Event.DataBrought data ->
                    asserted(state, papers -> CosmianTransitions.bringData(state, papers, data));
            case Event.DataClosed data ->
                    asserted(state, papers -> CosmianTransitions.closeData(state, papers, data));
            case Event.DataReset data ->
                    asserted(state, papers -> CosmianTransitions.resetData(state, papers, data));
            case Event.KeyBlobReceived blob ->
                    asserted(state, papers -> CosmianTransitions.takeKey(state, papers, blob));
        };
    }

    private static Transition signed(
            Computation state, Function<NativePapers, Transition> transition) {
        return state.dossier().papers() instanceof NativePapers papers
                ? transition.apply(papers)
                : otherDialect(state);
    }

    private static Transition asserted(
            Computation state, Function<CosmianPapers, Transition> transition) {
        return state.dossier().papers() instanceof CosmianPapers papers
                ? transition.apply(papers)
                : otherDialect(state);
    }

    private static Refused otherDialect(Computation state) {
        return new Refused(
                "dialect",
                "this computation speaks another dialect: " + state.dossier().papers().dialect());
    }

    private static Transition register(
            Computation state, NativePapers papers, Event.CardRegistered event)
            throws MalformedException, NotAuthenticException, DocumentRefusedException {
        Signed<Card> card = Card.verify(event.card());
        Email person = card.document().email();
        Dossier dossier = state.dossier();
        if (!dossier.roster().people().contains(person)) {
            return new Refused("card.stranger", person + " does not take part");
        }
        VerifiedAgreement.checkCard(card.document(), person, papers.proposal());
        var registered = new NativePapers.RegisteredCard(card, event.tag());
        Optional<NativePapers.RegisteredCard> before = papers.card(person);
        if (before.isPresent()) {
            return before.get().equals(registered)
                    ? new Unchanged()
                    : new Refused("card.exists", person + " registered another card before");
        }
        if (!(state instanceof Computation.Gathering)) {
            return wrongState(state, "take cards");
        }
        return keyTaken(papers, card.document())
                .orElseGet(() ->
                        accepted(new Computation.Gathering(dossier.with(papers.with(registered)))));
    }

    /// An agreement with a key twice is refused, so a card that brings one is, before it is in the
    /// way.
    private static Optional<Transition> keyTaken(NativePapers papers, Card card) {
        List<Card> others =
                papers.cards().values().stream().map(other -> other.card().document()).toList();
        if (card.signingKey().equals(papers.proposal().document().ownerKey())
                || others.stream()
                        .anyMatch(other -> other.signingKey().equals(card.signingKey()))) {
            return Optional.of(
                    new Refused("card.key-twice", card.email() + " has a signing key used twice"));
        }
        if (others.stream().anyMatch(other -> other.recipient().equals(card.recipient()))) {
            return Optional.of(
                    new Refused(
                            "card.recipient-twice", card.email() + " has a recipient used twice"));
        }
        return Optional.empty();
    }

    private static Transition stateCode(Computation state, NativePapers papers, Envelope statement)
            throws MalformedException, NotAuthenticException, DocumentRefusedException {
        Dossier dossier = state.dossier();
        Optional<Signed<CodeStatement>> before = papers.code();
        if (before.isPresent() && before.get().envelope().equals(statement)) {
            return new Unchanged();
        }
        if (state instanceof Computation.Ended) {
            return wrongState(state, "take code");
        }
        if (!(state instanceof Computation.Gathering) || before.isPresent()) {
            return new Refused("wrong-state", "there is code already; reset it first");
        }
        Optional<NativePapers.RegisteredCard> card = papers.card(dossier.roster().codeProvider());
        if (card.isEmpty()) {
            return new Refused("wrong-state", "the Code Provider has no card yet");
        }
        Signed<CodeStatement> code =
                VerifiedAgreement.verifyCode(statement, papers.proposal(), card.get().card());
        return accepted(new Computation.Gathering(dossier.with(papers.with(code))));
    }

    private static Transition resetCode(Computation state) {
        Papers papers = state.dossier().papers();
        Dossier bare = state.dossier().with(papers.withoutCode());
        return switch (state) {
            case Computation.Gathering _ ->
                    papers.codeDigests().isPresent()
                            ? accepted(new Computation.Gathering(bare))
                            : new Unchanged();
            case Computation.Agreed _, Computation.Completed _ ->
                    accepted(new Computation.Gathering(bare));
            case Computation.Starting(var _, var _, var enclave) -> resetWith(bare, enclave);
            case Computation.Granting(var _, var _, var enclave) -> resetWith(bare, enclave);
            case Computation.Running _, Computation.Ended _ -> wrongState(state, "reset the code");
        };
    }

    private static Transition resetWith(Dossier bare, EnclaveRecord enclave) {
        return new Accepted(
                new Computation.Gathering(bare.with(enclave.stopped(StopReason.CODE_RESET, ""))),
                List.of(new StopEnclave(enclave.number(), StopReason.CODE_RESET)));
    }

    private static Transition agree(Computation state, NativePapers papers, Envelope envelope)
            throws MalformedException, NotAuthenticException, DocumentRefusedException {
        Optional<ServedAgreement> before = agreement(state);
        if (before.isPresent()) {
            return before.get() instanceof VerifiedAgreement that
                            && that.envelope().equals(envelope)
                    ? new Unchanged()
                    : new Refused("wrong-state", "there is another agreement");
        }
        if (!(state instanceof Computation.Gathering(var dossier))) {
            return wrongState(state, "take an agreement");
        }
        VerifiedAgreement agreement = VerifiedAgreement.verify(envelope);
        Agreement parts = Signed.readUnverified(envelope, Agreement.TYPE);
        if (!parts.proposal().equals(papers.proposal().envelope())) {
            return new Refused("agreement.proposal", "the agreement is about another proposal");
        }
        if (!parts.cards().equals(registeredCards(papers))) {
            return new Refused(
                    "agreement.cards", "the agreement has other cards than those registered");
        }
        if (papers.code().filter(code -> code.envelope().equals(parts.code())).isEmpty()) {
            return new Refused(
                    "agreement.code",
                    "the agreement has another code statement than the current one");
        }
        return new Accepted(
                new Computation.Agreed(dossier, agreement), List.of(new OrderEnclave()));
    }

    private static List<Envelope> registeredCards(NativePapers papers) {
        List<Envelope> cards = new ArrayList<>();
        for (Email person : papers.roster().people()) {
            papers.card(person).ifPresent(card -> cards.add(card.card().envelope()));
        }
        return cards;
    }

    private static Transition request(Computation state, Email by) {
        if (!mayAsk(state.dossier(), by)) {
            return new Refused("not-a-participant", by + " does not take part");
        }
        return switch (state) {
            case Computation.Agreed _ -> new Accepted(state, List.of(new OrderEnclave()));
            case Computation.Completed(var dossier, var agreement) ->
                    new Accepted(
                            new Computation.Agreed(dossier, agreement),
                            List.of(new OrderEnclave()));
            case Computation.Starting _, Computation.Granting _, Computation.Running _ ->
                    new Unchanged();
            case Computation.Gathering _, Computation.Ended _ ->
                    wrongState(state, "order an enclave");
        };
    }

    private static boolean mayAsk(Dossier dossier, Email person) {
        return dossier.roster().people().contains(person)
                || dossier.papers().owner().equals(person);
    }

    private static Transition queue(Computation state, long number) {
        if (state instanceof Computation.Starting(var _, var _, var enclave)
                && enclave.number() == number
                && enclave.stage() == EnclaveRecord.Stage.QUEUED) {
            return new Unchanged();
        }
        if (!(state instanceof Computation.Agreed(var dossier, var agreement))) {
            return wrongState(state, "queue an enclave");
        }
        long next = dossier.lastEnclave().map(EnclaveRecord::number).orElse(0L) + 1;
        if (number != next || number > Event.MAX_ENCLAVES) {
            return new Refused("enclave.number", "the next enclave is number " + next);
        }
        EnclaveRecord enclave = EnclaveRecord.queued(number);
        return accepted(new Computation.Starting(dossier.with(enclave), agreement, enclave));
    }

    private static Transition started(Computation state, long number) {
        if (state instanceof Computation.Starting(var dossier, var agreement, var enclave)
                && enclave.number() == number) {
            if (enclave.stage() != EnclaveRecord.Stage.QUEUED) {
                return new Unchanged();
            }
            EnclaveRecord next = enclave.at(EnclaveRecord.Stage.STARTING);
            return accepted(new Computation.Starting(dossier.with(next), agreement, next));
        }
        return wrongState(state, "start enclave " + number);
    }

    private static Transition published(Computation state, Event.IdentityPublished event) {
        if (state instanceof Computation.Starting(var dossier, var agreement, var enclave)
                && enclave.number() == event.enclave()
                && enclave.stage() == EnclaveRecord.Stage.STARTING) {
            EnclaveRecord next = enclave.published(event.identity());
            return accepted(new Computation.Granting(dossier.with(next), agreement, next));
        }
        if (state instanceof Computation.Granting(var _, var _, var enclave)
                && enclave.number() == event.enclave()
                && enclave.identity().filter(event.identity()::equals).isPresent()) {
            return new Unchanged();
        }
        return wrongState(state, "take the identity of enclave " + event.enclave());
    }

    private static Transition granted(Computation state, Event.GrantReceived event) {
        if (!state.dossier().roster().people().contains(event.signer())) {
            return new Refused("not-a-participant", event.signer() + " does not take part");
        }
        if (!(state instanceof Computation.Granting(var dossier, var agreement, var enclave))
                || enclave.number() != event.enclave()) {
            return wrongState(state, "take a grant for enclave " + event.enclave());
        }
        if (enclave.grants().containsKey(event.signer())) {
            return event.sealed().equals(enclave.grants().get(event.signer()))
                    ? new Unchanged()
                    : new Refused(
                            "grant.exists",
                            event.signer() + " gave this enclave another grant before");
        }
        EnclaveRecord next = enclave.granted(event.signer(), event.sealed());
        return accepted(new Computation.Granting(dossier.with(next), agreement, next));
    }

    private static Transition inputs(Computation state, Event.InputsReceived event) {
        if (!state.dossier().roster().has(event.signer(), Role.DATA_PROVIDER)) {
            return new Refused("not-a-data-provider", event.signer() + " provides no data");
        }
        return switch (state) {
            case Computation.Granting(var dossier, var agreement, var enclave) ->
                    withInputs(
                            dossier,
                            agreement.terms(),
                            enclave,
                            event,
                            next -> new Computation.Granting(dossier.with(next), agreement, next));
            case Computation.Running(var dossier, var agreement, var enclave, var run) ->
                    withInputs(
                            dossier,
                            agreement.terms(),
                            enclave,
                            event,
                            next ->
                                    new Computation.Running(
                                            dossier.with(next), agreement, next, run));
            case Computation.Gathering _,
                    Computation.Agreed _,
                    Computation.Starting _,
                    Computation.Completed _,
                    Computation.Ended _ ->
                    wrongState(state, "take inputs");
        };
    }

    private static Transition withInputs(
            Dossier dossier,
            Terms terms,
            EnclaveRecord enclave,
            Event.InputsReceived event,
            Function<EnclaveRecord, Computation> next) {
        if (enclave.number() != event.enclave()) {
            return new Refused(
                    "enclave.number", "enclave " + event.enclave() + " is not the current one");
        }
        if (!terms.dataMayChange()) {
            return new Refused("inputs.closed", "the terms do not let providers change data");
        }
        if (event.run() < 2) {
            return new Refused("inputs.run", "the inputs of run 1 come with the grant");
        }
        var before = enclave.inputs().getOrDefault(event.run(), Map.of()).get(event.signer());
        if (before != null) {
            return before.equals(event.sealed())
                    ? new Unchanged()
                    : new Refused(
                            "inputs.exist",
                            event.signer() + " gave other inputs for run " + event.run());
        }
        long soonest = dossier.nextRun(enclave);
        long last = Math.min(terms.runs(), soonest - 1 + InputList.MOST_RUNS_AHEAD);
        if (event.run() < soonest || event.run() > last) {
            return new Refused(
                    "inputs.run",
                    soonest > last
                            ? "no run is to come"
                            : "inputs are for a run to come, " + soonest + " to " + last);
        }
        return accepted(
                next.apply(enclave.withInputs(event.run(), event.signer(), event.sealed())));
    }

    private static Transition refused(Computation state, Event.Refused refusal) {
        return switch (state) {
            case Computation.Granting(var dossier, var agreement, var enclave)
                    when enclave.number() == refusal.enclave() ->
                    noted(
                            dossier,
                            enclave,
                            refusal,
                            next -> new Computation.Granting(dossier.with(next), agreement, next));
            case Computation.Starting(var dossier, var agreement, var enclave)
                    when enclave.number() == refusal.enclave() ->
                    noted(
                            dossier,
                            enclave,
                            refusal,
                            next -> new Computation.Starting(dossier.with(next), agreement, next));
            case Computation.Running(var dossier, var agreement, var enclave, var run)
                    when enclave.number() == refusal.enclave() ->
                    noted(
                            dossier,
                            enclave,
                            refusal,
                            next ->
                                    new Computation.Running(
                                            dossier.with(next), agreement, next, run));
            case Computation.Granting _,
                    Computation.Starting _,
                    Computation.Running _,
                    Computation.Gathering _,
                    Computation.Agreed _,
                    Computation.Completed _,
                    Computation.Ended _ ->
                    wrongState(state, "hear enclave " + refusal.enclave());
        };
    }

    private static Transition noted(
            Dossier dossier,
            EnclaveRecord enclave,
            Event.Refused refusal,
            Function<EnclaveRecord, Computation> next) {
        EnclaveRecord after = enclave.refused(refusal, dossier.nextRun(enclave));
        boolean saidBefore =
                !enclave.refusals().isEmpty() && enclave.refusals().getLast().equals(refusal);
        boolean freesNothing =
                after.grants().equals(enclave.grants())
                        && after.inputs().equals(enclave.inputs())
                        && after.keys().equals(enclave.keys());
        return saidBefore && freesNothing ? new Unchanged() : accepted(next.apply(after));
    }

    private static Transition runStarted(Computation state, long number, long run) {
        if (state instanceof Computation.Running(var _, var _, var enclave, var going)
                && enclave.number() == number
                && going == run) {
            return new Unchanged();
        }
        if (!(state instanceof Computation.Granting(var dossier, var agreement, var enclave))
                || enclave.number() != number
                || enclave.identity().isEmpty()) {
            return wrongState(state, "start run " + run + " of enclave " + number);
        }
        long next = dossier.nextRun(enclave);
        if (run != next || run > agreement.terms().runs()) {
            return new Refused(
                    "run.number",
                    "run "
                            + run
                            + " can't start: the next is "
                            + next
                            + " of "
                            + agreement.terms().runs());
        }
        var started =
                new RunRecord(
                        number,
                        enclave.identity().get(),
                        run,
                        new RunRecord.InProgress(),
                        Set.of());
        return accepted(
                new Computation.Running(
                        withInputsTaken(dossier).with(started), agreement, enclave, run));
    }

    /// A file that its provider took back while the run began was not among the inputs of what
    /// counts as used.
    private static Dossier withInputsTaken(Dossier dossier) {
        return dossier.papers() instanceof CosmianPapers papers && papers.inputsReady()
                ? dossier.with(papers.asUsed())
                : dossier;
    }

    /// From now on it is the last word, until somebody resets something.
    private static Dossier withRunOver(Dossier dossier) {
        return dossier.papers() instanceof CosmianPapers papers
                ? dossier.with(papers.withRunOver())
                : dossier;
    }

    private static Transition runEnded(Computation state, Event.RunEnded event) {
        var done = new RunRecord.Done(event.outcome(), event.receipt());
        Optional<RunRecord> recorded = state.dossier().run(event.enclave(), event.run());
        if (recorded.filter(run -> run.status().equals(done)).isPresent()) {
            return new Unchanged();
        }
        if (!(state
                        instanceof
                        Computation.Running(var dossier, var agreement, var enclave, var run))
                || enclave.number() != event.enclave()
                || run != event.run()) {
            return wrongState(state, "end run " + event.run() + " of enclave " + event.enclave());
        }
        RunRecord before = dossier.run(event.enclave(), run).orElseThrow();
        return accepted(
                new Computation.Granting(
                        withRunOver(dossier).with(before.at(done)), agreement, enclave));
    }

    private static Transition stopped(Computation state, Event.EnclaveStopped event) {
        return switch (state) {
            case Computation.Starting(var dossier, var agreement, var enclave)
                    when enclave.number() == event.enclave() ->
                    afterStop(dossier, agreement, enclave, event);
            case Computation.Granting(var dossier, var agreement, var enclave)
                    when enclave.number() == event.enclave() ->
                    afterStop(dossier, agreement, enclave, event);
            case Computation.Running(var dossier, var agreement, var enclave, var run)
                    when enclave.number() == event.enclave() ->
                    afterStop(
                            withRunOver(dossier)
                                    .with(
                                            dossier.run(enclave.number(), run)
                                                    .orElseThrow()
                                                    .at(new RunRecord.Lost())),
                            agreement,
                            enclave,
                            event);
            case Computation.Starting _,
                    Computation.Granting _,
                    Computation.Running _,
                    Computation.Gathering _,
                    Computation.Agreed _,
                    Computation.Completed _,
                    Computation.Ended _ ->
                    new Unchanged();
        };
    }

    private static Transition afterStop(
            Dossier dossier,
            ServedAgreement agreement,
            EnclaveRecord enclave,
            Event.EnclaveStopped event) {
        Dossier next = dossier.with(enclave.stopped(event.reason(), event.detail()));
        return switch (event.reason()) {
            case EXHAUSTED -> accepted(new Computation.Completed(next, agreement));
            case EXPIRED ->
                    accepted(new Computation.Ended(next, Computation.End.EXPIRED, event.detail()));
            case GRANT_EXPIRED,
                    IDLE,
                    FAILED_TO_START,
                    REFUSED,
                    LOST,
                    SERVER_STOPPED,
                    WITHDRAWN,
                    CODE_RESET,
                    ARCHIVED ->
                    accepted(new Computation.Agreed(next, agreement));
        };
    }

    private static Transition leave(
            Computation state, Email person, String reason, Computation.End end) {
        if (!state.dossier().roster().people().contains(person)) {
            return new Refused("not-a-participant", person + " does not take part");
        }
        if (state.dossier().left().contains(person)) {
            return new Unchanged();
        }
        List<Effect> effects = new ArrayList<>(List.of(new DeleteBlobs(person)));
        Dossier dossier = stopCurrent(state, StopReason.WITHDRAWN, effects).without(person);
        return new Accepted(
                state instanceof Computation.Ended(var _, var first, var detail)
                        ? new Computation.Ended(dossier, first, detail)
                        : new Computation.Ended(dossier, end, person + ": " + reason),
                effects);
    }

    private static Transition archived(Computation state) {
        if (state.dossier().archived()) {
            return new Unchanged();
        }
        List<Effect> effects = new ArrayList<>();
        Dossier dossier = stopCurrent(state, StopReason.ARCHIVED, effects).asArchived();
        return new Accepted(
                state instanceof Computation.Ended(var _, var end, var detail)
                        ? new Computation.Ended(dossier, end, detail)
                        : new Computation.Ended(dossier, Computation.End.ARCHIVED, ""),
                effects);
    }

    private static Dossier stopCurrent(Computation state, StopReason reason, List<Effect> effects) {
        Dossier dossier = state.dossier();
        if (state instanceof Computation.Running(var before, var _, var enclave, var run)) {
            dossier =
                    before.with(
                            before.run(enclave.number(), run)
                                    .orElseThrow()
                                    .at(new RunRecord.Lost()));
        }
        Optional<EnclaveRecord> current =
                dossier.lastEnclave()
                        .filter(enclave -> enclave.stage() != EnclaveRecord.Stage.STOPPED);
        if (current.isPresent()) {
            effects.add(new StopEnclave(current.get().number(), reason));
            dossier = dossier.with(current.get().stopped(reason, ""));
        }
        return dossier;
    }

    private static Transition fetched(Computation state, Event.OutputFetched event) {
        Dossier dossier = state.dossier();
        if (!dossier.roster().people().contains(event.reader())) {
            return new Refused("not-a-participant", event.reader() + " does not take part");
        }
        Optional<RunRecord> run = dossier.run(event.enclave(), event.run());
        if (run.isEmpty()) {
            return new Refused("run.unknown", "there is no such run");
        }
        if (run.get().fetchedBy().contains(event.reader())) {
            return new Unchanged();
        }
        Dossier next = dossier.with(run.get().fetched(event.reader()));
        return accepted(
                switch (state) {
                    case Computation.Gathering _ -> new Computation.Gathering(next);
                    case Computation.Agreed(var _, var agreement) ->
                            new Computation.Agreed(next, agreement);
                    case Computation.Starting(var _, var agreement, var enclave) ->
                            new Computation.Starting(next, agreement, enclave);
                    case Computation.Granting(var _, var agreement, var enclave) ->
                            new Computation.Granting(next, agreement, enclave);
                    case Computation.Running(var _, var agreement, var enclave, var number) ->
                            new Computation.Running(next, agreement, enclave, number);
                    case Computation.Completed(var _, var agreement) ->
                            new Computation.Completed(next, agreement);
                    case Computation.Ended(var _, var end, var detail) ->
                            new Computation.Ended(next, end, detail);
                });
    }

    private static Optional<ServedAgreement> agreement(Computation state) {
        return switch (state) {
            case Computation.Gathering _, Computation.Ended _ -> Optional.empty();
            case Computation.Agreed(var _, var agreement) -> Optional.of(agreement);
            case Computation.Starting(var _, var agreement, var _) -> Optional.of(agreement);
            case Computation.Granting(var _, var agreement, var _) -> Optional.of(agreement);
            case Computation.Running(var _, var agreement, var _, var _) -> Optional.of(agreement);
            case Computation.Completed(var _, var agreement) -> Optional.of(agreement);
        };
    }

    private static Transition checked(Check check) {
        try {
            return check.run();
        } catch (MalformedException e) {
            return new Refused("malformed", message(e));
        } catch (NotAuthenticException e) {
            return new Refused("not-authentic", message(e));
        } catch (DocumentRefusedException e) {
            return new Refused(e.code(), message(e));
        }
    }

    private static String message(Exception e) {
        return Optional.ofNullable(e.getMessage()).orElse("");
    }

    static Accepted accepted(Computation next) {
        return new Accepted(next, List.of());
    }

    static Refused wrongState(Computation state, String what) {
        return new Refused(
                "wrong-state", "a computation that is " + state.word() + " can't " + what);
    }
}
