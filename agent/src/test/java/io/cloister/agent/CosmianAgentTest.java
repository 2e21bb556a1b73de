package io.cloister.agent;

import static io.cloister.agent.CosmianComputation.ANNA;
import static io.cloister.agent.CosmianComputation.BEN;
import static io.cloister.agent.CosmianComputation.CARL;
import static io.cloister.agent.CosmianComputation.CODE;
import static io.cloister.agent.CosmianComputation.DORA;
import static io.cloister.agent.CosmianComputation.SEATS;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.agent.sandbox.OutputKey;
import io.cloister.agent.sandbox.RunOutcome;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.Email;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.CodeDigests;
import io.cloister.protocol.document.CosmianIdentity;
import io.cloister.protocol.document.InputMode;
import io.cloister.protocol.document.Outcome;
import io.cloister.protocol.document.Receipt;
import io.cloister.protocol.document.Seat;
import io.cloister.protocol.document.Terms;
import io.cloister.protocol.dsse.Signed;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/// The agent in the Cosmian dialect from its job to its end, around a run that is not one.
class CosmianAgentTest {
    @TempDir private Path folder;

    private final BlockingQueue<FakeCell> cells = new LinkedBlockingQueue<>();
    private Optional<AgentHarness> open = Optional.empty();

    @AfterEach
    void closeTheHarness() {
        open.ifPresent(AgentHarness::close);
    }

    private AgentHarness harness(CosmianComputation computation, FakeCell.Program program)
            throws Exception {
        var harness =
                new AgentHarness(
                        computation.base,
                        folder,
                        (_, _, _) ->
                                () -> {
                                    var cell = new FakeCell(program);
                                    cells.add(cell);
                                    return cell;
                                });
        open = Optional.of(harness);
        return harness.startedFor(computation);
    }

    private static CosmianComputation project() {
        return new CosmianComputation()
                .secret("secret/__init__.py", "")
                .secret("secret/model.py", "WEIGHT = 42\n");
    }

    private static Optional<String> hand(AgentHarness harness, Seat seat, Bytes blob)
            throws Exception {
        return told(harness, harness.plane.hand(seat, blob));
    }

    private static Optional<String> told(AgentHarness harness, long number) throws Exception {
        ScriptedPlane.Told told = ScriptedPlane.soon(harness.plane.verdicts);
        assertEquals(number, told.number());
        return told.code();
    }

    private static Optional<String> handInputs(
            AgentHarness harness, CosmianComputation computation, long run, Bytes inputs)
            throws Exception {
        harness.plane.store(computation.blobs);
        return told(harness, harness.plane.handInputs(run, inputs));
    }

    private static void handAllKeys(
            AgentHarness harness, CosmianComputation computation, CosmianIdentity identity)
            throws Exception {
        for (Seat seat : SEATS) {
            assertEquals(
                    Optional.empty(),
                    hand(harness, seat, computation.blob(seat, identity.enclaveKey())));
        }
    }

    private static Receipt receipt(CosmianIdentity identity, ScriptedPlane.Finish finish)
            throws Exception {
        return Signed.verify(finish.receipt(), Receipt.TYPE, identity.signingKey()).document();
    }

    private static Bytes result(
            AgentHarness harness,
            CosmianComputation computation,
            ScriptedPlane.Finish finish,
            Seat seat,
            long position)
            throws Exception {
        var place = new ScriptedPlane.Place(seat.person(), Receipt.Kind.RESULT, position);
        return computation.opened(
                seat,
                Bytes.concat(
                        Objects.requireNonNull(finish.headers().get(place)),
                        harness.plane.body(place).orElseThrow()));
    }

    @Test
    void carriesARunFromKeysToReceipt() throws Exception {
        CosmianComputation computation = project();
        AgentHarness harness = harness(computation, FakeCell::copyInputs);
        CosmianIdentity identity = harness.cosmianIdentity();
        handAllKeys(harness, computation, identity);
        handInputs(harness, computation, 1, computation.someInputs(1));
        ScriptedPlane.Finish finish = ScriptedPlane.soon(harness.plane.finished);
        Receipt receipt = receipt(identity, finish);

        String expected = "data of ben@example.org\ndata of anna@example.org\n";
        assertEquals(Outcome.SUCCESS, receipt.report().outcome());
        assertEquals(identity.canonical(), receipt.identity());
        assertEquals(computation.agreement().digest(), receipt.agreement());
        assertEquals(
                SEATS,
                receipt.grants().stream()
                        .map(grant -> new Seat(grant.signer(), grant.role().orElseThrow()))
                        .toList());
        assertEquals(List.of(), receipt.inputLists());
        assertEquals(
                List.of(ANNA.person(), BEN.person()),
                receipt.inputs().stream().map(Receipt.Input::provider).toList());
        for (Seat consumer : List.of(CARL, DORA)) {
            assertEquals(Bytes.utf8(expected), result(harness, computation, finish, consumer, 0));
        }
        assertEquals(2, receipt.outputs().size());
        for (Receipt.Output output : receipt.outputs()) {
            assertEquals(Receipt.Kind.RESULT, output.kind());
            assertEquals(40 + expected.length(), output.ciphertextBytes());
            var place = new ScriptedPlane.Place(output.reader(), output.kind(), 0);
            Bytes head = Objects.requireNonNull(finish.headers().get(place));
            assertEquals(40, head.length());
            assertEquals(
                    Sha256.of(Bytes.concat(harness.plane.body(place).orElseThrow(), head)),
                    output.ciphertext());
        }
        FakeCell cell = cells.take();
        assertEquals("WEIGHT = 42\n", cell.file("secret/model.py"));
        assertEquals("print('hello')\n", cell.file("run.py"));
    }

    @Test
    void runsAgainOnNewInputs() throws Exception {
        CosmianComputation computation = project();
        AgentHarness harness = harness(computation, FakeCell::copyInputs);
        CosmianIdentity identity = harness.cosmianIdentity();
        handAllKeys(harness, computation, identity);
        for (long run = 1; run <= 3; run++) {
            handInputs(
                    harness,
                    computation,
                    run,
                    computation.inputs(
                            run,
                            computation.file(ANNA, "a", "anna " + run, 1),
                            computation.file(BEN, "b", "ben " + run, 1)));
            ScriptedPlane.Finish finish = ScriptedPlane.soon(harness.plane.finished);
            assertEquals(run, receipt(identity, finish).run());
            assertEquals(
                    Bytes.utf8("anna " + run + "\nben " + run + "\n"),
                    result(harness, computation, finish, CARL, 0));
            harness.plane.forgetBodies();
        }
    }

    @Test
    void stopsForGoodAfterFiveBlobsAndSaysOneTextOfAll() throws Exception {
        CosmianComputation computation = project();
        AgentHarness harness = harness(computation, FakeCell::copyInputs);
        CosmianIdentity identity = harness.cosmianIdentity();
        hand(harness, CODE, computation.blob(CODE, identity.enclaveKey()));
        Bytes good = computation.blob(ANNA, identity.enclaveKey());
        byte[] altered = good.toArray();
        altered[0] ^= 1;
        for (Bytes bad :
                List.of(
                        computation.blob(
                                ANNA,
                                identity.enclaveKey(),
                                TestComputation.random(32),
                                computation.key(ANNA)),
                        computation.blob(ANNA, identity.signingKey()),
                        Bytes.copyOf(altered),
                        good.slice(0, 100),
                        computation.blob(BEN, identity.enclaveKey()))) {
            assertEquals(Optional.of("key.refused"), hand(harness, ANNA, bad));
        }
        AgentHarness.End end = harness.end();
        assertEquals("refused: " + KeyCollector.REFUSED, end.said());
        assertEquals(end.said(), ScriptedPlane.soon(harness.plane.ended));
    }

    @Test
    void stopsForGoodAlsoWhileARunGoesOn() throws Exception {
        CosmianComputation computation = project();
        AgentHarness harness =
                harness(
                        computation,
                        (cell, _) -> {
                            try {
                                cell.stopped.await();
                            } catch (InterruptedException _) {
                                Thread.currentThread().interrupt();
                            }
                            return FakeCell.report(new RunOutcome.Stopped(), List.of());
                        });
        CosmianIdentity identity = harness.cosmianIdentity();
        handAllKeys(harness, computation, identity);
        handInputs(harness, computation, 1, computation.someInputs(1));
        ScriptedPlane.soon(harness.plane.started);
        for (int i = 0; i < KeyCollector.MOST_REFUSED; i++) {
            assertEquals(Optional.of("key.refused"), hand(harness, ANNA, Bytes.utf8("guess")));
        }
        assertEquals("refused: " + KeyCollector.REFUSED, harness.end().said());
        assertTrue(cells.take().closed());
    }

    @Test
    void waitsForOtherInputsWhereAFileDoesNotOpen() throws Exception {
        CosmianComputation computation = project();
        AgentHarness harness = harness(computation, FakeCell::copyInputs);
        CosmianIdentity identity = harness.cosmianIdentity();
        handAllKeys(harness, computation, identity);
        Bytes clear = Bytes.utf8("not encrypted at all, but long enough to have a head");
        harness.plane.store(computation.blobs);
        long number =
                harness.plane.handInputs(
                        1,
                        computation.inputs(
                                1,
                                computation.file(ANNA, "a", clear, 1),
                                computation.file(BEN, "b", "right", 2)));
        harness.plane.store(computation.blobs);
        assertEquals(Optional.empty(), told(harness, number));
        assertEquals(Optional.of("inputs.open"), told(harness, number));
        assertTrue(harness.plane.started.isEmpty());

        handInputs(harness, computation, 1, computation.someInputs(1));
        ScriptedPlane.Finish finish = ScriptedPlane.soon(harness.plane.finished);
        assertEquals(1, receipt(identity, finish).run());
        assertEquals(Outcome.SUCCESS, receipt(identity, finish).report().outcome());
    }

    @Test
    void runsNothingOnAFileWithOneByteAltered() throws Exception {
        CosmianComputation computation = project();
        AgentHarness harness = harness(computation, FakeCell::copyInputs);
        CosmianIdentity identity = harness.cosmianIdentity();
        handAllKeys(harness, computation, identity);
        byte[] altered =
                CosmianComputation.sealed(computation.key(ANNA), Bytes.utf8("hello")).toArray();
        altered[44] ^= 1;
        Bytes inputs =
                computation.inputs(
                        1,
                        computation.file(ANNA, "a", Bytes.copyOf(altered), 1),
                        computation.file(BEN, "b", "right", 2));
        harness.plane.store(computation.blobs);
        long number = harness.plane.handInputs(1, inputs);
        assertEquals(Optional.empty(), told(harness, number));
        assertEquals(Optional.of("inputs.open"), told(harness, number));
        assertFalse(cells.take().ran());
    }

    @Test
    void fetchesAgainWhatWasNotServed() throws Exception {
        CosmianComputation computation = project();
        AgentHarness harness = harness(computation, FakeCell::copyInputs);
        CosmianIdentity identity = harness.cosmianIdentity();
        handAllKeys(harness, computation, identity);
        long number = harness.plane.handInputs(1, computation.someInputs(1));
        assertEquals(Optional.empty(), told(harness, number));
        assertEquals(Optional.of("inputs.missing"), told(harness, number));
        harness.plane.store(computation.blobs);
        ScriptedPlane.Finish finish = ScriptedPlane.soon(harness.plane.finished);
        assertEquals(Outcome.SUCCESS, receipt(identity, finish).report().outcome());
    }

    @Test
    void leavesWhereTheCodeDoesNotOpen() throws Exception {
        CosmianComputation computation =
                project().secret("other.py", "", TestComputation.random(32));
        AgentHarness harness = harness(computation, FakeCell::copyInputs);
        CosmianIdentity identity = harness.cosmianIdentity();
        handAllKeys(harness, computation, identity);
        harness.plane.store(computation.blobs);
        harness.plane.handInputs(1, computation.someInputs(1));
        harness.plane.store(computation.blobs);
        String said = harness.end().said();
        assertTrue(said.startsWith("refused: code.open of code@example.org"), said);
        assertTrue(harness.plane.started.isEmpty());
    }

    @Test
    void letsNoHeadGoOfAFailedRun() throws Exception {
        CosmianComputation computation = project();
        AgentHarness harness =
                harness(
                        computation,
                        (cell, observer) -> {
                            FakeCell.copyInputs(cell, observer);
                            return FakeCell.raise();
                        });
        CosmianIdentity identity = harness.cosmianIdentity();
        handAllKeys(harness, computation, identity);
        handInputs(harness, computation, 1, computation.someInputs(1));
        ScriptedPlane.Finish finish = ScriptedPlane.soon(harness.plane.finished);
        assertEquals(Outcome.EXCEPTION, receipt(identity, finish).report().outcome());
        assertEquals(Map.of(), finish.headers());
        assertEquals(List.of(), receipt(identity, finish).outputs());
    }

    @Test
    void endsARunThatNamesAResult() throws Exception {
        CosmianComputation computation = project();
        AgentHarness harness =
                harness(
                        computation,
                        (_, observer) -> {
                            var key = new OutputKey(0, Optional.of("extra"), 0);
                            try (OutputStream out = observer.open(key)) {
                                out.write(1);
                            }
                            return FakeCell.report(new RunOutcome.Success(), List.of(key));
                        });
        CosmianIdentity identity = harness.cosmianIdentity();
        handAllKeys(harness, computation, identity);
        handInputs(harness, computation, 1, computation.someInputs(1));
        ScriptedPlane.Finish finish = ScriptedPlane.soon(harness.plane.finished);
        assertEquals(Outcome.STOPPED, receipt(identity, finish).report().outcome());
        assertEquals(Map.of(), finish.headers());
    }

    @Test
    void releasesTheLastOfSeveralResultsOfAReader() throws Exception {
        CosmianComputation computation = project();
        AgentHarness harness =
                harness(
                        computation,
                        (_, observer) -> {
                            for (int i = 0; i < 2; i++) {
                                var key = new OutputKey(0, Optional.empty(), i);
                                try (OutputStream out = observer.open(key)) {
                                    out.write('0' + i);
                                }
                            }
                            return FakeCell.report(
                                    new RunOutcome.Success(),
                                    List.of(new OutputKey(0, Optional.empty(), 1)));
                        });
        CosmianIdentity identity = harness.cosmianIdentity();
        handAllKeys(harness, computation, identity);
        handInputs(harness, computation, 1, computation.someInputs(1));
        ScriptedPlane.Finish finish = ScriptedPlane.soon(harness.plane.finished);
        assertEquals(1, finish.headers().size());
        assertEquals(Bytes.utf8("1"), result(harness, computation, finish, CARL, 1));
    }

    @Test
    void takesNoItemOfTheOtherDialect() throws Exception {
        CosmianComputation computation = project();
        AgentHarness harness = harness(computation, FakeCell::copyInputs);
        harness.cosmianIdentity();
        long number = harness.plane.hand("grant", Bytes.utf8("sealed"));
        assertEquals(Optional.of("dialect"), told(harness, number));
    }

    private void assertRefused(CosmianComputation computation, String why) throws Exception {
        AgentHarness harness = harness(computation, FakeCell::copyInputs);
        harness.start();
        String said = harness.end().said();
        assertTrue(said.startsWith("refused: ") && said.contains(why), said);
        assertTrue(harness.plane.cosmianIdentities.isEmpty());
    }

    @Test
    void refusesTermsOfTheOtherDialect() throws Exception {
        assertRefused(
                project().terms(terms -> with(terms, InputMode.STREAMING, List.of())), "stream");
    }

    @Test
    void refusesReadersOfWhatIsPrinted() throws Exception {
        assertRefused(
                project()
                        .terms(terms ->
                                with(terms, InputMode.SEEKABLE, List.of(TestComputation.CARL))),
                "readers");
    }

    private static Terms with(Terms terms, InputMode mode, List<Email> readers) {
        return terms.toBuilder().inputMode(mode).outputReaders(readers).build();
    }

    @Test
    void refusesCodeThatIsNotWhatTheAgreementSays() throws Exception {
        assertRefused(
                project()
                        .stating(said ->
                                new CodeDigests(
                                        said.bundle(),
                                        said.bundleBytes(),
                                        Sha256.of(Bytes.utf8("other run.py")),
                                        said.requirements(),
                                        said.lock())),
                "differs from what the agreement says");
    }

    @Test
    void refusesCodeThatIsNoTar() throws Exception {
        assertRefused(
                project().packedAs(tar -> Bytes.concat(tar, Bytes.utf8("x"))),
                "the agreed code bundle is not one");
    }

    @Test
    void refusesCodeThatAsksForWhatTheRuntimeLacks() throws Exception {
        assertRefused(project().clear("requirements.txt", "numpy>=1.20\n"), "no package numpy");
    }

    @Test
    void refusesRequirementsThatAreNotPlain() throws Exception {
        assertRefused(
                project().clear("requirements.txt", "git+https://example.org/x\n"),
                "plain version specifier");
    }

    @Test
    void refusesTheOtherDialectsAgreement() throws Exception {
        CosmianComputation computation = project();
        AgentHarness harness = harness(computation, FakeCell::copyInputs);
        harness.plane.serveAgreement(computation.base.agreement().envelope());
        harness.start();
        String said = harness.end().said();
        assertTrue(said.contains("of another dialect"), said);
    }

    @Test
    void isRefusedWhereTheOtherDialectWasOrdered() throws Exception {
        var harness =
                new AgentHarness(
                        new TestComputation(),
                        folder,
                        (_, _, _) -> () -> new FakeCell(FakeCell::copyInputs));
        open = Optional.of(harness);
        harness.plane.serveJob(project().job());
        harness.start();
        String said = harness.end().said();
        assertTrue(said.contains("of another dialect"), said);
    }

    @Test
    void refusesAnotherAgreementThanItWasStartedFor() throws Exception {
        CosmianComputation computation = project();
        AgentHarness harness =
                harness(computation, FakeCell::copyInputs)
                        .startedFor(Sha256.of(Bytes.utf8("other")));
        harness.start();
        String said = harness.end().said();
        assertTrue(said.contains("another than this enclave was started for"), said);
    }
}
