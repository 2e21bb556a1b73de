package io.cloister.protocol.state;

import static io.cloister.protocol.Samples.CARL;
import static io.cloister.protocol.Samples.DANA;
import static io.cloister.protocol.Samples.DAVE;
import static io.cloister.protocol.Samples.NOW;
import static io.cloister.protocol.Samples.OLGA;
import static io.cloister.protocol.Samples.RITA;
import static io.cloister.protocol.state.CosmianSamples.SEATS;
import static io.cloister.protocol.state.CosmianSamples.SETUP;
import static io.cloister.protocol.state.CosmianSamples.blob;
import static io.cloister.protocol.state.CosmianSamples.brought;
import static io.cloister.protocol.state.CosmianSamples.file;
import static io.cloister.protocol.state.CosmianSamples.registered;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.protocol.Email;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Samples;
import io.cloister.protocol.TestKey;
import io.cloister.protocol.document.CodeDigests;
import io.cloister.protocol.document.CosmianInputs;
import io.cloister.protocol.document.CosmianSetup;
import io.cloister.protocol.document.Outcome;
import io.cloister.protocol.document.Receipt;
import io.cloister.protocol.document.Role;
import io.cloister.protocol.document.Seat;

import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The life of a computation of the Cosmian dialect (spec/cosmian.md §6).
final class CosmianComputationTest {
    private static final Event OTHER_CODE =
            new Event.CodeBrought(
                    new CodeDigests(
                            Samples.digest("other"),
                            1,
                            Samples.digest("run.py"),
                            Optional.empty(),
                            Optional.empty()),
                    NOW);
    private static final Event ENDED =
            new Event.RunEnded(1, 1, Outcome.SUCCESS, Samples.digest("receipt 1"));

    private static Life begun() {
        return Life.replayed(List.of(new Event.CosmianCreated(SETUP)));
    }

    private static Life agreed() {
        return Life.replayed(CosmianSamples.agreed());
    }

    private static Life granting() {
        return Life.replayed(CosmianSamples.granting());
    }

    private static Life running() {
        return Life.replayed(CosmianSamples.running());
    }

    private static Life ran() {
        return running().with(ENDED);
    }

    private static Life completed() {
        return ran().with(new Event.EnclaveStopped(1, StopReason.EXHAUSTED, ""));
    }

    private static Life ended() {
        return agreed().with(new Event.Archived());
    }

    private static Map<String, Life> lives() {
        return Map.of(
                "gathering", begun().with(registered(seat(DANA, Role.DATA_PROVIDER))),
                "agreed", agreed(),
                "starting", agreed().with(new Event.EnclaveQueued(1)),
                "granting", granting(),
                "running", running(),
                "completed", completed(),
                "ended", ended());
    }

    private static Seat seat(Email person, Role role) {
        return new Seat(person, role);
    }

    private static CosmianPapers papers(Life life) {
        return assertInstanceOf(CosmianPapers.class, life.state().dossier().papers());
    }

    private static String refused(Life life, Event event) {
        return assertInstanceOf(Transition.Refused.class, life.state().apply(event)).code();
    }

    private static void unchanged(Life life, Event event) {
        assertInstanceOf(Transition.Unchanged.class, life.state().apply(event));
    }

    @Test
    void theAgreementFormsOnceEverySeatHasAKeyAndThereIsCode() {
        Life life = begun().with(brought());
        for (Seat seat : SEATS.subList(0, SEATS.size() - 1)) {
            life.with(registered(seat));
            assertEquals("gathering", life.state().word());
        }
        Transition.Accepted last =
                assertInstanceOf(
                        Transition.Accepted.class, life.state().apply(registered(SEATS.getLast())));
        var agreed = assertInstanceOf(Computation.Agreed.class, last.next());
        assertEquals(CosmianSamples.agreement(), agreed.agreement());
        assertEquals(List.of(new Transition.OrderEnclave()), last.effects());
    }

    @Test
    void theAgreementIsTheSameInWhateverOrderItsPartsCame() {
        List<Event> events = new ArrayList<>(CosmianSamples.agreed());
        Event created = events.removeFirst();
        List<Event> reversed = new ArrayList<>(events.reversed());
        reversed.addFirst(created);
        assertEquals(
                CosmianSamples.agreement(),
                assertInstanceOf(Computation.Agreed.class, Life.replayed(reversed).state())
                        .agreement());
    }

    @Test
    void whatIsSaidAgainChangesNothing() {
        unchanged(begun(), new Event.CosmianCreated(SETUP));
        unchanged(agreed(), registered(SEATS.getFirst()));
        unchanged(agreed(), brought());
        unchanged(granting().with(blob(SEATS.getFirst())), blob(SEATS.getFirst()));
        Life data = granting().with(new Event.DataBrought(file(DANA, "a", 5)));
        unchanged(data, new Event.DataBrought(file(DANA, "a", 9)));
        data.with(new Event.DataClosed(DANA, NOW));
        unchanged(data, new Event.DataClosed(DANA, NOW.plusSeconds(9)));
        unchanged(data, new Event.DataReset(DAVE));
    }

    @Test
    void refusesAnotherComputationOfItsId() {
        var other =
                new CosmianSetup(
                        Samples.COMPUTATION,
                        "another",
                        OLGA,
                        Samples.ROSTER,
                        Samples.RUNTIME,
                        Samples.terms(),
                        NOW);
        assertEquals("computation.exists", refused(begun(), new Event.CosmianCreated(other)));
        assertEquals("computation.exists", refused(Life.begun(), new Event.CosmianCreated(SETUP)));
        assertEquals(
                "computation.exists",
                refused(begun(), new Event.Created(Samples.signedProposal())));
    }

    @Test
    void refusesAKeyOfWhoHasNoSuchSeatAndOneThatAnotherSeatHas() {
        assertEquals(
                "not-a-participant", refused(begun(), registered(seat(CARL, Role.DATA_PROVIDER))));
        Life life = begun().with(registered(SEATS.getFirst()));
        assertEquals(
                "key.twice",
                refused(
                        life,
                        new Event.KeyRegistered(
                                SEATS.getLast(), CosmianSamples.key(SEATS.getFirst()), NOW)));
    }

    @Test
    void aKeyMayBeReplacedUntilThereIsAnAgreement() {
        Seat carl = SEATS.getFirst();
        var other = new Event.KeyRegistered(carl, TestKey.of("other").publicKey(), NOW);
        assertEquals(
                new CosmianPapers.RegisteredKey(TestKey.of("other").publicKey(), NOW),
                papers(begun().with(registered(carl), other)).keys().get(carl));
        assertEquals("wrong-state", refused(agreed(), other));
        assertEquals("gathering", agreed().with(new Event.CodeReset(), other).state().word());
    }

    @Test
    void otherCodeNeedsAReset() {
        assertEquals("wrong-state", refused(begun().with(brought()), OTHER_CODE));
        assertEquals("wrong-state", refused(agreed(), OTHER_CODE));
        assertEquals("wrong-state", refused(ended(), OTHER_CODE));
        Life again = granting().with(new Event.CodeReset(), OTHER_CODE);
        assertEquals("agreed", again.state().word());
        assertEquals(
                Optional.of(new EnclaveRecord.Stop(StopReason.CODE_RESET, "")),
                again.state().dossier().lastEnclave().orElseThrow().stopped());
    }

    @Test
    void dataComesInEveryStateButARunAndTheEnd() {
        Event brings = new Event.DataBrought(file(DANA, "new", 9_000));
        lives().forEach((word, life) -> {
            switch (word) {
                case "running", "ended" -> {
                    assertEquals("wrong-state", refused(life, brings), word);
                    assertEquals("wrong-state", refused(life, new Event.DataReset(DANA)), word);
                    assertEquals(
                            "wrong-state", refused(life, new Event.DataClosed(DAVE, NOW)), word);
                }
                case "completed" ->
                        assertEquals(
                                word, life.with(new Event.DataReset(DANA), brings).state().word());
                default -> assertEquals(word, life.with(brings).state().word());
            }
        });
    }

    @Test
    void refusesDataOfWhoGivesNoneOrHasNoKeyOrIsDone() {
        Event rita = new Event.DataBrought(file(RITA, "a", 1));
        assertEquals("not-a-data-provider", refused(agreed(), rita));
        Event dave = new Event.DataBrought(file(DAVE, "a", 1));
        assertEquals("key.none", refused(begun(), dave));
        assertEquals("data.none", refused(agreed(), new Event.DataClosed(DAVE, NOW)));
        Life done = agreed().with(dave, new Event.DataClosed(DAVE, NOW));
        assertEquals("data.closed", refused(done, new Event.DataBrought(file(DAVE, "b", 1))));
        done.with(new Event.DataReset(DAVE), new Event.DataBrought(file(DAVE, "b", 1)));
        assertEquals(
                List.of("b"),
                papers(done).data(DAVE).stream().map(one -> one.name().value()).toList());
    }

    @Test
    void refusesMoreFilesThanAReceiptNames() {
        Life life = agreed();
        for (int i = 0; i < Receipt.MAX_INPUTS; i++) {
            life.with(new Event.DataBrought(file(DANA, "f" + i, i)));
        }
        assertEquals("data.too-many", refused(life, new Event.DataBrought(file(DANA, "x", 1))));
    }

    @Test
    void filesKeepTheirOrderWhenTheClockIsSetBack() {
        Life life =
                agreed().with(
                                new Event.DataBrought(file(DANA, "first", 5_000)),
                                new Event.DataBrought(file(DAVE, "second", 4_000)));
        assertEquals(
                List.of(5_000L, 5_000L),
                papers(life).data().stream().map(CosmianInputs.File::arrivedMillis).toList());
    }

    @Test
    void aRunTakesTheDataOnce() {
        assertFalse(papers(granting()).inputsReady());
        Life life = running();
        assertTrue(papers(life).used());
        assertFalse(papers(ran()).inputsReady());
        Life again =
                ran().with(
                                new Event.DataReset(DANA),
                                new Event.DataBrought(file(DANA, "new", 9_000)));
        assertFalse(papers(again).inputsReady());
        again.with(new Event.DataClosed(DANA, NOW));
        assertTrue(papers(again).inputsReady());
        assertEquals("running", again.with(new Event.RunStarted(1, 2)).state().word());
    }

    @Test
    void dataThatIsTakenBackWhileARunBeginsDoesNotCountAsUsedAndTheRunsEndStands() {
        List<Event> events = new ArrayList<>(CosmianSamples.running());
        Event started = events.removeLast();
        Life life = Life.replayed(events).with(new Event.DataReset(DANA), started);
        assertFalse(papers(life).used());
        assertFalse(papers(life).runStands());
        life.with(ENDED);
        assertTrue(papers(life).runStands());
        life.with(new Event.DataReset(DAVE));
        assertFalse(papers(life).runStands());
    }

    @Test
    void howARunEndedStandsUntilAResetAlsoWhereItWasLost() {
        assertFalse(papers(running()).runStands());
        assertTrue(papers(ran()).runStands());
        assertTrue(papers(completed()).runStands());
        assertFalse(papers(ran().with(new Event.CodeReset())).runStands());
        assertTrue(
                papers(running().with(new Event.EnclaveStopped(1, StopReason.LOST, "")))
                        .runStands());
    }

    @Test
    void aResetOfTheCodeKeepsDataAndKeys() {
        Life life = ran().with(new Event.CodeReset());
        assertEquals(2, papers(life).data().size());
        assertEquals(Set.copyOf(SEATS), papers(life).keys().keySet());
        life.with(OTHER_CODE);
        assertTrue(papers(life).inputsReady());
        assertEquals("agreed", life.state().word());
    }

    @Test
    void keyBlobsAreForTheCurrentEnclaveAndFromASeat() {
        lives().forEach((word, life) -> {
            if (!word.equals("granting")) {
                assertEquals("wrong-state", refused(life, blob(SEATS.getFirst())), word);
            }
        });
        assertEquals(
                "not-a-participant", refused(granting(), blob(seat(OLGA, Role.CODE_PROVIDER))));
        assertEquals(
                "wrong-state",
                refused(
                        granting(),
                        new Event.KeyBlobReceived(2, SEATS.getFirst(), Samples.digest("x"))));
    }

    @Test
    void aRefusedKeyFreesItsPlaceAndNoOther() {
        Life life = granting();
        SEATS.forEach(seat -> life.with(blob(seat)));
        Seat dana = seat(DANA, Role.DATA_PROVIDER);
        life.with(
                new Event.Refused(
                        1,
                        Optional.of(DANA),
                        Optional.of(Samples.digest("blob of " + dana)),
                        "key.refused",
                        "no"));
        assertEquals(
                Set.of(dana),
                life.state().dossier().lastEnclave().orElseThrow().missingKeys(SEATS));
        life.with(blob(dana));
        assertEquals(
                Set.of(), life.state().dossier().lastEnclave().orElseThrow().missingKeys(SEATS));
    }

    @Test
    void theSameKeyRefusedASecondTimeFreesItsPlaceAgain() {
        Seat dana = seat(DANA, Role.DATA_PROVIDER);
        Event refusal = refusalOf(DANA, dana);
        Life life = granting().with(blob(dana), refusal, blob(dana), refusal);
        assertTrue(
                life.state()
                        .dossier()
                        .lastEnclave()
                        .orElseThrow()
                        .missingKeys(SEATS)
                        .contains(dana));
        unchanged(life, refusal);
    }

    @Test
    void aRefusalOfAnotherPersonsBlobFreesNothing() {
        Seat dana = seat(DANA, Role.DATA_PROVIDER);
        Life life = granting().with(blob(dana), refusalOf(DAVE, dana));
        assertFalse(
                life.state()
                        .dossier()
                        .lastEnclave()
                        .orElseThrow()
                        .missingKeys(SEATS)
                        .contains(dana));
    }

    private static Event refusalOf(Email signer, Seat blobs) {
        return new Event.Refused(
                1,
                Optional.of(signer),
                Optional.of(Samples.digest("blob of " + blobs)),
                "key.refused",
                "no");
    }

    @Test
    void eachDialectRefusesTheEventsOfTheOther() {
        for (Event event :
                List.of(
                        Life.card(CARL),
                        Life.code(),
                        Life.agreement(),
                        Life.grant(1, CARL),
                        new Event.InputsReceived(1, DANA, 2, Samples.digest("inputs")))) {
            assertEquals("dialect", refused(granting(), event), event.type());
        }
        for (Event event :
                List.of(
                        registered(SEATS.getFirst()),
                        brought(),
                        new Event.DataBrought(file(DANA, "a", 1)),
                        new Event.DataClosed(DANA, NOW),
                        new Event.DataReset(DANA),
                        blob(SEATS.getFirst()))) {
            assertEquals("dialect", refused(Life.granting(), event), event.type());
        }
    }

    @Test
    void anEnclaveThatDiedIsOrderedAgainAndItsReasonStays() {
        Life life = granting().with(new Event.EnclaveStopped(1, StopReason.REFUSED, "five"));
        assertEquals(
                Optional.of(new EnclaveRecord.Stop(StopReason.REFUSED, "five")),
                life.state().dossier().lastEnclave().orElseThrow().stopped());
        assertEquals("agreed", life.with(new Event.EnclaveRequested(RITA)).state().word());
        assertEquals("starting", life.with(new Event.EnclaveQueued(2)).state().word());
    }

    @Test
    void saysWhoseTurnItIs() {
        assertEquals(List.of("join", "join", "join", "join"), actions(begun()));
        // Dana has two seats.
        Life joined = begun().with(registered(seat(CARL, Role.CODE_PROVIDER)));
        joined.with(registered(seat(DANA, Role.DATA_PROVIDER)));
        assertEquals(List.of("join", "join", "join", "push-code"), actions(joined));
        assertEquals(
                List.of(
                        "approve",
                        "approve",
                        "approve",
                        "approve",
                        "submit-inputs",
                        "submit-inputs"),
                actions(granting()));
        List<Event> ready = new ArrayList<>(CosmianSamples.running());
        ready.removeLast();
        assertEquals(List.of("run"), actions(Life.replayed(ready)));
        assertEquals(List.of("fetch-result", "fetch-result"), actions(ran()));
        assertEquals(
                List.of("fetch-result", "fetch-result", "submit-inputs"),
                actions(ran().with(new Event.DataReset(DAVE))));
    }

    private static List<String> actions(Life life) {
        return life.state().pendingActions().stream()
                .map(action -> action.action().toString())
                .toList();
    }

    @Test
    void everyEventIsReadAsItWasWritten() throws MalformedException {
        List<Event> events = new ArrayList<>(CosmianSamples.running());
        events.add(new Event.DataReset(DANA));
        for (Event event : events) {
            assertEquals(event, Event.read(event.type(), event.data()));
        }
        Instant late = NOW.plusSeconds(1);
        assertEquals(
                new Event.DataClosed(DANA, late),
                Event.read("data-closed", new Event.DataClosed(DANA, late).data()));
    }
}
