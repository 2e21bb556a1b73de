package io.cloister.protocol.state;

import static io.cloister.protocol.Samples.CARL;
import static io.cloister.protocol.Samples.DANA;
import static io.cloister.protocol.Samples.DAVE;
import static io.cloister.protocol.Samples.OLGA;
import static io.cloister.protocol.Samples.RITA;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.protocol.Email;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Samples;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.TestKey;
import io.cloister.protocol.document.Agreement;
import io.cloister.protocol.document.Card;
import io.cloister.protocol.document.CodeStatement;
import io.cloister.protocol.document.Outcome;
import io.cloister.protocol.document.Proposal;
import io.cloister.protocol.document.Terms;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.state.PendingAction.Action;
import io.cloister.protocol.state.Transition.DeleteBlobs;
import io.cloister.protocol.state.Transition.OrderEnclave;
import io.cloister.protocol.state.Transition.StopEnclave;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What spec/computation.md says in words; its table, state by state and event by event, is
/// spec/vectors/computation.json.
final class ComputationTest {
    private static final Email STRANGER = new Email("zoe@stranger.example");
    private static final Sha256 OTHER = Samples.digest("other");

    private static String refused(Life life, Event event) {
        Computation before = life.state();
        var refused = assertInstanceOf(Transition.Refused.class, before.apply(event));
        assertTrue(refused.sentence().length() > 5);
        return refused.code();
    }

    private static void unchanged(Life life, Event event) {
        assertInstanceOf(Transition.Unchanged.class, life.state().apply(event));
    }

    private static Transition.Accepted accepted(Life life, Event event) {
        return assertInstanceOf(Transition.Accepted.class, life.state().apply(event));
    }

    private static List<String> pending(Life life) {
        return pending(life.state());
    }

    private static List<String> pending(Computation state) {
        return state.pendingActions().stream()
                .map(action ->
                        action.who().map(who -> who.value().split("@", 2)[0] + " ").orElse("")
                                + action.action())
                .toList();
    }

    @Test
    void goesThroughItsLife() {
        assertEquals("gathering", Life.begun().state().word());
        assertEquals("gathering", Life.coded().state().word());
        assertEquals("agreed", Life.agreed().state().word());
        assertEquals("starting", Life.queued().state().word());
        assertEquals("starting", Life.starting().state().word());
        assertEquals("granting", Life.granted().state().word());
        assertEquals("running", Life.running().state().word());
        assertEquals("granting", Life.ran().state().word());
        assertEquals("completed", Life.completed().state().word());
        assertEquals("ended", Life.left().state().word());
        assertEquals("ended", Life.archived().state().word());
    }

    @Test
    void alwaysSaysWhoHasToDoWhat() {
        assertEquals(
                List.of("carl join", "dana join", "dave join", "rita join"), pending(Life.begun()));
        assertEquals(
                List.of("dana join", "dave join", "rita join", "carl push-code"),
                pending(Life.begun().with(Life.card(CARL))));
        assertEquals(List.of("carl push-code"), pending(Life.joined()));
        assertEquals(List.of("olga sign-agreement"), pending(Life.coded()));
        assertEquals(List.of("request-enclave"), pending(Life.agreed()));
        assertEquals(List.of("start-enclave"), pending(Life.queued()));
        assertEquals(List.of("start-enclave"), pending(Life.starting()));
        assertEquals(
                List.of("carl approve", "dana approve", "dave approve", "rita approve"),
                pending(Life.granting()));
        assertEquals(
                List.of("rita approve"),
                pending(
                        Life.granting()
                                .with(
                                        Life.grant(1, CARL),
                                        Life.grant(1, DANA),
                                        Life.grant(1, DAVE))));
        assertEquals(List.of("run"), pending(Life.granted()));
        assertEquals(List.of("run"), pending(Life.running()));
        assertEquals(
                List.of(
                        "rita fetch-result",
                        "dana fetch-result",
                        "dana submit-inputs",
                        "dave submit-inputs"),
                pending(Life.ran()));
        Life fetched =
                Life.ran()
                        .with(
                                new Event.OutputFetched(RITA, 1, 1),
                                new Event.OutputFetched(DANA, 1, 1));
        assertEquals(List.of("dana submit-inputs", "dave submit-inputs"), pending(fetched));
        fetched.with(
                new Event.InputsReceived(1, DANA, 2, OTHER),
                new Event.InputsReceived(1, DAVE, 2, OTHER));
        assertEquals(List.of("run"), pending(fetched));
        assertEquals(List.of("rita fetch-result", "dana fetch-result"), pending(Life.completed()));
        assertEquals(List.of("rita fetch-result", "dana fetch-result"), pending(Life.left()));
        assertEquals(List.of(), pending(Life.archived()));
        assertEquals("sign-agreement", Action.SIGN_AGREEMENT.toString());
    }

    @Test
    void asksNobodyForInputsWhenAllRunsAreDone() {
        Life life = Life.ran();
        for (long run = 2; run <= 3; run++) {
            life.with(
                    new Event.InputsReceived(1, DANA, run, OTHER),
                    new Event.InputsReceived(1, DAVE, run, OTHER),
                    new Event.RunStarted(1, run),
                    Life.ended(run));
        }
        assertEquals(
                List.of("rita fetch-result", "dana fetch-result", "end-enclave"), pending(life));
        assertEquals("run.number", refused(life, new Event.RunStarted(1, 4)));
        assertEquals("inputs.run", refused(life, new Event.InputsReceived(1, DANA, 4, OTHER)));
    }

    @Test
    void remindsOfTheLatestResultThereIs() {
        Life life = Life.ran().with(new Event.RunStarted(1, 2));
        assertEquals(List.of("rita fetch-result", "dana fetch-result", "run"), pending(life));
        life.with(new Event.RunEnded(1, 2, Outcome.EXCEPTION, OTHER));
        assertTrue(pending(life).contains("rita fetch-result"));
    }

    @Nested
    final class Creating {
        @Test
        void refusesAProposalThatIsNotOne() {
            assertEquals("malformed", refusal(Samples.signedCard(DANA)));
            Envelope good = Samples.signedProposal();
            assertEquals(
                    "not-authentic",
                    refusal(TestKey.of("x").sign(Proposal.TYPE, Samples.proposal())));
            assertEquals(
                    "not-authentic",
                    refusal(
                            new Envelope(
                                    good.payloadType(),
                                    good.payload(),
                                    good.keyId(),
                                    Samples.signedCard(DANA).signature())));
        }

        private static String refusal(Envelope proposal) {
            return assertInstanceOf(
                            Transition.Refused.class,
                            Computation.create(new Event.Created(proposal)))
                    .code();
        }

        @Test
        void refusesASecondProposalUnderTheSameId() {
            unchanged(Life.begun(), new Event.Created(Samples.signedProposal()));
            assertEquals(
                    "computation.exists",
                    refused(Life.begun(), new Event.Created(Samples.signedCard(DANA))));
        }
    }

    @Nested
    final class Joining {
        @Test
        void refusesCardsThatDoNotFit() {
            Card good = Samples.card(DANA);
            TestKey key = Samples.key(DANA);
            Life begun = Life.begun();
            assertEquals("malformed", refused(begun, registered(Samples.signedCode())));
            assertEquals(
                    "not-authentic",
                    refused(begun, registered(TestKey.of("x").sign(Card.TYPE, good))));
            assertEquals(
                    "agreement.card-proposal",
                    refused(begun, registered(key.sign(Card.TYPE, Samples.card(DANA, OTHER)))));
            assertEquals(
                    "card.stranger",
                    refused(
                            begun,
                            registered(
                                    key.sign(
                                            Card.TYPE,
                                            new Card(
                                                    good.computation(),
                                                    good.proposal(),
                                                    STRANGER,
                                                    good.roles(),
                                                    good.signingKey(),
                                                    good.recipient(),
                                                    good.issuedAt())))));
            assertEquals(
                    "agreement.card-roles",
                    refused(
                            begun,
                            registered(
                                    key.sign(
                                            Card.TYPE,
                                            new Card(
                                                    good.computation(),
                                                    good.proposal(),
                                                    DAVE,
                                                    good.roles(),
                                                    good.signingKey(),
                                                    good.recipient(),
                                                    good.issuedAt())))));
        }

        private static Event registered(Envelope card) {
            return new Event.CardRegistered(card, Life.tag(DANA));
        }

        @Test
        void keepsTheFirstCard() {
            Life life = Life.begun().with(Life.card(DANA));
            unchanged(life, Life.card(DANA));
            assertEquals("card.exists", refused(life, registered(Life.otherCard(DANA))));
            assertEquals(
                    "card.exists",
                    refused(
                            life,
                            new Event.CardRegistered(Samples.signedCard(DANA), Life.tag(RITA))));
        }

        /// Otherwise the agreement would be refused later, when the card can't be replaced any
        /// more.
        @Test
        void refusesACardWithAKeyOfAnotherAtOnce() {
            Life life = Life.begun().with(Life.card(CARL));
            Card good = Samples.card(DANA);
            for (Email other : List.of(CARL, OLGA)) {
                TestKey theirs = Samples.key(other);
                var card =
                        new Card(
                                good.computation(),
                                good.proposal(),
                                DANA,
                                good.roles(),
                                theirs.publicKey(),
                                good.recipient(),
                                good.issuedAt());
                assertEquals(
                        "card.key-twice", refused(life, registered(theirs.sign(Card.TYPE, card))));
            }
            var card =
                    new Card(
                            good.computation(),
                            good.proposal(),
                            DANA,
                            good.roles(),
                            good.signingKey(),
                            Samples.card(CARL).recipient(),
                            good.issuedAt());
            assertEquals(
                    "card.recipient-twice",
                    refused(life, registered(Samples.key(DANA).sign(Card.TYPE, card))));
        }
    }

    @Nested
    final class Code {
        @Test
        void comesFromTheCodeProvidersCard() {
            assertEquals("wrong-state", refused(Life.begun(), Life.code()));
            Life life = Life.begun().with(Life.card(CARL));
            assertEquals(
                    "not-authentic",
                    refused(
                            life,
                            new Event.CodeStated(
                                    Samples.key(DANA).sign(CodeStatement.TYPE, Samples.code()))));
            accepted(life, Life.code());
        }

        @Test
        void isReplacedByResetOnly() {
            Life life = Life.coded();
            unchanged(life, Life.code());
            CodeStatement good = Samples.code();
            var other =
                    new CodeStatement(
                            good.computation(),
                            good.proposal(),
                            good.signer(),
                            OTHER,
                            good.bundleBytes(),
                            good.entrypoint(),
                            good.requirements(),
                            good.lock(),
                            good.issuedAt());
            Event next = new Event.CodeStated(Samples.key(CARL).sign(CodeStatement.TYPE, other));
            assertEquals("wrong-state", refused(life, next));
            life.with(new Event.CodeReset(), next);
            assertEquals("agreement.code", refused(life, Life.agreement()));
        }

        @Test
        void aResetEndsAgreementAndEnclave() {
            assertEquals("gathering", accepted(Life.agreed(), new Event.CodeReset()).next().word());
            Transition.Accepted reset = accepted(Life.granting(), new Event.CodeReset());
            assertEquals("gathering", reset.next().word());
            assertEquals(List.of(new StopEnclave(1, StopReason.CODE_RESET)), reset.effects());
            assertEquals(
                    EnclaveRecord.Stage.STOPPED,
                    reset.next().dossier().enclaves().getFirst().stage());
            unchanged(Life.joined(), new Event.CodeReset());
            assertEquals("wrong-state", refused(Life.running(), new Event.CodeReset()));
        }
    }

    @Nested
    final class Agreeing {
        private static Event signed(Agreement agreement) {
            return new Event.AgreementSigned(Samples.key(OLGA).sign(Agreement.TYPE, agreement));
        }

        @Test
        void ordersAnEnclave() {
            assertEquals(
                    List.of(new OrderEnclave()),
                    accepted(Life.coded(), Life.agreement()).effects());
        }

        @Test
        void refusesOneThatIsNotAboutWhatIsRegistered() {
            assertEquals(
                    "agreement.cards",
                    refused(
                            Life.begun()
                                    .with(
                                            Life.card(CARL),
                                            Life.card(DANA),
                                            Life.card(DAVE),
                                            Life.code()),
                            Life.agreement()));
            assertEquals("agreement.code", refused(Life.joined(), Life.agreement()));
            Agreement good = Samples.agreement();
            List<Envelope> cards = new ArrayList<>(good.cards());
            cards.set(1, Life.otherCard(DANA));
            assertEquals(
                    "agreement.cards",
                    refused(
                            Life.coded(),
                            signed(
                                    new Agreement(
                                            good.computation(),
                                            good.proposal(),
                                            cards,
                                            good.code(),
                                            good.issuedAt()))));
            assertEquals(
                    "malformed",
                    refused(Life.coded(), new Event.AgreementSigned(Samples.signedCard(DANA))));
            assertEquals(
                    "not-authentic",
                    refused(
                            Life.coded(),
                            new Event.AgreementSigned(
                                    Samples.key(DANA).sign(Agreement.TYPE, good))));
        }

        @Test
        void refusesTheAgreementOfAnotherComputation() {
            TestKey mallory = TestKey.of("mallory");
            Proposal good = Samples.proposal();
            var theirs =
                    new Proposal(
                            good.computation(),
                            good.title(),
                            good.owner(),
                            mallory.publicKey(),
                            good.roster(),
                            good.runtime(),
                            good.measurements(),
                            good.terms(),
                            good.issuedAt());
            Envelope proposal = mallory.sign(Proposal.TYPE, theirs);
            List<Envelope> cards = new ArrayList<>();
            for (Email person : good.roster().people()) {
                cards.add(
                        Samples.key(person)
                                .sign(Card.TYPE, Samples.card(person, proposal.digest())));
            }
            CodeStatement code = Samples.code();
            Envelope statement =
                    Samples.key(CARL)
                            .sign(
                                    CodeStatement.TYPE,
                                    new CodeStatement(
                                            code.computation(),
                                            proposal.digest(),
                                            CARL,
                                            code.bundle(),
                                            1,
                                            code.entrypoint(),
                                            Optional.empty(),
                                            Optional.empty(),
                                            code.issuedAt()));
            Envelope agreement =
                    mallory.sign(
                            Agreement.TYPE,
                            new Agreement(
                                    good.computation(),
                                    proposal,
                                    cards,
                                    statement,
                                    good.issuedAt()));
            assertEquals(
                    "agreement.proposal",
                    refused(Life.coded(), new Event.AgreementSigned(agreement)));
        }

        @Test
        void keepsTheFirst() {
            unchanged(Life.granting(), Life.agreement());
            Agreement good = Samples.agreement();
            assertEquals(
                    "wrong-state",
                    refused(
                            Life.agreed(),
                            signed(
                                    new Agreement(
                                            good.computation(),
                                            good.proposal(),
                                            good.cards(),
                                            good.code(),
                                            Samples.NOW))));
        }
    }

    @Nested
    final class Enclaves {
        @Test
        void areNumberedInOrder() {
            assertEquals("enclave.number", refused(Life.agreed(), new Event.EnclaveQueued(2)));
            Life life = Life.granting().with(new Event.EnclaveStopped(1, StopReason.LOST, "gone"));
            assertEquals("agreed", life.state().word());
            assertEquals("enclave.number", refused(life, new Event.EnclaveQueued(1)));
            accepted(life, new Event.EnclaveQueued(2));
        }

        @Test
        void whatIsSaidTwiceIsSaidOnce() {
            unchanged(Life.queued(), new Event.EnclaveQueued(1));
            unchanged(Life.starting(), new Event.EnclaveStarted(1));
            unchanged(Life.granting(), new Event.IdentityPublished(1, Samples.identity().digest()));
            assertEquals(
                    "wrong-state", refused(Life.granting(), new Event.IdentityPublished(1, OTHER)));
            unchanged(Life.running(), new Event.RunStarted(1, 1));
            unchanged(Life.ran(), Life.ended(1));
            unchanged(Life.completed(), Life.ended(1));
            assertEquals(
                    "wrong-state",
                    refused(Life.ran(), new Event.RunEnded(1, 1, Outcome.SUCCESS, OTHER)));
            assertEquals(
                    "wrong-state",
                    refused(
                            Life.ran(),
                            new Event.RunEnded(
                                    1, 1, Outcome.STOPPED, Samples.digest("receipt 1"))));
            unchanged(Life.completed(), new Event.EnclaveStopped(1, StopReason.EXHAUSTED, ""));
        }

        @Test
        void onesOfAnotherNumberAreNotHeard() {
            for (Event event :
                    List.of(
                            new Event.EnclaveStarted(2),
                            new Event.IdentityPublished(2, OTHER),
                            Life.grant(2, DANA),
                            new Event.RunStarted(2, 1),
                            new Event.RunEnded(2, 1, Outcome.SUCCESS, OTHER),
                            new Event.Refused(2, Optional.empty(), "x", "y"))) {
                for (Life life :
                        List.of(Life.queued(), Life.starting(), Life.granted(), Life.running())) {
                    assertEquals(
                            "wrong-state",
                            refused(life, event),
                            event + " in " + life.state().word());
                }
            }
            assertEquals(
                    "enclave.number",
                    refused(Life.ran(), new Event.InputsReceived(2, DANA, 2, OTHER)));
            unchanged(Life.running(), new Event.EnclaveStopped(2, StopReason.LOST, ""));
        }

        @Test
        void canBeAskedForByWhoTakesPart() {
            for (Email person : List.of(OLGA, CARL, DANA, DAVE, RITA)) {
                assertEquals(
                        List.of(new OrderEnclave()),
                        accepted(Life.agreed(), new Event.EnclaveRequested(person)).effects());
            }
            assertEquals(
                    "not-a-participant",
                    refused(Life.agreed(), new Event.EnclaveRequested(STRANGER)));
            Transition.Accepted again =
                    accepted(Life.completed(), new Event.EnclaveRequested(DANA));
            assertEquals("agreed", again.next().word());
            unchanged(Life.running(), new Event.EnclaveRequested(DANA));
        }

        @Test
        void anEnclaveThatDiesTakesItsRunAlong() {
            Computation lost =
                    accepted(Life.running(), new Event.EnclaveStopped(1, StopReason.LOST, "killed"))
                            .next();
            assertEquals("agreed", lost.word());
            assertEquals(new RunRecord.Lost(), lost.dossier().run(1, 1).orElseThrow().status());
            Computation expired =
                    accepted(
                                    Life.running(),
                                    new Event.EnclaveStopped(1, StopReason.EXPIRED, "late"))
                            .next();
            assertEquals(
                    Computation.End.EXPIRED,
                    assertInstanceOf(Computation.Ended.class, expired).end());
        }

        /// Whoever granted for a short time does not end the computation with it.
        @Test
        void aGrantThatExpiresEndsItsEnclaveOnly() {
            Life life = Life.ran().with(new Event.EnclaveStopped(1, StopReason.GRANT_EXPIRED, ""));
            assertEquals("agreed", life.state().word());
            assertTrue(pending(life).contains("request-enclave"));
        }

        @Test
        void aNewEnclaveStartsItsRunsAndGrantsAfresh() {
            Life life =
                    Life.ran()
                            .with(
                                    new Event.EnclaveStopped(1, StopReason.LOST, ""),
                                    new Event.EnclaveQueued(2),
                                    new Event.EnclaveStarted(2),
                                    new Event.IdentityPublished(2, OTHER));
            assertTrue(pending(life).contains("dana approve"));
            assertEquals("run.number", refused(life, new Event.RunStarted(2, 2)));
            accepted(life, new Event.RunStarted(2, 1));
        }
    }

    @Nested
    final class Grants {
        @Test
        void theFirstOfEachSignerWins() {
            Life life = Life.granting().with(Life.grant(1, DANA));
            unchanged(life, Life.grant(1, DANA));
            assertEquals("grant.exists", refused(life, new Event.GrantReceived(1, DANA, OTHER)));
            assertEquals(
                    "not-a-participant", refused(life, new Event.GrantReceived(1, OLGA, OTHER)));
        }

        @Test
        void oneThatTheEnclaveRefusedCanBeSentMended() {
            Life life =
                    Life.granted()
                            .with(
                                    new Event.Refused(
                                            1,
                                            Optional.of(DANA),
                                            Optional.of(Life.sealed(DANA)),
                                            "grant.key",
                                            "no key"));
            assertEquals(List.of("dana approve"), pending(life));
            life.with(new Event.GrantReceived(1, DANA, OTHER));
            assertEquals(List.of("run"), pending(life));
        }

        @Test
        void aRefusalWithoutDigestFreesTheSignersGrantToo() {
            Life life =
                    Life.granted()
                            .with(new Event.Refused(1, Optional.of(DANA), "grant.key", "no key"));
            assertEquals(List.of("dana approve"), pending(life));
        }

        /// The refusal of an earlier grant, said again after its mended one came.
        @Test
        void aLateRefusalDoesNotFreeTheMendedOne() {
            var refusal =
                    new Event.Refused(
                            1,
                            Optional.of(DANA),
                            Optional.of(Life.sealed(DANA)),
                            "grant.key",
                            "no key");
            Life life = Life.granted().with(refusal, new Event.GrantReceived(1, DANA, OTHER));
            unchanged(life, refusal);
            assertEquals(List.of("run"), pending(life));
        }

        @Test
        void aRefusalOfASecondGrantLeavesTheFirst() {
            Life life =
                    Life.granted()
                            .with(
                                    new Event.Refused(
                                            1,
                                            Optional.of(DANA),
                                            Optional.of(Life.sealed(DANA)),
                                            "second-grant",
                                            "holds another"));
            assertEquals(List.of("run"), pending(life));
        }

        @Test
        void aRefusalFreesNobodyElses() {
            Life life =
                    Life.granted()
                            .with(
                                    new Event.Refused(
                                            1,
                                            Optional.of(DANA),
                                            Optional.of(Life.sealed(DAVE)),
                                            "grant.key",
                                            "?"),
                                    new Event.Refused(1, Optional.empty(), "grant.key", "?"));
            assertEquals(List.of("run"), pending(life));
        }

        @Test
        void refusalsAreKeptUpToAHundred() {
            Life life = Life.granting();
            for (int i = 0; i < 130; i++) {
                life.with(new Event.Refused(1, Optional.empty(), "code." + i, "why"));
            }
            List<Event.Refused> kept =
                    life.state().dossier().lastEnclave().orElseThrow().refusals();
            assertEquals(100, kept.size());
            assertEquals("code.129", kept.getLast().code());
        }
    }

    @Nested
    final class Inputs {
        private static Event inputs(Email person, long run, Sha256 sealed) {
            return new Event.InputsReceived(1, person, run, sealed);
        }

        @Test
        void comeFromDataProvidersForRunsToCome() {
            Life life = Life.ran();
            assertEquals("not-a-data-provider", refused(life, inputs(RITA, 2, OTHER)));
            assertEquals("inputs.run", refused(life, inputs(DANA, 1, OTHER)));
            assertEquals("inputs.run", refused(life, inputs(DANA, 4, OTHER)));
            accepted(life, inputs(DANA, 3, OTHER));
            accepted(life, inputs(DANA, 2, OTHER));
            assertEquals("wrong-state", refused(Life.completed(), inputs(DANA, 2, OTHER)));
            life.with(inputs(DANA, 2, OTHER), new Event.RunStarted(1, 2));
            assertEquals("inputs.run", refused(life, inputs(DAVE, 2, OTHER)));
            accepted(life, inputs(DAVE, 3, OTHER));
        }

        @Test
        void areForTheNextEightRuns() {
            Life life = OtherTerms.running(OtherTerms.withChangingData(30));
            assertEquals("inputs.run", refused(life, inputs(DANA, 10, OTHER)));
            accepted(life, inputs(DANA, 9, OTHER));
            life.with(Life.ended(1));
            assertEquals("inputs.run", refused(life, inputs(DANA, 10, OTHER)));
            life.with(new Event.RunStarted(1, 2));
            accepted(life, inputs(DANA, 10, OTHER));
        }

        @Test
        void theFirstForEachRunWins() {
            Life life = Life.ran().with(inputs(DANA, 2, OTHER));
            unchanged(life, inputs(DANA, 2, OTHER));
            assertEquals("inputs.exist", refused(life, inputs(DANA, 2, Samples.digest("more"))));
        }

        @Test
        void areClosedUnlessTheTermsSayOtherwise() {
            Life life = OtherTerms.running(Terms.defaults(Samples.NOW));
            assertEquals("inputs.closed", refused(life, inputs(DANA, 2, OTHER)));
            life.with(Life.ended(1));
            assertTrue(pending(life).contains("end-enclave"));
        }

        @Test
        void onesThatTheEnclaveRefusedCanBeSentMended() {
            Life life = Life.ran().with(inputs(DANA, 2, OTHER), inputs(DAVE, 2, OTHER));
            assertTrue(pending(life).contains("run"));
            life.with(
                    new Event.Refused(
                            1,
                            Optional.of(DANA),
                            Optional.of(OTHER),
                            "inputs.signature",
                            "not signed"));
            assertTrue(pending(life).contains("dana submit-inputs"));
            accepted(life, inputs(DANA, 2, Samples.digest("mended")));
            unchanged(life, inputs(DAVE, 2, OTHER));
        }

        @Test
        void otherRefusalsFreeNone() {
            Life life = Life.ran().with(inputs(DANA, 2, OTHER), inputs(DAVE, 2, OTHER));
            life.with(
                    new Event.Refused(
                            1,
                            Optional.of(DANA),
                            Optional.of(OTHER),
                            "inputs.exist",
                            "holds others"),
                    new Event.Refused(
                            1, Optional.of(DANA), "inputs.digest", "other bytes are stored"),
                    new Event.Refused(
                            1,
                            Optional.of(DANA),
                            Optional.of(Samples.digest("x")),
                            "inputs.signature",
                            "?"),
                    new Event.Refused(
                            1, Optional.of(RITA), Optional.of(OTHER), "inputs.signature", "?"));
            assertTrue(pending(life).contains("run"));
        }
    }

    @Nested
    final class Runs {
        @Test
        void comeInOrder() {
            assertEquals("run.number", refused(Life.granted(), new Event.RunStarted(1, 2)));
            assertEquals("run.number", refused(Life.ran(), new Event.RunStarted(1, 1)));
            accepted(Life.ran(), new Event.RunStarted(1, 2));
            assertEquals("wrong-state", refused(Life.running(), new Event.RunStarted(1, 2)));
            assertEquals("wrong-state", refused(Life.starting(), new Event.RunStarted(1, 1)));
        }

        @Test
        void areFetchedByWhoTakesPart() {
            assertEquals(
                    "not-a-participant",
                    refused(Life.ran(), new Event.OutputFetched(STRANGER, 1, 1)));
            assertEquals("run.unknown", refused(Life.ran(), new Event.OutputFetched(RITA, 1, 2)));
            Life life = Life.completed().with(new Event.OutputFetched(RITA, 1, 1));
            unchanged(life, new Event.OutputFetched(RITA, 1, 1));
            accepted(Life.archived(), new Event.OutputFetched(RITA, 1, 1));
            for (Life each :
                    List.of(
                            Life.ran(),
                            Life.left(),
                            Life.ran().with(new Event.RunStarted(1, 2)),
                            Life.ran().with(new Event.CodeReset()),
                            Life.ran().with(new Event.EnclaveStopped(1, StopReason.LOST, "")),
                            Life.ran()
                                    .with(
                                            new Event.EnclaveStopped(1, StopReason.LOST, ""),
                                            new Event.EnclaveQueued(2)))) {
                assertEquals(
                        each.state().word(),
                        accepted(each, new Event.OutputFetched(RITA, 1, 1)).next().word());
            }
        }
    }

    @Nested
    final class Leaving {
        @Test
        void endsTheComputationAndDeletesBlobs() {
            Transition.Accepted left =
                    accepted(Life.running(), new Event.Withdrawn(DANA, "no more"));
            var ended = assertInstanceOf(Computation.Ended.class, left.next());
            assertEquals(Computation.End.WITHDRAWN, ended.end());
            assertEquals("dana@data.example: no more", ended.detail());
            assertEquals(
                    List.of(new DeleteBlobs(DANA), new StopEnclave(1, StopReason.WITHDRAWN)),
                    left.effects());
            assertEquals(new RunRecord.Lost(), ended.dossier().run(1, 1).orElseThrow().status());
            assertEquals(
                    Computation.End.DECLINED,
                    assertInstanceOf(
                                    Computation.Ended.class,
                                    accepted(Life.begun(), new Event.Declined(DANA, "")).next())
                            .end());
            assertEquals(
                    "not-a-participant", refused(Life.begun(), new Event.Declined(STRANGER, "")));
        }

        @Test
        void everyoneElsesBlobsCanStillBeDeleted() {
            for (Life life : List.of(Life.left(), Life.archived())) {
                Transition.Accepted second = accepted(life, new Event.Withdrawn(RITA, "me too"));
                assertEquals(List.of(new DeleteBlobs(RITA)), second.effects());
                var before = assertInstanceOf(Computation.Ended.class, life.state());
                var after = assertInstanceOf(Computation.Ended.class, second.next());
                assertEquals(before.end(), after.end());
                assertEquals(before.detail(), after.detail());
                unchanged(
                        life.with(new Event.Withdrawn(RITA, "me too")),
                        new Event.Withdrawn(RITA, "again"));
            }
        }

        @Test
        void archivingKeepsTheReasonOfTheEnd() {
            var ended =
                    assertInstanceOf(
                            Computation.Ended.class,
                            accepted(Life.left(), new Event.Archived()).next());
            assertEquals(Computation.End.WITHDRAWN, ended.end());
            assertEquals(List.of(), pending(ended));
            unchanged(Life.archived(), new Event.Archived());
            Transition.Accepted archived = accepted(Life.granting(), new Event.Archived());
            assertEquals(List.of(new StopEnclave(1, StopReason.ARCHIVED)), archived.effects());
        }
    }

    @Nested
    final class Events {
        @Test
        void areReadAsTheyWereWritten() throws MalformedException {
            List<Event> all = new ArrayList<>(Life.archived().log());
            all.addAll(
                    List.of(
                            new Event.Declined(DANA, "why"),
                            new Event.Withdrawn(DANA, "why"),
                            new Event.CodeReset(),
                            new Event.EnclaveRequested(DANA),
                            new Event.InputsReceived(1, DANA, 2, OTHER),
                            new Event.Refused(1, Optional.empty(), "a.b-c", "why"),
                            new Event.Refused(1, Optional.of(DANA), Optional.of(OTHER), "a", ""),
                            new Event.OutputFetched(RITA, 1, 1)));
            for (StopReason reason : StopReason.values()) {
                all.add(new Event.EnclaveStopped(1, reason, ""));
            }
            for (Event event : all) {
                assertEquals(event, Event.read(event.type(), event.data()));
            }
            assertEquals(19, all.stream().map(Event::type).distinct().count());
        }

        @Test
        void ofUnknownKindAreRefused() {
            assertEquals(
                    "event.type",
                    assertThrows(
                                    MalformedException.class,
                                    () -> Event.read("exploded", Json.object().build()))
                            .path());
        }

        @Test
        void wordsOfOthersAreCutSoThatTheyCanBeReadAgain() throws MalformedException {
            String text = "x".repeat(499) + "😂😂";
            for (Event event :
                    List.of(
                            new Event.Declined(DANA, text),
                            new Event.Withdrawn(DANA, text),
                            new Event.Refused(1, Optional.empty(), "c", text),
                            new Event.EnclaveStopped(1, StopReason.LOST, text))) {
                assertEquals(event, Event.read(event.type(), event.data()));
            }
            assertEquals("x".repeat(499), new Event.Declined(DANA, text).reason());
            assertEquals("x".repeat(500), new Event.Declined(DANA, "x".repeat(501)).reason());
            assertThrows(
                    IllegalArgumentException.class,
                    () -> new Event.Refused(1, Optional.empty(), "", "x"));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> new Event.Refused(1, Optional.empty(), "a b", "x"));
        }

        @Test
        void aTagHasThirtyTwoBytes() {
            assertThrows(MalformedException.class, () -> Tag.parse("00", "it"));
            assertThrows(MalformedException.class, () -> Tag.parse("G".repeat(64), "it"));
            assertThrows(IllegalArgumentException.class, () -> new Tag(Samples.bytes("x", 31)));
        }
    }
}
