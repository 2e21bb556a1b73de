package io.cloister.agent;

import static io.cloister.agent.TestComputation.ANNA;
import static io.cloister.agent.TestComputation.BEN;
import static io.cloister.agent.TestComputation.CARL;
import static io.cloister.agent.TestComputation.CODE;
import static io.cloister.agent.TestComputation.DORA;
import static io.cloister.agent.TestComputation.NOW;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.agent.sandbox.FailureClass;
import io.cloister.agent.sandbox.InputDescription;
import io.cloister.agent.sandbox.Limit;
import io.cloister.agent.sandbox.OutputKey;
import io.cloister.agent.sandbox.RunOutcome;
import io.cloister.crypto.EnvelopeSigner;
import io.cloister.crypto.SecretExposure;
import io.cloister.crypto.age.Identity;
import io.cloister.crypto.bundle.BundlePath;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.Email;
import io.cloister.protocol.Padme;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.Agreement;
import io.cloister.protocol.document.BillOfMaterials;
import io.cloister.protocol.document.EnclaveIdentity;
import io.cloister.protocol.document.InputList;
import io.cloister.protocol.document.IsolationLevel;
import io.cloister.protocol.document.Outcome;
import io.cloister.protocol.document.OutputIndex;
import io.cloister.protocol.document.Receipt;
import io.cloister.protocol.document.Terms;
import io.cloister.protocol.dsse.Signed;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/// The agent from its job to its end, around a run that is not one.
class AgentTest {
    @TempDir private Path folder;

    private final BlockingQueue<FakeCell> cells = new LinkedBlockingQueue<>();
    private Optional<AgentHarness> open = Optional.empty();

    private AgentHarness harness(TestComputation computation, FakeCell.Program program)
            throws Exception {
        var harness =
                new AgentHarness(
                        computation,
                        folder,
                        (_, _, wheels) ->
                                () -> {
                                    var cell = new FakeCell(program);
                                    cell.install(wheels);
                                    cells.add(cell);
                                    return cell;
                                });
        open = Optional.of(harness);
        return harness;
    }

    @AfterEach
    void closeTheHarness() {
        open.ifPresent(AgentHarness::close);
    }

    private static TestComputation project() {
        return new TestComputation()
                .secret("secret/__init__.py", "")
                .secret("secret/model.py", "WEIGHT = 42\n");
    }

    private static Terms with(
            Terms terms, long runs, List<Email> outputReaders, List<Email> tracebackReaders) {
        return terms.toBuilder()
                .runs(runs)
                .dataMayChange(runs > 1)
                .outputReaders(outputReaders)
                .tracebackReaders(tracebackReaders)
                .build();
    }

    private static UnaryOperator<Terms> runs(long runs) {
        return terms -> with(terms, runs, List.of(), List.of());
    }

    @Test
    void carriesARunFromGrantsToReceipt() throws Exception {
        AgentHarness harness = harness(project(), FakeCell::copyInputs);
        EnclaveIdentity identity = harness.identity();
        assertEquals(SwapSpace.now(), identity.swap());
        harness.grantAll(identity);
        ScriptedPlane.Finish finish = ScriptedPlane.soon(harness.plane.finished);
        Receipt receipt = harness.receipt(identity, finish).document();

        assertEquals(Outcome.SUCCESS, receipt.report().outcome());
        assertEquals(identity.canonical(), receipt.identity());
        assertEquals(harness.computation.agreement().digest(), receipt.agreement());
        assertEquals(
                harness.computation.roster.people(),
                receipt.grants().stream().map(Receipt.SignedBy::signer).toList());
        assertEquals(
                List.of(ANNA, BEN),
                receipt.inputs().stream().map(Receipt.Input::provider).toList());
        for (Email consumer : List.of(CARL, DORA)) {
            OutputIndex index = harness.index(finish, receipt, consumer);
            assertEquals(1, index.entries().size());
            OutputIndex.Entry entry = index.entries().getFirst();
            assertEquals("result", entry.name().value());
            Bytes content = harness.open(finish, output(receipt, consumer, Receipt.Kind.RESULT));
            assertEquals(
                    "data of anna@example.org\ndata of ben@example.org\n",
                    AgentHarness.text(content, entry));
            assertEquals(Padme.length(entry.bytes()), content.length());
        }
        assertEquals("exhausted: every run that was granted is done", harness.end().said());
        assertEquals(List.of(1L), List.copyOf(harness.plane.started));
    }

    private static Receipt.Output output(Receipt receipt, Email reader, Receipt.Kind kind) {
        return receipt.outputs().stream()
                .filter(output -> output.reader().equals(reader) && output.kind() == kind)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void givesTheCellTheOpenedFilesInTheirPlaces() throws Exception {
        AgentHarness harness = harness(project(), FakeCell::copyInputs);
        harness.grantAll(harness.identity());
        ScriptedPlane.soon(harness.plane.finished);
        harness.end();
        FakeCell cell = cells.take();
        assertEquals("print('hello')\n", cell.file("run.py"));
        assertEquals("WEIGHT = 42\n", cell.file("secret/model.py"));
        assertEquals(
                List.of(
                        new InputDescription(0, "anna@example.org.txt"),
                        new InputDescription(1, "ben@example.org.txt")),
                List.copyOf(cell.inputs.keySet()));
        assertTrue(cell.closed());
    }

    @Test
    void roundsFiguresUpToPowersOfTwo() throws Exception {
        AgentHarness harness = harness(project(), FakeCell::copyInputs);
        EnclaveIdentity identity = harness.identity();
        harness.grantAll(identity);
        Receipt.Report report =
                harness.receipt(identity, ScriptedPlane.soon(harness.plane.finished))
                        .document()
                        .report();
        assertEquals(2, report.wallSeconds());
        assertEquals(1, report.cpuSeconds());
        assertEquals(128L << 20, report.peakMemoryBytes());
    }

    /// User code picks the line: by it, it must not pick whether its run leaves a receipt.
    @ParameterizedTest
    @ValueSource(ints = {10_000_000, 10_000_001, Integer.MAX_VALUE})
    void namesNoLineThatNoReceiptCanNameAndSignsTheReceipt(int line) throws Exception {
        AgentHarness harness =
                harness(
                        project(),
                        (_, _) ->
                                FakeCell.report(
                                        new RunOutcome.Failed(
                                                FailureClass.VALUE_ERROR, OptionalInt.of(line)),
                                        List.of()));
        EnclaveIdentity identity = harness.identity();
        harness.grantAll(identity);
        ScriptedPlane.Finish finish = ScriptedPlane.soon(harness.plane.finished);
        Receipt receipt = harness.receipt(identity, finish).document();
        assertEquals(Optional.of("ValueError"), receipt.report().exception());
        assertEquals(
                line <= Receipt.Report.MAX_LINE ? Optional.of((long) line) : Optional.empty(),
                receipt.report().line());
    }

    @Test
    void releasesNothingOfARunThatFailed() throws Exception {
        AgentHarness harness =
                harness(
                        project(),
                        (cell, observer) -> {
                            try (OutputStream out =
                                    observer.open(new OutputKey(0, Optional.empty(), 0))) {
                                out.write(1);
                            }
                            return FakeCell.raise();
                        });
        EnclaveIdentity identity = harness.identity();
        harness.grantAll(identity);
        ScriptedPlane.Finish finish = ScriptedPlane.soon(harness.plane.finished);
        Receipt receipt = harness.receipt(identity, finish).document();
        assertEquals(Outcome.EXCEPTION, receipt.report().outcome());
        assertEquals(Optional.of("ValueError"), receipt.report().exception());
        assertEquals(Optional.of(3L), receipt.report().line());
        assertEquals(List.of(), receipt.outputs());
        assertTrue(finish.headers().isEmpty());
    }

    @Test
    void givesPrintedTextAndTracebackToTheirReadersOnly() throws Exception {
        TestComputation computation =
                project().terms(terms -> with(terms, 1, List.of(ANNA), List.of(CODE)));
        AgentHarness harness = harness(computation, (cell, observer) -> FakeCell.raise());
        EnclaveIdentity identity = harness.identity();
        harness.grantAll(identity);
        ScriptedPlane.Finish finish = ScriptedPlane.soon(harness.plane.finished);
        Receipt receipt = harness.receipt(identity, finish).document();
        assertEquals(
                List.of(
                        "index/" + CODE + "/0",
                        "traceback/" + CODE + "/0",
                        "index/" + ANNA + "/0",
                        "output/" + ANNA + "/0"),
                receipt.outputs().stream()
                        .map(output ->
                                output.kind() + "/" + output.reader() + "/" + output.position())
                        .toList());
        OutputIndex.Entry printed = harness.index(finish, receipt, ANNA).entries().getFirst();
        assertEquals(
                "printed",
                AgentHarness.text(
                        harness.open(finish, output(receipt, ANNA, Receipt.Kind.OUTPUT)), printed));
        OutputIndex.Entry traceback = harness.index(finish, receipt, CODE).entries().getFirst();
        assertEquals(
                "Traceback: boom",
                AgentHarness.text(
                        harness.open(finish, output(receipt, CODE, Receipt.Kind.TRACEBACK)),
                        traceback));
    }

    @Test
    void namesWhatStandsAndNothingThatWasReplaced() throws Exception {
        AgentHarness harness =
                harness(
                        project(),
                        (cell, observer) -> {
                            write(observer.open(new OutputKey(0, Optional.of("table"), 0)), "old");
                            write(observer.open(new OutputKey(0, Optional.of("table"), 1)), "new");
                            write(
                                    observer.open(new OutputKey(0, Optional.of("a\\b"), 2)),
                                    "odd name");
                            write(observer.open(new OutputKey(0, Optional.empty(), 3)), "plain");
                            write(
                                    observer.open(new OutputKey(0, Optional.of("result"), 4)),
                                    "named like the plain one");
                            return FakeCell.report(
                                    new RunOutcome.Success(),
                                    List.of(
                                            new OutputKey(0, Optional.of("table"), 1),
                                            new OutputKey(0, Optional.of("a\\b"), 2),
                                            new OutputKey(0, Optional.empty(), 3),
                                            new OutputKey(0, Optional.of("result"), 4)));
                        });
        EnclaveIdentity identity = harness.identity();
        harness.grantAll(identity);
        ScriptedPlane.Finish finish = ScriptedPlane.soon(harness.plane.finished);
        Receipt receipt = harness.receipt(identity, finish).document();
        List<OutputIndex.Entry> entries = harness.index(finish, receipt, CARL).entries();
        assertEquals(
                List.of("table", "unnamed-2", "result", "another-2"),
                entries.stream().map(entry -> entry.name().value()).toList());
        assertEquals(
                "new",
                AgentHarness.text(
                        harness.open(finish, output(receipt, CARL, Receipt.Kind.RESULT)),
                        entries.getFirst()));
        assertFalse(
                finish.headers()
                        .containsKey(new ScriptedPlane.Place(CARL, Receipt.Kind.RESULT, 0)));
        assertEquals(0, harness.index(finish, receipt, DORA).entries().size());
    }

    private static void write(OutputStream out, String text) throws IOException {
        try (out) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
        }
    }

    @Test
    void saysSoWhenCodeWritesNothing() throws Exception {
        AgentHarness harness =
                harness(
                        project(),
                        (cell, observer) -> FakeCell.report(new RunOutcome.Success(), List.of()));
        assertOutcome(Outcome.NO_OUTPUT, harness);
    }

    @Test
    void tellsExitsFromExceptionsAndCrashes() throws Exception {
        AgentHarness harness =
                harness(
                        project(),
                        (cell, observer) ->
                                FakeCell.report(
                                        new RunOutcome.Crashed(OptionalInt.of(9)), List.of()));
        assertOutcome(Outcome.CRASH, harness);
    }

    @ParameterizedTest
    @EnumSource
    void namesEachLimitByAnOutcomeOfItsOwn(Limit limit) throws Exception {
        AgentHarness harness =
                harness(
                        project(),
                        (cell, observer) ->
                                FakeCell.report(new RunOutcome.LimitReached(limit), List.of()));
        assertOutcome(Outcome.valueOf("LIMIT_" + limit), harness);
    }

    private static void assertOutcome(Outcome outcome, AgentHarness harness) throws Exception {
        EnclaveIdentity identity = harness.identity();
        harness.grantAll(identity);
        Receipt receipt =
                harness.receipt(identity, ScriptedPlane.soon(harness.plane.finished)).document();
        assertEquals(outcome, receipt.report().outcome());
        assertEquals(List.of(), receipt.outputs());
    }

    @Test
    void runThatCantStoreItsOutputCountsAndFails() throws Exception {
        AgentHarness harness = harness(project(), FakeCell::copyInputs);
        harness.plane.refuseOutputs();
        assertOutcome(Outcome.STOPPED, harness);
        assertEquals("exhausted: every run that was granted is done", harness.end().said());
    }

    @Test
    void eachReceiptNamesTheOneBefore() throws Exception {
        AgentHarness harness = harness(project().terms(runs(2)), FakeCell::copyInputs);
        EnclaveIdentity identity = harness.identity();
        harness.grantAll(identity);
        Signed<Receipt> first =
                harness.receipt(identity, ScriptedPlane.soon(harness.plane.finished));
        assertEquals(Optional.empty(), first.document().previous());
        harness.plane.forgetBodies();
        for (Email provider : List.of(ANNA, BEN)) {
            InputList list =
                    harness.computation.list(
                            provider,
                            identity.digest(),
                            2,
                            harness.computation.input(
                                    provider, "second", Bytes.utf8("second of " + provider)));
            assertEquals(
                    Optional.empty(),
                    harness.hand(identity, "inputs", harness.computation.signed(list)));
        }
        Signed<Receipt> second =
                harness.receipt(identity, ScriptedPlane.soon(harness.plane.finished));
        assertEquals(Optional.of(first.digest()), second.document().previous());
        assertEquals(2, second.document().run());
        FakeCell one = cells.take();
        FakeCell two = cells.take();
        assertTrue(one.ran() && two.ran());
        assertEquals("exhausted: every run that was granted is done", harness.end().said());
    }

    @Test
    void opensNothingThatIsSealedToSomebodyElse() throws Exception {
        AgentHarness harness = harness(project(), FakeCell::copyInputs);
        EnclaveIdentity identity = harness.identity();
        long number = harness.plane.hand("grant", Bytes.utf8("no age file"));
        assertEquals(
                new ScriptedPlane.Told(number, Optional.of("grant.sealed")),
                ScriptedPlane.soon(harness.plane.verdicts));
        var other =
                new EnclaveIdentity(
                        identity.computation(),
                        identity.agreement(),
                        TestComputation.freshHybrid().recipient().text(),
                        identity.signingKey(),
                        identity.runtime(),
                        identity.isolation(),
                        identity.swap(),
                        identity.startedAt());
        assertEquals(
                Optional.of("grant.sealed"),
                harness.hand(
                        other,
                        "grant",
                        harness.computation.signed(
                                harness.computation.grant(CARL, identity.digest()))));
        assertEquals(
                Optional.of("inputs.sealed"),
                harness.hand(
                        other,
                        "inputs",
                        harness.computation.signed(
                                harness.computation.grant(CARL, identity.digest()))));
        harness.grantAll(identity);
        ScriptedPlane.soon(harness.plane.finished);
    }

    /// What the control plane does to one input of Anna's, with the refusal that follows. Nothing
    /// has run then.
    private void refusesInput(String code, UnaryOperator<byte[]> change) throws Exception {
        AgentHarness harness = harness(project(), FakeCell::copyInputs);
        EnclaveIdentity identity = harness.identity();
        var file = harness.computation.input(ANNA, "a.txt", Bytes.utf8("x".repeat(100_000)));
        Bytes good = blob(harness, file.ciphertext());
        InputList list = harness.computation.list(ANNA, identity.digest(), 1, file);
        var grant =
                harness.computation.grant(
                        ANNA, identity.digest(), Optional.of(harness.computation.signed(list)));
        assertEquals(
                Optional.empty(),
                harness.hand(identity, "grant", harness.computation.signed(grant)));
        harness.computation.blobs.remove(file.ciphertext());
        byte[] changed = change.apply(good.toArray());
        harness.plane.swap(
                file.ciphertext(),
                Optional.of(changed).filter(one -> one.length > 0).map(Bytes::copyOf));
        for (Email person : List.of(CODE, BEN, CARL, DORA)) {
            assertEquals(
                    Optional.empty(),
                    harness.hand(
                            identity,
                            "grant",
                            harness.computation.signed(
                                    harness.computation.grant(person, identity.digest()))));
        }
        assertEquals(
                new ScriptedPlane.Told(1, Optional.of(code)),
                ScriptedPlane.soon(harness.plane.verdicts));
        assertTrue(harness.plane.started.isEmpty());
        assertFalse(cells.take().ran());

        harness.plane.swap(file.ciphertext(), Optional.of(good));
        Receipt receipt =
                harness.receipt(identity, ScriptedPlane.soon(harness.plane.finished)).document();
        assertEquals(1, receipt.run());
        assertEquals(Outcome.SUCCESS, receipt.report().outcome());
    }

    private static Bytes blob(AgentHarness harness, Sha256 digest) {
        return Optional.ofNullable(harness.computation.blobs.get(digest)).orElseThrow();
    }

    @Test
    void startsNothingOnAChangedInput() throws Exception {
        refusesInput(
                "inputs.digest",
                bytes -> {
                    bytes[bytes.length - 1] ^= 1;
                    return bytes;
                });
    }

    @Test
    void startsNothingOnATruncatedInput() throws Exception {
        refusesInput("inputs.digest", bytes -> Arrays.copyOf(bytes, bytes.length - 1));
    }

    @Test
    void startsNothingOnAnExtendedInput() throws Exception {
        refusesInput("inputs.digest", bytes -> Arrays.copyOf(bytes, bytes.length + 1));
    }

    @Test
    void startsNothingOnAnotherInput() throws Exception {
        refusesInput("inputs.digest", _ -> new byte[] {1, 2, 3});
    }

    @Test
    void startsNothingOnAMissingInput() throws Exception {
        refusesInput("inputs.missing", _ -> new byte[0]);
    }

    @Test
    void leavesWhenAnInputDoesNotOpen() throws Exception {
        AgentHarness harness = harness(project(), FakeCell::copyInputs);
        EnclaveIdentity identity = harness.identity();
        var bensFile = harness.computation.input(BEN, "b.txt", Bytes.utf8("ben's"));
        InputList list = harness.computation.list(ANNA, identity.digest(), 1, bensFile);
        var grant =
                harness.computation.grant(
                        ANNA, identity.digest(), Optional.of(harness.computation.signed(list)));
        assertEquals(
                Optional.empty(),
                harness.hand(identity, "grant", harness.computation.signed(grant)));
        for (Email person : List.of(CODE, BEN, CARL, DORA)) {
            harness.hand(
                    identity,
                    "grant",
                    harness.computation.signed(
                            harness.computation.grant(person, identity.digest())));
        }
        assertEquals(
                new ScriptedPlane.Told(1, Optional.of("inputs.open")),
                ScriptedPlane.soon(harness.plane.verdicts));
        assertTrue(harness.end().said().startsWith("refused: inputs.open of anna@example.org"));
        assertTrue(harness.plane.started.isEmpty());
    }

    @Test
    void leavesWhenTheCodeDoesNotOpen() throws Exception {
        var computation =
                new TestComputation()
                        .secret("model.py", Bytes.utf8("x"), Identity.generate(new SecureRandom()));
        AgentHarness harness = harness(computation, FakeCell::copyInputs);
        harness.grantAll(harness.identity());
        assertTrue(harness.end().said().startsWith("refused: code.open of code@example.org"));
        assertFalse(cells.take().ran());
    }

    @Test
    void startsNothingOnAChangedBundle() throws Exception {
        AgentHarness harness = harness(project(), FakeCell::copyInputs);
        EnclaveIdentity identity = harness.identity();
        Sha256 digest = harness.computation.agreement().code().bundle();
        Bytes good = blob(harness, digest);
        harness.computation.blobs.remove(digest);
        byte[] changed = good.toArray();
        changed[600] ^= 1;
        harness.plane.swap(digest, Optional.of(Bytes.copyOf(changed)));
        harness.grantAll(identity);
        assertEquals(
                new ScriptedPlane.Told(1, Optional.of("code.digest")),
                ScriptedPlane.soon(harness.plane.verdicts));
        assertTrue(harness.plane.started.isEmpty());
        harness.plane.swap(digest, Optional.of(good));
        ScriptedPlane.soon(harness.plane.finished);
    }

    private void refusesJob(String reason, AgentHarness harness) throws Exception {
        harness.start();
        String said = harness.end().said();
        assertTrue(said.startsWith("refused: ") && said.contains(reason), said);
        assertTrue(harness.plane.identities.isEmpty());
        for (FakeCell cell : cells) {
            assertTrue(cell.closed());
        }
    }

    @Test
    void refusesAnAgreementThatDoesNotHold() throws Exception {
        AgentHarness harness = harness(project(), FakeCell::copyInputs);
        var other = new TestComputation();
        var parts =
                Signed.verify(
                                harness.computation.agreement().envelope(),
                                Agreement.TYPE,
                                harness.computation.ownerKey.publicKey())
                        .document();
        harness.plane.serveAgreement(EnvelopeSigner.sign(other.ownerKey, Agreement.TYPE, parts));
        refusesJob("the agreement does not hold", harness);
    }

    @Test
    void refusesAnotherAgreementThanItWasStartedFor() throws Exception {
        AgentHarness harness = harness(project(), FakeCell::copyInputs);
        refusesJob(
                "another than this enclave was started for",
                harness.startedFor(Sha256.of(Bytes.utf8("x"))));
    }

    @Test
    void refusesPackagesThatAreNotTheAgreedOnes() throws Exception {
        refusesJob(
                "not those of the agreed runtime: in no wheel: strange.py",
                harness(project(), FakeCell::copyInputs).withStrangePackage());
    }

    @Test
    void refusesCodeThatIsNotServed() throws Exception {
        AgentHarness harness = harness(project(), FakeCell::copyInputs);
        harness.plane.swap(harness.computation.agreement().code().bundle(), Optional.empty());
        refusesJob("the code bundle is not served", harness);
    }

    @Test
    void refusesCodeThatIsNotTheAgreedOne() throws Exception {
        AgentHarness harness = harness(project(), FakeCell::copyInputs);
        var other = new TestComputation();
        Bytes bundle = blob(harnessless(other), other.agreement().code().bundle());
        harness.plane.swap(harness.computation.agreement().code().bundle(), Optional.of(bundle));
        refusesJob("not the one of the agreement", harness);
    }

    private AgentHarness harnessless(TestComputation computation) throws Exception {
        try (var harness =
                new AgentHarness(
                        computation,
                        folder,
                        (_, _, _) -> () -> new FakeCell(FakeCell::copyInputs))) {
            return harness;
        }
    }

    private static final String WHEEL = "toml-0.10.2-py2.py3-none-any.whl";
    private static final String WHEEL_LOCK =
            "toml==0.10.2 \\\n    --hash=" + Sha256.of(Bytes.utf8("PK")) + "\n";

    private static TestComputation withWheel() {
        return project().clear("wheels/" + WHEEL, "PK").clear(BundlePath.LOCK.value(), WHEEL_LOCK);
    }

    @Test
    void givesCellsTheWheelsOfTheLockAndDoesNotAddThemToTheCode() throws Exception {
        AgentHarness harness = harness(withWheel(), FakeCell::copyInputs);
        EnclaveIdentity identity = harness.identity();
        harness.grantAll(identity);
        ScriptedPlane.Finish finish = ScriptedPlane.soon(harness.plane.finished);

        assertEquals(
                List.of(
                        new BillOfMaterials.Component(
                                "toml",
                                "0.10.2",
                                Sha256.of(Bytes.utf8("PK")),
                                BillOfMaterials.Origin.CODE)),
                harness.receipt(identity, finish).document().packages().packages());
        FakeCell cell = ScriptedPlane.soon(cells);
        assertEquals("PK", cell.wheel(WHEEL));
        assertEquals("missing", cell.file("wheels/" + WHEEL));
    }

    @Test
    void refusesWheelsWithoutALock() throws Exception {
        var wheels = project().clear("wheels/" + WHEEL, "PK");
        refusesJob("no requirements.lock that names them", harness(wheels, FakeCell::copyInputs));
    }

    @Test
    void refusesAWheelThatIsNotInTheLock() throws Exception {
        var more = withWheel().clear("wheels/more-1.0-py3-none-any.whl", "PK");
        refusesJob(
                "wheels/more-1.0-py3-none-any.whl is not in requirements.lock",
                harness(more, FakeCell::copyInputs));
    }

    @Test
    void refusesAWheelOfAnotherHash() throws Exception {
        var flipped = withWheel().clear("wheels/" + WHEEL, "PL");
        refusesJob("not its hash in requirements.lock", harness(flipped, FakeCell::copyInputs));
    }

    @Test
    void refusesASecondWheelOfOnePackage() throws Exception {
        var twice = withWheel().clear("wheels/toml-0.10.2-py3-none-any.whl", "PK");
        refusesJob("is a second wheel beside", harness(twice, FakeCell::copyInputs));
    }

    @Test
    void refusesALockedPackageWithoutAWheel() throws Exception {
        var missing = project().clear(BundlePath.LOCK.value(), WHEEL_LOCK);
        refusesJob(
                "has toml 0.10.2, whose wheel is not in wheels/",
                harness(missing, FakeCell::copyInputs));
    }

    @Test
    void refusesALockThatIsNone() throws Exception {
        var locked = project().clear(BundlePath.LOCK.value(), "toml==0.10.2\n");
        refusesJob("the code's requirements.lock", harness(locked, FakeCell::copyInputs));
    }

    @Test
    void usesNoWheelThatIsServedOtherwiseThanItWasChecked() throws Exception {
        TestComputation computation = withWheel();
        var other = withWheel().clear("wheels/" + WHEEL, "PL");
        Bytes swapped = blob(harnessless(other), other.agreement().code().bundle());
        AgentHarness harness =
                new AgentHarness(
                        computation,
                        folder,
                        (_, _, wheels) ->
                                () -> {
                                    var cell = new FakeCell(FakeCell::copyInputs);
                                    cells.add(cell);
                                    requireOpen()
                                            .plane
                                            .swap(
                                                    computation.agreement().code().bundle(),
                                                    Optional.of(swapped));
                                    cell.install(wheels);
                                    return cell;
                                });
        open = Optional.of(harness);
        harness.start();
        String said = harness.end().said();
        assertTrue(said.contains("not the one of the agreement any more"), said);
        assertEquals("missing", ScriptedPlane.soon(cells).wheel(WHEEL));
        assertTrue(harness.plane.identities.isEmpty());
    }

    private AgentHarness requireOpen() {
        return open.orElseThrow();
    }

    @Test
    void takesTheRuntimesOwnLock() throws Exception {
        var locked =
                project()
                        .clear(
                                BundlePath.LOCK.value(),
                                new String(TestComputation.LOCK.toArray(), StandardCharsets.UTF_8));
        harness(locked, FakeCell::copyInputs).identity();
    }

    private static Terms demandingCgroups(Terms terms) {
        return terms.toBuilder().isolation(IsolationLevel.CGROUPS).build();
    }

    private AgentHarness isolating(TestComputation computation, IsolationLevel... levels)
            throws Exception {
        var each = new LinkedBlockingQueue<>(List.of(levels));
        var harness =
                new AgentHarness(
                        computation,
                        folder,
                        (_, _, _) -> () -> new FakeCell(FakeCell::copyInputs, each.remove()));
        open = Optional.of(harness);
        return harness;
    }

    @Test
    void publishesNoIdentityBelowTheLevelThatTheTermsDemand() throws Exception {
        refusesJob(
                "this machine isolates a run by namespaces only, and the terms demand cgroups",
                isolating(project().terms(AgentTest::demandingCgroups), IsolationLevel.NAMESPACES));
    }

    @Test
    void claimsTheLevelItHas() throws Exception {
        assertEquals(
                IsolationLevel.CGROUPS,
                isolating(project(), IsolationLevel.CGROUPS).identity().isolation());
    }

    @Test
    void runsNothingBelowTheLevelThatItsIdentityClaims() throws Exception {
        AgentHarness harness =
                isolating(
                        project().terms(runs(2)),
                        IsolationLevel.CGROUPS,
                        IsolationLevel.NAMESPACES);
        EnclaveIdentity identity = harness.identity();
        harness.grantAll(identity);
        ScriptedPlane.soon(harness.plane.finished);
        assertEquals(
                "refused: this machine isolates a run by namespaces only, and no longer by cgroups",
                harness.end().said());
    }

    @Test
    void leavesWhenTheAgreementExpires() throws Exception {
        AgentHarness harness = harness(project(), FakeCell::copyInputs);
        harness.identity();
        harness.time.count(Duration.ofDays(8));
        assertEquals("expired: the agreement or a grant has expired", harness.end().said());
    }

    @Test
    void leavesWhenToldTo() throws Exception {
        AgentHarness harness = harness(project(), FakeCell::copyInputs);
        harness.identity();
        harness.plane.stop();
        assertEquals("stopped", harness.end().said());
        assertTrue(cells.take().closed());
    }

    @Test
    void stopsARunWhenToldTo() throws Exception {
        AgentHarness harness =
                harness(
                        project(),
                        (cell, observer) -> {
                            try {
                                assertTrue(cell.stopped.await(30, TimeUnit.SECONDS));
                            } catch (InterruptedException e) {
                                throw new IOException(e);
                            }
                            return FakeCell.report(new RunOutcome.Stopped(), List.of());
                        });
        EnclaveIdentity identity = harness.identity();
        harness.grantAll(identity);
        ScriptedPlane.soon(harness.plane.started);
        harness.plane.stop();
        Receipt receipt =
                harness.receipt(identity, ScriptedPlane.soon(harness.plane.finished)).document();
        assertEquals(Outcome.STOPPED, receipt.report().outcome());
        assertEquals("stopped", harness.end().said());
    }

    @Test
    void endsWithItsLink() throws Exception {
        AgentHarness harness = harness(project(), FakeCell::copyInputs);
        harness.identity();
        harness.plane.breakLink();
        assertTrue(harness.end().failure().isPresent());
        assertTrue(cells.take().closed());
    }

    @Test
    void runsNothingTheControlPlaneDoesNotRecord() throws Exception {
        AgentHarness harness = harness(project(), FakeCell::copyInputs);
        EnclaveIdentity identity = harness.identity();
        harness.plane.refuseState("wrong-state");
        harness.grantAll(identity);
        assertTrue(harness.end().failure().isPresent());
        assertFalse(cells.take().ran());
    }

    /// What a body of `clear` bytes takes: a nonce, and 16 bytes for each chunk of 64 KiB.
    private static long bodyOf(long clear) {
        return 16 + clear + 16 * ((clear + 65_535) / 65_536);
    }

    /// The size of the body of an output that user code leaves open after `bytes`, of a run that
    /// then fails.
    private long leftOpen(int bytes) throws Exception {
        AgentHarness harness =
                harness(
                        project(),
                        (cell, observer) -> {
                            observer.open(new OutputKey(0, Optional.empty(), 0))
                                    .write(new byte[bytes]);
                            return FakeCell.raise();
                        });
        EnclaveIdentity identity = harness.identity();
        harness.grantAll(identity);
        ScriptedPlane.Finish finish = ScriptedPlane.soon(harness.plane.finished);
        assertEquals(List.of(), harness.receipt(identity, finish).document().outputs());
        assertTrue(finish.headers().isEmpty());
        var place = new ScriptedPlane.Place(CARL, Receipt.Kind.RESULT, 0);
        long length = harness.plane.body(place).orElseThrow().length();
        harness.close();
        return length;
    }

    @Test
    void anOutputThatUserCodeLeavesOpenIsPaddedAndReleasedToNobody() throws Exception {
        for (int bytes : List.of(0, 1, 100_000, 101_000)) {
            assertEquals(bodyOf(Padme.length(bytes)), leftOpen(bytes), () -> bytes + " bytes");
        }
        assertEquals(Padme.length(100_000), Padme.length(100_001));
    }

    @Test
    void anErrorInARunEndsTheAgent() throws Exception {
        AgentHarness harness =
                harness(
                        project(),
                        (cell, observer) -> {
                            throw new OutOfMemoryError("as the test says");
                        });
        harness.grantAll(harness.identity());
        assertEquals("java.lang.OutOfMemoryError: as the test says", harness.end().said());
        assertTrue(cells.take().closed());
        assertTrue(harness.plane.finished.isEmpty());
    }

    @Test
    void anItemOutOfOrderEndsTheAgent() throws Exception {
        AgentHarness harness = harness(project(), FakeCell::copyInputs);
        harness.identity();
        harness.plane.hand("grant", Bytes.utf8("no age file"));
        ScriptedPlane.soon(harness.plane.verdicts);
        harness.plane.hand("grant", Bytes.utf8("no age file"), 1);
        String said = harness.end().said();
        assertTrue(said.contains("next.number"), said);
        assertTrue(cells.take().closed());
    }

    @Test
    void takesNoMoreItemsThanItDecides() throws Exception {
        AgentHarness harness = harness(project(), FakeCell::copyInputs);
        EnclaveIdentity identity = harness.identity();
        harness.plane.holdVerdicts();
        for (int i = 0; i < 50; i++) {
            harness.plane.hand("grant", Bytes.utf8("no age file"));
        }
        ScriptedPlane.soon(harness.plane.verdicts);
        // One is decided, four wait, one is about to, and no further is asked for.
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (harness.plane.asked() < 6 && System.nanoTime() < deadline) {
            Thread.onSpinWait();
        }
        assertEquals(6, harness.plane.asked());
        assertTrue(harness.plane.verdicts.isEmpty());
        harness.plane.answerVerdicts();
        for (int i = 1; i < 50; i++) {
            ScriptedPlane.soon(harness.plane.verdicts);
        }
        harness.grantAll(identity);
        ScriptedPlane.soon(harness.plane.finished);
    }

    @Test
    void anAnswerThatNeverEndsEndsTheAgent() throws Exception {
        AgentHarness harness =
                harness(project(), FakeCell::copyInputs).patientFor(Duration.ofMillis(200));
        harness.identity();
        harness.plane.leaveVerdictsOpen();
        harness.plane.hand("grant", Bytes.utf8("no age file"));
        String said = harness.end().said();
        assertTrue(said.endsWith("the peer is silent for too long"), said);
        assertTrue(cells.take().closed());
    }

    @Test
    void startsNothingOnAMissingBundle() throws Exception {
        AgentHarness harness = harness(project(), FakeCell::copyInputs);
        EnclaveIdentity identity = harness.identity();
        Sha256 digest = harness.computation.agreement().code().bundle();
        Bytes good = blob(harness, digest);
        harness.computation.blobs.remove(digest);
        harness.plane.swap(digest, Optional.empty());
        harness.grantAll(identity);
        assertEquals(
                new ScriptedPlane.Told(1, Optional.of("code.missing")),
                ScriptedPlane.soon(harness.plane.verdicts));
        assertTrue(harness.plane.started.isEmpty());
        assertFalse(cells.take().ran());
        harness.plane.swap(digest, Optional.of(good));
        ScriptedPlane.soon(harness.plane.finished);
    }

    @Test
    void logsNothingSecret() throws Exception {
        AgentHarness harness = harness(project(), FakeCell::copyInputs);
        EnclaveIdentity identity = harness.identity();
        harness.plane.hand("grant", Bytes.utf8("no age file"));
        ScriptedPlane.soon(harness.plane.verdicts);
        harness.grantAll(identity);
        ScriptedPlane.soon(harness.plane.finished);
        String log = String.join("\n", harness.log);
        for (Email provider : List.of(CODE, ANNA, BEN)) {
            byte[] key =
                    harness.computation
                            .encrypting(provider)
                            .text(SecretExposure.acknowledged())
                            .expose(SecretExposure.acknowledged());
            assertFalse(log.contains(new String(key, StandardCharsets.US_ASCII)));
        }
        assertFalse(log.contains("data of"));
        assertEquals(NOW, identity.startedAt());
    }
}
