package io.cloister.agent;

import static io.cloister.agent.CosmianComputation.ANNA;
import static io.cloister.agent.CosmianComputation.BEN;
import static io.cloister.agent.CosmianComputation.CARL;
import static io.cloister.agent.CosmianComputation.CODE;
import static io.cloister.agent.CosmianComputation.SEATS;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.crypto.cosmian.EnclaveKey;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.CosmianInputs;
import io.cloister.protocol.document.InputList;
import io.cloister.protocol.document.Receipt;
import io.cloister.protocol.document.Role;
import io.cloister.protocol.document.Seat;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;

class KeyCollectorTest {
    private final CosmianComputation computation = new CosmianComputation();
    private final EnclaveKey enclave = EnclaveKey.generate(new SecureRandom());
    private final TestTime time = new TestTime(TestComputation.NOW);
    private final KeyCollector collector = collector(computation);

    private KeyCollector collector(CosmianComputation of) {
        return new KeyCollector(of.agreement(), enclave, time.enclaveClock(), new SecureRandom());
    }

    private Bytes blob(Seat seat) {
        return computation.blob(seat, enclave.publicKey());
    }

    private Bytes withWords(Seat seat, String words) {
        return computation.blob(
                seat,
                enclave.publicKey(),
                Sha256.of(Bytes.utf8(words)).value(),
                computation.key(seat));
    }

    private static void assertTaken(Verdict verdict) {
        assertInstanceOf(Verdict.Accepted.class, verdict);
    }

    private static void assertRefused(Verdict verdict) {
        assertEquals(new Verdict.Refused(RefusalCode.KEY_REFUSED, KeyCollector.REFUSED), verdict);
    }

    private void takeAll() {
        SEATS.forEach(seat -> assertTaken(collector.key(seat, blob(seat))));
    }

    private void assertStops() {
        AgentStop stop = collector.over().orElseThrow();
        assertEquals(AgentStop.Reason.REFUSED, stop.reason());
        assertEquals(KeyCollector.REFUSED, stop.detail());
    }

    @Nested
    class Blobs {
        @Test
        void areTakenFromEverySeat() {
            takeAll();
            assertTaken(collector.inputs(computation.someInputs(1)).verdict());
            assertTrue(collector.ready().isPresent());
        }

        @Test
        void mayComeInAnyOrderBeforeAndAfterTheInputs() {
            for (int i = 0; i < 10; i++) {
                KeyCollector one = collector(computation);
                List<Seat> order = new ArrayList<>(SEATS);
                Collections.shuffle(order, new Random(i));
                int inputsAt = i % SEATS.size();
                for (int j = 0; j < order.size(); j++) {
                    assertFalse(one.ready().isPresent());
                    if (j == inputsAt) {
                        assertTaken(one.inputs(computation.someInputs(1)).verdict());
                    }
                    assertTaken(one.key(order.get(j), blob(order.get(j))));
                }
                assertTrue(one.ready().isPresent());
            }
        }

        @Test
        void areAllNeededAlsoThoseOfConsumers() {
            for (Seat missing : SEATS) {
                KeyCollector one = collector(computation);
                one.inputs(computation.someInputs(1));
                SEATS.stream()
                        .filter(seat -> !seat.equals(missing))
                        .forEach(seat -> assertTaken(one.key(seat, blob(seat))));
                assertFalse(one.ready().isPresent(), "without " + missing);
                assertTaken(one.key(missing, blob(missing)));
                assertTrue(one.ready().isPresent());
            }
        }

        @Test
        void areRefusedWithOneTextForEveryCause() {
            assertTaken(collector.key(CODE, blob(CODE)));
            Bytes good = blob(ANNA);
            var other = EnclaveKey.generate(new SecureRandom());
            byte[] altered = good.toArray();
            altered[175] ^= 1;
            for (Bytes bad :
                    List.of(
                            good.slice(0, 175),
                            Bytes.copyOf(altered),
                            computation.blob(ANNA, other.publicKey()),
                            withWords(ANNA, "other words"),
                            blob(BEN))) {
                assertRefused(collector.key(ANNA, bad));
            }
            assertStops();
        }

        @Test
        void areRefusedFromAStranger() {
            assertRefused(
                    collector.key(new Seat(TestComputation.OWNER, Role.CODE_PROVIDER), blob(CODE)));
            assertRefused(collector.key(new Seat(CODE.person(), Role.DATA_PROVIDER), blob(CODE)));
        }

        @Test
        void ofAnotherComputationAreRefused() {
            var other = new CosmianComputation();
            assertRefused(collector.key(CODE, other.blob(CODE, enclave.publicKey())));
        }

        @Test
        void stopTheEnclaveForGoodAfterFiveFailures() {
            for (int i = 1; i <= KeyCollector.MOST_REFUSED; i++) {
                assertTrue(collector.over().isEmpty(), "before failure " + i);
                assertRefused(collector.key(SEATS.get(i % SEATS.size()), Bytes.utf8("no" + i)));
                if (i < KeyCollector.MOST_REFUSED) {
                    // What is right in between gives no further try.
                    assertTaken(collector.key(CODE, blob(CODE)));
                }
            }
            assertStops();
            for (Seat seat : SEATS) {
                assertRefused(collector.key(seat, blob(seat)));
            }
            collector.inputs(computation.someInputs(1));
            assertFalse(collector.ready().isPresent());
        }

        @Test
        void thatAreTheSameWrongBytesCountEachTime() {
            for (int i = 0; i < KeyCollector.MOST_REFUSED; i++) {
                assertRefused(collector.key(ANNA, Bytes.utf8("no")));
            }
            assertStops();
        }

        @Test
        void mayComeAgainAndAgainWithoutEffect() {
            takeAll();
            collector.inputs(computation.someInputs(1));
            Bytes same = blob(ANNA);
            for (int i = 0; i < 10; i++) {
                assertTaken(collector.key(ANNA, same));
                assertTaken(collector.key(ANNA, blob(ANNA)));
            }
            RunPlan plan = collector.ready().orElseThrow();
            assertTrue(collector.start(plan));
            assertTaken(collector.key(ANNA, blob(ANNA)));
        }

        @Test
        void ofWhoCameFirstWithWrongWordsCanBeReplaced() {
            assertTaken(collector.key(ANNA, withWords(ANNA, "wrong")));
            assertRefused(collector.key(CODE, blob(CODE)));
            assertTaken(collector.key(ANNA, blob(ANNA)));
            assertTaken(collector.key(CODE, blob(CODE)));
            assertRefused(collector.key(ANNA, withWords(ANNA, "wrong")));
        }

        @Test
        void withAnotherKeyReplaceWhatWasThere() throws Exception {
            takeAll();
            Bytes fresh = TestComputation.random(32);
            Bytes again =
                    computation.blob(ANNA, enclave.publicKey(), computation.preSharedKey, fresh);
            assertTaken(collector.key(ANNA, again));
            collector.inputs(computation.someInputs(1));
            RunPlan plan = collector.ready().orElseThrow();
            assertEquals(Sha256.of(again), plan.grants().get(1).digest());
        }

        @Test
        void areNotReplacedOnceEverythingForARunIsThere() {
            takeAll();
            collector.inputs(computation.someInputs(1));
            Bytes other =
                    computation.blob(
                            ANNA,
                            enclave.publicKey(),
                            computation.preSharedKey,
                            TestComputation.random(32));
            RunPlan plan = collector.ready().orElseThrow();
            assertRefused(collector.key(ANNA, other));
            assertTrue(collector.start(plan));
            assertRefused(collector.key(ANNA, other));
        }

        @Test
        void canBeReplacedAgainWhenTheRunDidNotStart() {
            takeAll();
            collector.inputs(computation.someInputs(1));
            RunPlan plan = collector.ready().orElseThrow();
            assertTrue(collector.refused(plan, RefusalCode.INPUTS_OPEN));
            Bytes other =
                    computation.blob(
                            ANNA,
                            enclave.publicKey(),
                            computation.preSharedKey,
                            TestComputation.random(32));
            assertTaken(collector.key(ANNA, other));
        }
    }

    @Nested
    class Inputs {
        private void assertCode(RefusalCode code, Bytes content) {
            KeyCollector.Decided decided = collector.inputs(content);
            assertEquals(Optional.empty(), decided.run());
            assertEquals(code, assertInstanceOf(Verdict.Refused.class, decided.verdict()).code());
        }

        @Test
        void areRefusedInAnotherForm() {
            assertCode(RefusalCode.INPUTS_MALFORMED, Bytes.utf8("{}"));
            assertCode(
                    RefusalCode.INPUTS_MALFORMED,
                    Bytes.concat(computation.someInputs(1), Bytes.utf8(" ")));
        }

        @Test
        void areRefusedForAnotherAgreementOrComputation() {
            assertCode(
                    RefusalCode.INPUTS_AGREEMENT,
                    new CosmianInputs(
                                    computation.base.computation,
                                    Sha256.of(Bytes.utf8("other")),
                                    1,
                                    List.of())
                            .canonical());
            assertCode(
                    RefusalCode.INPUTS_AGREEMENT,
                    new CosmianInputs(
                                    new TestComputation().computation,
                                    computation.agreement().digest(),
                                    1,
                                    List.of())
                            .canonical());
        }

        @Test
        void areRefusedOfWhoBringsNoData() {
            assertCode(
                    RefusalCode.INPUTS_SIGNER,
                    computation.inputs(1, computation.file(CARL, "c", "x", 1)));
        }

        @Test
        void areRefusedForRunsThatAreDoneOrTooFarAhead() {
            long ahead = InputList.MOST_RUNS_AHEAD;
            assertCode(RefusalCode.INPUTS_RUN, computation.someInputs(ahead + 1));
            takeAll();
            collector.inputs(computation.someInputs(1));
            RunPlan plan = collector.ready().orElseThrow();
            assertCode(RefusalCode.INPUTS_RUN, computation.someInputs(1));
            collector.start(plan);
            assertCode(RefusalCode.INPUTS_RUN, computation.someInputs(1));
            assertTaken(collector.inputs(computation.someInputs(ahead + 1)).verdict());
        }

        @Test
        void areRefusedBeyondTheAgreedRuns() {
            var two = new CosmianComputation().terms(_ -> CosmianComputation.runs(2));
            KeyCollector one = collector(two);
            assertTaken(one.inputs(two.someInputs(2)).verdict());
            assertEquals(
                    RefusalCode.INPUTS_RUN,
                    assertInstanceOf(Verdict.Refused.class, one.inputs(two.someInputs(3)).verdict())
                            .code());
        }

        @Test
        void thatCameLastHold() {
            takeAll();
            collector.inputs(computation.someInputs(1));
            CosmianInputs.File anna = computation.file(ANNA, "new", "new", 1);
            CosmianInputs.File ben = computation.file(BEN, "old", "old", 2);
            collector.inputs(computation.inputs(1, anna, ben));
            RunPlan plan = collector.ready().orElseThrow();
            assertEquals(
                    List.of(anna.ciphertext(), ben.ciphertext()),
                    plan.inputs().stream().map(PlannedInput::ciphertext).toList());
        }

        @Test
        void thatLackAProvidersFileAreTakenBack() {
            takeAll();
            collector.inputs(computation.someInputs(1));
            collector.inputs(computation.inputs(1, computation.file(ANNA, "a", "x", 1)));
            assertFalse(collector.ready().isPresent());
            collector.inputs(computation.inputs(1));
            assertFalse(collector.ready().isPresent());
        }

        @Test
        void areInTheOrderOfArrivalAcrossProviders() {
            takeAll();
            collector.inputs(
                    computation.inputs(
                            1,
                            computation.file(BEN, "first", "1", 10),
                            computation.file(ANNA, "second", "2", 20),
                            computation.file(BEN, "third", "3", 30)));
            RunPlan plan = collector.ready().orElseThrow();
            assertEquals(
                    List.of("1 first", "0 second", "1 third"),
                    plan.inputs().stream()
                            .map(input -> input.provider() + " " + input.name())
                            .toList());
        }

        @Test
        void ofOneRunAreNotThoseOfTheNext() {
            takeAll();
            collector.inputs(computation.someInputs(1));
            collector.start(collector.ready().orElseThrow());
            assertFalse(collector.ready().isPresent());
            collector.inputs(computation.someInputs(3));
            assertFalse(collector.ready().isPresent());
            collector.inputs(computation.someInputs(2));
            assertEquals(2, collector.ready().orElseThrow().run());
        }

        @Test
        void thatWereNotRightlyServedAreTriedAgain() {
            takeAll();
            collector.inputs(computation.someInputs(1));
            for (RefusalCode code :
                    List.of(RefusalCode.INPUTS_MISSING, RefusalCode.INPUTS_DIGEST)) {
                RunPlan plan = collector.ready().orElseThrow();
                assertFalse(collector.refused(plan, code));
                assertEquals(1, collector.ready().orElseThrow().run());
            }
        }

        @Test
        void thatCameWhileOthersWereOpenedTakeTheirPlaceWhereThoseAreGone() {
            takeAll();
            collector.inputs(computation.someInputs(1));
            RunPlan plan = collector.ready().orElseThrow();
            Bytes withoutBen = computation.inputs(1, computation.file(ANNA, "a", "data", 3_000));
            assertFalse(collector.inputs(withoutBen).run().isPresent());
            assertTrue(collector.refused(plan, RefusalCode.INPUTS_MISSING));
            // Ben has taken his back: nothing starts without him, and nothing ends.
            assertFalse(collector.ready().isPresent());
            assertFalse(collector.over().isPresent());
            collector.inputs(computation.someInputs(1));
            assertEquals(1, collector.ready().orElseThrow().run());
        }

        @Test
        void ofANameThatIsNoneWithoutItsEndingKeepIt() {
            takeAll();
            collector.inputs(
                    computation.inputs(
                            1,
                            computation.file(BEN, ".", "b", 1_000),
                            computation.file(ANNA, "..", "a", 2_000)));
            assertEquals(
                    List.of("..enc", "...enc"),
                    collector.ready().orElseThrow().inputs().stream()
                            .map(input -> input.name().value())
                            .toList());
        }

        @Test
        void thatWereAtFaultAreForgotten() {
            takeAll();
            collector.inputs(computation.someInputs(1));
            RunPlan plan = collector.ready().orElseThrow();
            assertTrue(collector.refused(plan, RefusalCode.INPUTS_OPEN));
            assertFalse(collector.ready().isPresent());
            collector.inputs(computation.someInputs(1));
            assertEquals(1, collector.ready().orElseThrow().run());
        }
    }

    @Nested
    class Runs {
        @Test
        void areCountedOnce() {
            takeAll();
            for (long run = 1; run <= 3; run++) {
                collector.inputs(computation.someInputs(run));
                RunPlan plan = collector.ready().orElseThrow();
                assertEquals(run, plan.run());
                assertTrue(collector.start(plan));
                assertFalse(collector.start(plan));
            }
        }

        @Test
        void endWithTheAgreedNumber() {
            var one = new CosmianComputation().terms(_ -> CosmianComputation.runs(1));
            KeyCollector only = collector(one);
            SEATS.forEach(seat -> only.key(seat, one.blob(seat, enclave.publicKey())));
            only.inputs(one.someInputs(1));
            only.start(only.ready().orElseThrow());
            assertEquals(AgentStop.Reason.EXHAUSTED, only.over().orElseThrow().reason());
            assertFalse(only.ready().isPresent());
        }

        @Test
        void doNotStartAfterExpiry() {
            takeAll();
            collector.inputs(computation.someInputs(1));
            RunPlan plan = collector.ready().orElseThrow();
            time.count(Duration.ofDays(8));
            assertFalse(collector.start(plan));
            assertFalse(collector.ready().isPresent());
            assertEquals(AgentStop.Reason.EXPIRED, collector.over().orElseThrow().reason());
        }

        @Test
        void nameEverySeatsBlob() {
            List<Bytes> blobs = SEATS.stream().map(KeyCollectorTest.this::blob).toList();
            for (int i = 0; i < SEATS.size(); i++) {
                assertTaken(collector.key(SEATS.get(i), blobs.get(i)));
            }
            collector.inputs(computation.someInputs(1));
            RunPlan plan = collector.ready().orElseThrow();
            List<Receipt.SignedBy> expected = new ArrayList<>();
            for (int i = 0; i < SEATS.size(); i++) {
                expected.add(
                        new Receipt.SignedBy(
                                SEATS.get(i).person(),
                                Optional.of(SEATS.get(i).role()),
                                Sha256.of(blobs.get(i))));
            }
            assertEquals(expected, plan.grants());
            assertEquals(List.of(), plan.inputLists());
            assertFalse(plan.outputs().isIndexed());
        }
    }

    @Test
    void isMadeBySomethingThatShowsNoKey() {
        assertEquals(
                "CosmianSuite[" + computation.agreement().digest() + "]",
                new CosmianSuite(computation.agreement(), enclave, new SecureRandom()).toString());
    }
}
