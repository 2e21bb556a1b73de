package io.cloister.protocol.state;

import static io.cloister.protocol.Samples.CARL;
import static io.cloister.protocol.Samples.DANA;
import static io.cloister.protocol.Samples.DAVE;
import static io.cloister.protocol.Samples.OLGA;
import static io.cloister.protocol.Samples.RITA;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.protocol.Email;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Samples;
import io.cloister.protocol.document.Agreement;
import io.cloister.protocol.document.Outcome;
import io.cloister.protocol.dsse.Envelope;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/// What holds for every log there can be, on seeded random ones: half of the events are what the
/// state waits for.
final class RandomLivesTest {
    private static final List<Email> PEOPLE =
            List.of(CARL, DANA, DAVE, RITA, OLGA, new Email("zoe@stranger.example"));

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void holdWhateverHappens(long seed) throws MalformedException {
        RandomGenerator random = RandomGeneratorFactory.of("Xoshiro256PlusPlus").create(seed);
        Set<String> visited = new HashSet<>();
        for (int life = 0; life < 5; life++) {
            var created = new Event.Created(Samples.signedProposal());
            Computation state =
                    assertInstanceOf(Transition.Accepted.class, Computation.create(created)).next();
            List<Event> log = new ArrayList<>(List.of(created));
            for (int step = 0; step < 100; step++) {
                Event event = random.nextInt(3) > 0 ? expected(state, random) : any(random);
                assertEquals(event, Event.read(event.type(), event.data()));
                switch (state.apply(event)) {
                    case Transition.Accepted(var next, var _) -> {
                        state = next;
                        log.add(event);
                        checkSaidTwice(state, event);
                        checkInvariants(state);
                        visited.add(state.word());
                    }
                    case Transition.Unchanged _ ->
                            assertInstanceOf(Transition.Unchanged.class, state.apply(event));
                    case Transition.Refused(var code, var sentence) -> {
                        assertTrue(code.matches("[a-z0-9.-]{1,80}"), code);
                        assertFalse(sentence.isEmpty());
                    }
                }
            }
            Computation again = Life.replayed(log).state();
            assertEquals(state, again);
            assertEquals(state.hashCode(), again.hashCode());
            assertEquals(state.pendingActions(), again.pendingActions());
        }
        assertTrue(visited.size() >= 5, "random lives reach " + visited);
    }

    /// An event that was accepted never does the same thing again. Asking for an enclave is a wish,
    /// and may be repeated.
    private static void checkSaidTwice(Computation state, Event event) {
        Transition again = state.apply(event);
        if (again instanceof Transition.Accepted(var next, var _)) {
            boolean wish = event instanceof Event.EnclaveRequested && next.equals(state);
            boolean other = !next.equals(state) && event instanceof Event.Refused;
            assertTrue(wish || other, event.type() + " twice in " + state.word());
        }
    }

    private static void checkInvariants(Computation state) {
        List<PendingAction> pending = state.pendingActions();
        boolean over = state instanceof Computation.Completed || state instanceof Computation.Ended;
        assertTrue(over || !pending.isEmpty(), state.word() + " waits for nobody");
        for (PendingAction action : pending) {
            checkCanBeDone(state, action);
        }
        Dossier dossier = state.dossier();
        long live =
                dossier.enclaves().stream()
                        .filter(one -> one.stage() != EnclaveRecord.Stage.STOPPED)
                        .count();
        boolean active =
                state instanceof Computation.Starting
                        || state instanceof Computation.Granting
                        || state instanceof Computation.Running;
        assertEquals(active ? 1 : 0, live);
        long going =
                dossier.runs().stream()
                        .filter(run -> run.status() instanceof RunRecord.InProgress)
                        .count();
        assertEquals(state instanceof Computation.Running ? 1 : 0, going);
        for (int i = 0; i < dossier.enclaves().size(); i++) {
            assertEquals(i + 1, dossier.enclaves().get(i).number());
        }
    }

    /// Whoever is asked to do something would not be refused.
    private static void checkCanBeDone(Computation state, PendingAction action) {
        doing(state, action)
                .ifPresent(event ->
                        assertInstanceOf(
                                Transition.Accepted.class,
                                state.apply(event),
                                () -> action + " in " + state.word()));
    }

    private static Optional<Event> doing(Computation state, PendingAction action) {
        Email who = action.who().orElse(OLGA);
        Dossier dossier = state.dossier();
        long enclave = dossier.lastEnclave().map(EnclaveRecord::number).orElse(0L);
        return switch (action.action()) {
            case JOIN -> Optional.of(Life.card(who));
            case PUSH_CODE -> Optional.of(Life.code());
            case SIGN_AGREEMENT -> Optional.of(signed(dossier));
            case REQUEST_ENCLAVE -> Optional.of(new Event.EnclaveRequested(who));
            case START_ENCLAVE ->
                    Optional.of(
                            dossier.lastEnclave().orElseThrow().stage()
                                            == EnclaveRecord.Stage.QUEUED
                                    ? new Event.EnclaveStarted(enclave)
                                    : new Event.IdentityPublished(
                                            enclave, Samples.digest("identity " + enclave)));
            case APPROVE -> Optional.of(Life.grant(enclave, who));
            case SUBMIT_INPUTS ->
                    Optional.of(
                            new Event.InputsReceived(
                                    enclave,
                                    who,
                                    dossier.nextRun(dossier.lastEnclave().orElseThrow()),
                                    Samples.digest("inputs")));
            case RUN ->
                    state instanceof Computation.Running(var _, var _, var _, var run)
                            ? Optional.of(
                                    new Event.RunEnded(
                                            enclave,
                                            run,
                                            Outcome.SUCCESS,
                                            Samples.digest("receipt " + enclave + run)))
                            : Optional.of(
                                    new Event.RunStarted(
                                            enclave,
                                            dossier.nextRun(dossier.lastEnclave().orElseThrow())));
            case END_ENCLAVE ->
                    Optional.of(new Event.EnclaveStopped(enclave, StopReason.EXHAUSTED, ""));
            case FETCH_RESULT -> {
                RunRecord last =
                        dossier.runs().reversed().stream()
                                .filter(RunRecord::succeeded)
                                .findFirst()
                                .orElseThrow();
                yield Optional.of(new Event.OutputFetched(who, last.enclave(), last.run()));
            }
        };
    }

    private static Event signed(Dossier dossier) {
        var papers = (NativePapers) dossier.papers();
        List<Envelope> cards =
                dossier.roster().people().stream()
                        .map(person -> papers.card(person).orElseThrow().card().envelope())
                        .toList();
        return new Event.AgreementSigned(
                Samples.key(OLGA)
                        .sign(
                                Agreement.TYPE,
                                new Agreement(
                                        dossier.computation(),
                                        papers.proposal().envelope(),
                                        cards,
                                        papers.code().orElseThrow().envelope(),
                                        Samples.NOW)));
    }

    private static Event expected(Computation state, RandomGenerator random) {
        List<PendingAction> pending = state.pendingActions();
        if (state instanceof Computation.Agreed && random.nextBoolean()) {
            return new Event.EnclaveQueued(state.dossier().enclaves().size() + 1L);
        }
        return pending.isEmpty()
                ? any(random)
                : doing(state, pending.get(random.nextInt(pending.size()))).orElseThrow();
    }

    private static Event any(RandomGenerator random) {
        Email person = PEOPLE.get(random.nextInt(PEOPLE.size()));
        Email participant = PEOPLE.get(random.nextInt(4));
        long enclave = random.nextLong(1, 4);
        long run = random.nextLong(1, 5);
        var digest = Samples.digest("digest " + random.nextInt(3));
        int often = random.nextInt(100);
        return switch (random.nextInt(18)) {
            case 0 ->
                    often < 90
                            ? new Event.Created(Samples.signedProposal())
                            : new Event.Created(Samples.signedCard(DANA));
            case 1 -> Life.card(participant);
            case 2 -> new Event.CardRegistered(Life.otherCard(participant), Life.tag(participant));
            case 3 -> often < 5 ? new Event.Declined(person, "no") : Life.code();
            case 4 -> often < 5 ? new Event.Withdrawn(person, "no") : Life.agreement();
            case 5 -> often < 20 ? new Event.CodeReset() : Life.code();
            case 6 -> new Event.EnclaveQueued(enclave);
            case 7 -> new Event.EnclaveStarted(enclave);
            case 8 -> new Event.IdentityPublished(enclave, digest);
            case 9 -> new Event.GrantReceived(enclave, person, digest);
            case 10 -> new Event.InputsReceived(enclave, person, run, digest);
            case 11 ->
                    new Event.Refused(
                            enclave,
                            random.nextBoolean() ? Optional.of(person) : Optional.empty(),
                            random.nextBoolean() ? Optional.of(digest) : Optional.empty(),
                            List.of("grant.key", "inputs.signature", "second-grant", "code.digest")
                                    .get(random.nextInt(4)),
                            "why");
            case 12 -> new Event.RunStarted(enclave, run);
            case 13 ->
                    new Event.RunEnded(
                            enclave, run, one(List.of(Outcome.values()), random), digest);
            case 14 ->
                    new Event.EnclaveStopped(
                            enclave, one(List.of(StopReason.values()), random), "");
            case 15 -> new Event.EnclaveRequested(person);
            case 16 -> new Event.OutputFetched(person, enclave, run);
            default -> often < 10 ? new Event.Archived() : new Event.EnclaveRequested(participant);
        };
    }

    private static <T> T one(List<T> choices, RandomGenerator random) {
        return choices.get(random.nextInt(choices.size()));
    }
}
