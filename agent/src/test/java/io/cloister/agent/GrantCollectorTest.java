package io.cloister.agent;

import static io.cloister.agent.TestComputation.ANNA;
import static io.cloister.agent.TestComputation.BEN;
import static io.cloister.agent.TestComputation.CARL;
import static io.cloister.agent.TestComputation.CODE;
import static io.cloister.agent.TestComputation.DORA;
import static io.cloister.agent.TestComputation.NOW;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.crypto.EnvelopeSigner;
import io.cloister.crypto.grant.Grant;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.Email;
import io.cloister.protocol.Labels;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.InputList;
import io.cloister.protocol.document.Receipt;
import io.cloister.protocol.document.Terms;
import io.cloister.protocol.dsse.Envelope;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

class GrantCollectorTest {
    private static final Sha256 ENCLAVE = Sha256.of(Bytes.utf8("this enclave"));
    private static final Sha256 OTHER = Sha256.of(Bytes.utf8("another"));

    private final TestComputation computation = new TestComputation();
    private final TestTime time = new TestTime(NOW);
    private final EnclaveClock clock = time.enclaveClock();
    private final GrantCollector collector = collector(computation);

    private GrantCollector collector(TestComputation of) {
        return new GrantCollector(of.agreement(), ENCLAVE, clock);
    }

    private static Terms several(Terms terms, long runs) {
        return terms.toBuilder().runs(runs).dataMayChange(true).build();
    }

    private static void assertAccepted(Verdict verdict) {
        assertInstanceOf(Verdict.Accepted.class, verdict, verdict.toString());
    }

    private static void assertRefused(RefusalCode code, Verdict verdict) {
        assertEquals(code, verdict instanceof Verdict.Refused refused ? refused.code() : verdict);
    }

    private void grantAll(GrantCollector to, TestComputation of) {
        for (Email person : of.roster.people()) {
            assertAccepted(to.grant(of.signed(of.grant(person, ENCLAVE))));
        }
    }

    @Test
    void startsOnceEveryoneHasGranted() {
        for (Email person : computation.roster.people()) {
            assertTrue(collector.ready().isEmpty());
            assertAccepted(collector.grant(computation.signed(computation.grant(person, ENCLAVE))));
        }
        RunPlan plan = collector.ready().orElseThrow();
        assertEquals(1, plan.run());
        assertEquals(
                computation.roster.people(),
                plan.grants().stream().map(Receipt.SignedBy::signer).toList());
        assertEquals(
                computation.roster.dataProviders(),
                plan.inputLists().stream().map(Receipt.SignedBy::signer).toList());
        assertTrue(collector.start(plan));
        assertEquals(AgentStop.Reason.EXHAUSTED, collector.over().orElseThrow().reason());
    }

    @Test
    void startsNoRunTwice() {
        grantAll(collector, computation);
        RunPlan plan = collector.ready().orElseThrow();
        assertTrue(collector.start(plan));
        assertFalse(collector.start(plan));
        assertTrue(collector.ready().isEmpty());
    }

    @Nested
    class Grants {
        private final Grant good = computation.grant(ANNA, ENCLAVE);

        private void refuses(RefusalCode code, Grant grant) {
            assertRefused(code, collector.grant(computation.signed(grant)));
            assertAccepted(collector.grant(computation.signed(good)));
        }

        private Grant with(
                Sha256 agreement, Sha256 enclave, long runs, Instant notAfter, Instant issuedAt) {
            return new Grant(
                    agreement,
                    enclave,
                    ANNA,
                    runs,
                    notAfter,
                    good.decryptionKey(),
                    good.inputs(),
                    issuedAt);
        }

        private Grant withInputs(Envelope inputs) {
            return new Grant(
                    good.agreement(),
                    ENCLAVE,
                    ANNA,
                    1,
                    good.notAfter(),
                    good.decryptionKey(),
                    Optional.of(inputs),
                    NOW);
        }

        @Test
        void refusesAnotherKindOfDocument() {
            assertRefused(
                    RefusalCode.GRANT_MALFORMED, collector.grant(good.inputs().orElseThrow()));
        }

        @Test
        void refusesAnotherForm() {
            byte[] blank =
                    (" "
                                    + new String(
                                            computation.signed(good).payload().toArray(),
                                            StandardCharsets.UTF_8))
                            .getBytes(StandardCharsets.UTF_8);
            assertRefused(
                    RefusalCode.GRANT_MALFORMED,
                    collector.grant(
                            EnvelopeSigner.sign(
                                    computation.signing(ANNA), Labels.GRANT, Bytes.copyOf(blank))));
        }

        @Test
        void refusesStranger() {
            var stranger =
                    new Grant(
                            good.agreement(),
                            ENCLAVE,
                            TestComputation.OWNER,
                            1,
                            good.notAfter(),
                            Optional.empty(),
                            Optional.empty(),
                            NOW);
            assertRefused(
                    RefusalCode.GRANT_SIGNER,
                    collector.grant(
                            EnvelopeSigner.sign(computation.ownerKey, Grant.TYPE, stranger)));
        }

        @Test
        void refusesAnotherParticipantsSignature() {
            assertRefused(
                    RefusalCode.GRANT_SIGNATURE,
                    collector.grant(
                            EnvelopeSigner.sign(computation.signing(BEN), Grant.TYPE, good)));
            assertAccepted(collector.grant(computation.signed(good)));
        }

        @Test
        void refusesChangedPayload() {
            Envelope signed = computation.signed(good);
            Envelope other =
                    computation.signed(
                            with(
                                    good.agreement(),
                                    ENCLAVE,
                                    1,
                                    good.notAfter().minusSeconds(1),
                                    NOW));
            assertRefused(
                    RefusalCode.GRANT_SIGNATURE,
                    collector.grant(
                            new Envelope(
                                    Labels.GRANT,
                                    other.payload(),
                                    signed.keyId(),
                                    signed.signature())));
        }

        @Test
        void refusesAnotherAgreement() {
            refuses(RefusalCode.GRANT_AGREEMENT, with(OTHER, ENCLAVE, 1, good.notAfter(), NOW));
        }

        @Test
        void refusesAnotherEnclave() {
            refuses(
                    RefusalCode.GRANT_IDENTITY,
                    with(good.agreement(), OTHER, 1, good.notAfter(), NOW));
        }

        @Test
        void refusesMoreRuns() {
            refuses(
                    RefusalCode.GRANT_TERMS,
                    with(good.agreement(), ENCLAVE, 2, good.notAfter(), NOW));
        }

        @Test
        void refusesLaterExpiry() {
            refuses(
                    RefusalCode.GRANT_TERMS,
                    with(good.agreement(), ENCLAVE, 1, good.notAfter().plusSeconds(1), NOW));
        }

        @Test
        void refusesExpired() {
            refuses(
                    RefusalCode.GRANT_EXPIRED,
                    with(good.agreement(), ENCLAVE, 1, NOW.minusSeconds(1), NOW.minusSeconds(9)));
        }

        @Test
        void refusesIssuedAfterItsExpiry() {
            refuses(
                    RefusalCode.GRANT_EXPIRED,
                    with(good.agreement(), ENCLAVE, 1, NOW.plusSeconds(60), NOW.plusSeconds(61)));
        }

        @Test
        void refusesMissingKey() {
            refuses(
                    RefusalCode.GRANT_KEY,
                    new Grant(
                            good.agreement(),
                            ENCLAVE,
                            ANNA,
                            1,
                            good.notAfter(),
                            Optional.empty(),
                            good.inputs(),
                            NOW));
        }

        @Test
        void refusesConsumersKey() {
            var grant =
                    new Grant(
                            good.agreement(),
                            ENCLAVE,
                            CARL,
                            1,
                            good.notAfter(),
                            Optional.of(computation.encrypting(CARL)),
                            Optional.empty(),
                            NOW);
            assertRefused(RefusalCode.GRANT_KEY, collector.grant(computation.signed(grant)));
        }

        @Test
        void refusesMissingInputs() {
            refuses(
                    RefusalCode.GRANT_INPUTS,
                    new Grant(
                            good.agreement(),
                            ENCLAVE,
                            ANNA,
                            1,
                            good.notAfter(),
                            good.decryptionKey(),
                            Optional.empty(),
                            NOW));
        }

        @Test
        void refusesCodeProvidersInputs() {
            Grant grant = computation.grant(CODE, ENCLAVE, good.inputs());
            assertRefused(RefusalCode.GRANT_INPUTS, collector.grant(computation.signed(grant)));
        }

        @Test
        void refusesAnotherProvidersInputs() {
            refuses(
                    RefusalCode.GRANT_INPUTS,
                    withInputs(computation.grant(BEN, ENCLAVE).inputs().orElseThrow()));
        }

        @Test
        void refusesInputsOfAnotherRunAgreementOrEnclave() {
            var file = computation.input(ANNA, "a", Bytes.utf8("a"));
            refuses(
                    RefusalCode.GRANT_INPUTS,
                    withInputs(computation.signed(computation.list(ANNA, ENCLAVE, 2, file))));
            var other = new TestComputation();
            InputList foreign = other.list(ANNA, ENCLAVE, 1, file);
            assertRefused(
                    RefusalCode.GRANT_INPUTS,
                    collector(computation)
                            .grant(computation.signed(withInputs(computation.signed(foreign)))));
            assertRefused(
                    RefusalCode.GRANT_INPUTS,
                    collector(computation)
                            .grant(
                                    computation.signed(
                                            withInputs(
                                                    computation.signed(
                                                            computation.list(
                                                                    ANNA, OTHER, 1, file))))));
        }

        @Test
        void refusesInputsSignedBySomebodyElse() {
            InputList list =
                    computation.list(
                            ANNA, ENCLAVE, 1, computation.input(ANNA, "a", Bytes.utf8("a")));
            refuses(
                    RefusalCode.GRANT_INPUTS,
                    withInputs(
                            EnvelopeSigner.sign(computation.signing(BEN), InputList.TYPE, list)));
        }

        @Test
        void acceptsTheSameAgain() {
            Envelope signed = computation.signed(good);
            assertAccepted(collector.grant(signed));
            assertAccepted(collector.grant(signed));
        }

        @Test
        void firstOneHolds() {
            assertAccepted(collector.grant(computation.signed(good)));
            Grant lower = with(good.agreement(), ENCLAVE, 1, good.notAfter().minusSeconds(1), NOW);
            assertRefused(RefusalCode.SECOND_GRANT, collector.grant(computation.signed(lower)));
            assertEquals(good.notAfter(), collector.notAfter());
        }

        @Test
        void refusalSaysNothingOfTheContent() {
            Verdict verdict =
                    collector.grant(
                            computation.signed(with(OTHER, ENCLAVE, 1, good.notAfter(), NOW)));
            assertFalse(verdict.toString().contains(OTHER.toString()));
        }
    }

    @Nested
    class Time {
        private Grant until(Email person, Instant notAfter, Instant issuedAt) {
            Grant all = computation.grant(person, ENCLAVE);
            return new Grant(
                    all.agreement(),
                    ENCLAVE,
                    person,
                    1,
                    notAfter,
                    all.decryptionKey(),
                    all.inputs(),
                    issuedAt);
        }

        @Test
        void earliestExpiryHolds() {
            grantAllBut(DORA);
            Instant soon = NOW.plusSeconds(60);
            assertAccepted(collector.grant(computation.signed(until(DORA, soon, NOW))));
            assertEquals(soon, collector.ready().orElseThrow().terms().notAfter());
            time.count(Duration.ofSeconds(61));
            assertTrue(collector.ready().isEmpty());
            assertEquals(AgentStop.Reason.EXPIRED, collector.over().orElseThrow().reason());
        }

        private void grantAllBut(Email last) {
            for (Email person : computation.roster.people()) {
                if (!person.equals(last)) {
                    assertAccepted(
                            collector.grant(
                                    computation.signed(computation.grant(person, ENCLAVE))));
                }
            }
        }

        @Test
        void hostThatSetsItsClockBackGainsNothing() {
            Instant soon = NOW.plusSeconds(60);
            assertAccepted(collector.grant(computation.signed(until(DORA, soon, NOW))));
            grantAllBut(DORA);
            assertTrue(collector.ready().isPresent());
            time.count(Duration.ofSeconds(61));
            time.set(NOW.minus(Duration.ofDays(30)));
            assertTrue(collector.ready().isEmpty());
        }

        @Test
        void timeIsNotBehindTheLatestGrant() {
            time.set(NOW.minus(Duration.ofDays(30)));
            var slow = new GrantCollector(computation.agreement(), ENCLAVE, time.enclaveClock());
            assertAccepted(
                    slow.grant(
                            computation.signed(
                                    until(CARL, NOW.minusSeconds(10), NOW.minusSeconds(20)))));
            assertAccepted(slow.grant(computation.signed(computation.grant(DORA, ENCLAVE))));
            assertEquals(AgentStop.Reason.EXPIRED, slow.over().orElseThrow().reason());
        }

        @Test
        void runThatWasReadyDoesNotStartAfterExpiry() {
            grantAllBut(DORA);
            assertAccepted(
                    collector.grant(computation.signed(until(DORA, NOW.plusSeconds(60), NOW))));
            RunPlan plan = collector.ready().orElseThrow();
            time.count(Duration.ofSeconds(61));
            assertFalse(collector.start(plan));
        }
    }

    @Nested
    class LaterInputs {
        private final TestComputation open =
                new TestComputation().terms(terms -> several(terms, 3));
        private final GrantCollector three = collector(open);

        private Envelope list(Email provider, long run) {
            return open.signed(
                    open.list(
                            provider,
                            ENCLAVE,
                            run,
                            open.input(provider, "x", Bytes.utf8("x" + run))));
        }

        @Test
        void startTheNextRun() {
            grantAll(three, open);
            assertTrue(three.start(three.ready().orElseThrow()));
            assertAccepted(three.inputs(list(ANNA, 2)));
            assertTrue(three.ready().isEmpty());
            assertAccepted(three.inputs(list(BEN, 2)));
            RunPlan plan = three.ready().orElseThrow();
            assertEquals(2, plan.run());
            assertTrue(three.start(plan));
            assertTrue(three.over().isEmpty());
        }

        @Test
        void lowestRunsHold() {
            Grant carl = open.grant(CARL, ENCLAVE);
            assertAccepted(
                    three.grant(
                            open.signed(
                                    new Grant(
                                            carl.agreement(),
                                            ENCLAVE,
                                            CARL,
                                            2,
                                            carl.notAfter(),
                                            Optional.empty(),
                                            Optional.empty(),
                                            NOW))));
            for (Email person : List.of(CODE, ANNA, BEN, DORA)) {
                assertAccepted(three.grant(open.signed(open.grant(person, ENCLAVE))));
            }
            assertEquals(2, three.ready().orElseThrow().terms().runs());
            assertAccepted(three.inputs(list(ANNA, 2)));
            assertRefused(RefusalCode.INPUTS_RUN, three.inputs(list(ANNA, 3)));
        }

        @ParameterizedTest
        @ValueSource(longs = {4, 1_000_000})
        void refusesRunsNobodyAgreed(long run) {
            grantAll(three, open);
            assertRefused(RefusalCode.INPUTS_RUN, three.inputs(list(ANNA, run)));
        }

        @Test
        void refusesRunsThatStarted() {
            grantAll(three, open);
            assertTrue(three.start(three.ready().orElseThrow()));
            Envelope again = list(ANNA, 2);
            assertAccepted(three.inputs(again));
            assertAccepted(three.inputs(list(BEN, 2)));
            assertTrue(three.start(three.ready().orElseThrow()));
            assertRefused(RefusalCode.INPUTS_EXIST, three.inputs(list(ANNA, 2)));
            assertAccepted(three.inputs(list(ANNA, 3)));
            assertAccepted(three.inputs(list(BEN, 3)));
            assertTrue(three.start(three.ready().orElseThrow()));
            assertRefused(RefusalCode.INPUTS_RUN, three.inputs(again));
        }

        @Test
        void refusesOtherInputsForTheSameRun() {
            grantAll(three, open);
            Envelope first = list(ANNA, 2);
            assertAccepted(three.inputs(first));
            assertAccepted(three.inputs(first));
            assertRefused(RefusalCode.INPUTS_EXIST, three.inputs(list(ANNA, 2)));
        }

        @Test
        void keepsListsForTheNextEightRunsOnly() {
            TestComputation many = new TestComputation().terms(terms -> several(terms, 1_000_000));
            GrantCollector taking = collector(many);
            grantAll(taking, many);
            for (long run = 2; run <= 8; run++) {
                assertAccepted(taking.inputs(list(many, ANNA, run)));
            }
            assertRefused(RefusalCode.INPUTS_RUN, taking.inputs(list(many, ANNA, 9)));
            assertTrue(taking.start(taking.ready().orElseThrow()));
            assertAccepted(taking.inputs(list(many, ANNA, 9)));
            assertRefused(RefusalCode.INPUTS_RUN, taking.inputs(list(many, ANNA, 10)));
        }

        private Envelope list(TestComputation of, Email provider, long run) {
            return of.signed(
                    of.list(provider, ENCLAVE, run, of.input(provider, "x", Bytes.utf8("x"))));
        }

        @Test
        void refusesTheFirstRunsInputsByThemselves() {
            grantAll(three, open);
            assertRefused(RefusalCode.INPUTS_EXIST, three.inputs(list(ANNA, 1)));
        }

        @Test
        void refusesThoseWhoHaveNotGrantedOrBringNoData() {
            assertRefused(RefusalCode.INPUTS_SIGNER, three.inputs(list(ANNA, 2)));
            grantAll(three, open);
            assertRefused(RefusalCode.INPUTS_SIGNER, three.inputs(list(CODE, 2)));
        }

        @Test
        void refusesWhereDataMayNotChange() {
            grantAll(collector, computation);
            Envelope list =
                    computation.signed(
                            computation.list(
                                    ANNA,
                                    ENCLAVE,
                                    2,
                                    computation.input(ANNA, "x", Bytes.utf8("x"))));
            assertRefused(RefusalCode.INPUTS_CLOSED, collector.inputs(list));
        }

        @Test
        void refusesAnotherAgreementEnclaveSignatureAndKind() {
            grantAll(three, open);
            var file = open.input(ANNA, "x", Bytes.utf8("x"));
            InputList foreign = computation.list(ANNA, ENCLAVE, 2, file);
            assertRefused(RefusalCode.INPUTS_AGREEMENT, three.inputs(open.signed(foreign)));
            assertRefused(
                    RefusalCode.INPUTS_IDENTITY,
                    three.inputs(open.signed(open.list(ANNA, OTHER, 2, file))));
            InputList mine = open.list(ANNA, ENCLAVE, 2, file);
            assertRefused(
                    RefusalCode.INPUTS_SIGNATURE,
                    three.inputs(EnvelopeSigner.sign(open.signing(BEN), InputList.TYPE, mine)));
            assertRefused(
                    RefusalCode.INPUTS_MALFORMED,
                    three.inputs(open.signed(open.grant(CARL, ENCLAVE))));
            assertAccepted(three.inputs(open.signed(mine)));
        }

        @Test
        void refusesMoreThanAReceiptNames() {
            grantAll(three, open);
            var file = open.input(ANNA, "x", Bytes.utf8("x"));
            InputList most =
                    new InputList(
                            open.agreement().digest(),
                            ENCLAVE,
                            ANNA,
                            2,
                            TestComputation.random(InputList.SALT_LENGTH),
                            Collections.nCopies(InputList.MAX_FILES, file),
                            NOW);
            assertAccepted(three.inputs(open.signed(most)));
            assertRefused(RefusalCode.INPUTS_TOO_MANY, three.inputs(list(BEN, 2)));
        }
    }

    /// Whatever comes in whatever order and however often: each run starts once, in order, not
    /// before everything for it is there, and never more runs than granted.
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void startsEachRunOnceWhateverTheOrder(long seed) {
        var open = new TestComputation().terms(terms -> several(terms, 3));
        GrantCollector collector = collector(open);
        var random = new Random(seed);
        List<Runnable> arrivals = new ArrayList<>();
        Set<String> arrived = new HashSet<>();
        for (Email person : open.roster.people()) {
            Envelope grant = open.signed(open.grant(person, ENCLAVE));
            Runnable arrival =
                    () -> {
                        collector.grant(grant);
                        arrived.add("grant " + person);
                    };
            arrivals.addAll(Collections.nCopies(3, arrival));
        }
        for (Email provider : open.roster.dataProviders()) {
            for (long run = 2; run <= 4; run++) {
                Envelope list =
                        open.signed(
                                open.list(
                                        provider,
                                        ENCLAVE,
                                        run,
                                        open.input(provider, "x", Bytes.utf8("x"))));
                String name = "inputs " + run + " " + provider;
                Runnable arrival =
                        () -> {
                            if (collector.inputs(list) instanceof Verdict.Accepted) {
                                arrived.add(name);
                            }
                        };
                arrivals.addAll(Collections.nCopies(4, arrival));
            }
        }
        Collections.shuffle(arrivals, random);
        long last = 0;
        for (Runnable arrival : arrivals) {
            arrival.run();
            while (random.nextBoolean() && collector.ready().isPresent()) {
                RunPlan plan = collector.ready().orElseThrow();
                assertEquals(last + 1, plan.run());
                for (Email person : open.roster.people()) {
                    assertTrue(arrived.contains("grant " + person));
                }
                for (Email provider : open.roster.dataProviders()) {
                    assertTrue(
                            plan.run() == 1
                                    || arrived.contains("inputs " + plan.run() + " " + provider));
                }
                assertTrue(collector.start(plan));
                assertFalse(collector.start(plan));
                last = plan.run();
            }
        }
        assertTrue(last <= 3);
    }
}
