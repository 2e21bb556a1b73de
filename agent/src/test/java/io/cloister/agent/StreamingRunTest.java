package io.cloister.agent;

import static io.cloister.agent.TestComputation.ANNA;
import static io.cloister.agent.TestComputation.BEN;
import static io.cloister.agent.TestComputation.CARL;
import static io.cloister.agent.TestComputation.CODE;
import static io.cloister.agent.TestComputation.DORA;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.agent.sandbox.OutputKey;
import io.cloister.agent.sandbox.RunObserver;
import io.cloister.agent.sandbox.RunOutcome;
import io.cloister.agent.sandbox.RunReport;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.Email;
import io.cloister.protocol.document.EnclaveIdentity;
import io.cloister.protocol.document.InputList;
import io.cloister.protocol.document.InputMode;
import io.cloister.protocol.document.Outcome;
import io.cloister.protocol.document.Receipt;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.Collectors;

/// Runs whose terms stream inputs: code starts before they are checked, and nothing leaves until
/// they are.
final class StreamingRunTest {
    private static final OutputKey TO_CARL = new OutputKey(0, Optional.empty(), 0);

    @TempDir private Path folder;
    private final BlockingQueue<Set<Receipt.Kind>> seen = new LinkedBlockingQueue<>();
    private Optional<AgentHarness> open = Optional.empty();

    /// What a control plane may serve in the place of an input.
    enum Swap {
        FLIPPED,
        FLIPPED_EARLY,
        TRUNCATED,
        EXTENDED,
        ANOTHER,
        MISSING;

        Optional<Bytes> of(Bytes good) {
            byte[] bytes = good.toArray();
            return switch (this) {
                case FLIPPED -> flipped(bytes, bytes.length - 1);
                case FLIPPED_EARLY -> flipped(bytes, 0);
                case TRUNCATED -> resized(bytes, bytes.length - 1);
                case EXTENDED -> resized(bytes, bytes.length + 1);
                case ANOTHER -> Optional.of(Bytes.utf8("another"));
                case MISSING -> Optional.empty();
            };
        }

        private static Optional<Bytes> flipped(byte[] bytes, int at) {
            bytes[at] ^= 1;
            return Optional.of(Bytes.copyOf(bytes));
        }

        private static Optional<Bytes> resized(byte[] bytes, int length) {
            return Optional.of(Bytes.copyOf(Arrays.copyOf(bytes, length)));
        }
    }

    @AfterEach
    void closeTheHarness() {
        open.ifPresent(AgentHarness::close);
    }

    private AgentHarness harness(FakeCell.Program program) throws Exception {
        var computation =
                new TestComputation()
                        .terms(terms ->
                                terms.toBuilder()
                                        .inputMode(InputMode.STREAMING)
                                        .outputReaders(List.of(ANNA))
                                        .tracebackReaders(List.of(CODE))
                                        .build());
        var harness =
                new AgentHarness(computation, folder, (_, _, _) -> () -> new FakeCell(program));
        open = Optional.of(harness);
        return harness;
    }

    /// Which kinds of outputs the control plane has of the run so far.
    private Set<Receipt.Kind> stored() {
        return open.orElseThrow().plane.places().stream()
                .map(ScriptedPlane.Place::kind)
                .collect(Collectors.toSet());
    }

    private static RunReport success() {
        return FakeCell.report(new RunOutcome.Success(), List.of(TO_CARL));
    }

    private static RunReport copyStreams(FakeCell cell, RunObserver observer) throws IOException {
        try (OutputStream out = observer.open(TO_CARL)) {
            for (int i = 0; i < cell.streams.size(); i++) {
                try (InputStream in = cell.stream(i)) {
                    in.transferTo(out);
                }
            }
        }
        return success();
    }

    private static Receipt finished(AgentHarness harness, EnclaveIdentity identity)
            throws Exception {
        return harness.receipt(identity, ScriptedPlane.soon(harness.plane.finished)).document();
    }

    /// Everyone's grant, with one large input of Anna's, which the control plane swaps.
    private static EnclaveIdentity granted(AgentHarness harness, Swap swap) throws Exception {
        EnclaveIdentity identity = harness.identity();
        var file = harness.computation.input(ANNA, "a.txt", Bytes.utf8("x".repeat(300_000)));
        Bytes good =
                Optional.ofNullable(harness.computation.blobs.get(file.ciphertext())).orElseThrow();
        InputList list = harness.computation.list(ANNA, identity.digest(), 1, file);
        var grant =
                harness.computation.grant(
                        ANNA, identity.digest(), Optional.of(harness.computation.signed(list)));
        harness.hand(identity, "grant", harness.computation.signed(grant));
        harness.computation.blobs.remove(file.ciphertext());
        harness.plane.swap(file.ciphertext(), swap.of(good));
        for (Email person : List.of(CODE, BEN, CARL, DORA)) {
            harness.hand(
                    identity,
                    "grant",
                    harness.computation.signed(
                            harness.computation.grant(person, identity.digest())));
        }
        return identity;
    }

    private void assertNothingLeft(Receipt receipt) {
        assertEquals(Outcome.INPUTS, receipt.report().outcome());
        assertEquals(List.of(), receipt.outputs());
        assertEquals(Optional.empty(), receipt.report().exception());
        assertEquals(Set.of(), stored());
    }

    @Test
    void givesUserCodeWhatProvidersSigned() throws Exception {
        AgentHarness harness = harness(StreamingRunTest::copyStreams);
        EnclaveIdentity identity = harness.identity();
        harness.grantAll(identity);
        ScriptedPlane.Finish finish = ScriptedPlane.soon(harness.plane.finished);
        Receipt receipt = harness.receipt(identity, finish).document();
        assertEquals(Outcome.SUCCESS, receipt.report().outcome());
        Receipt.Output result =
                receipt.outputs().stream()
                        .filter(one -> one.kind() == Receipt.Kind.RESULT)
                        .findFirst()
                        .orElseThrow();
        assertEquals(
                "data of anna@example.orgdata of ben@example.org",
                AgentHarness.text(
                        harness.open(finish, result),
                        harness.index(finish, receipt, CARL).entries().getFirst()));
    }

    @Test
    void keepsResultsUntilAllInputsAreChecked() throws Exception {
        AgentHarness harness =
                harness((cell, observer) -> {
                    try (OutputStream out = observer.open(TO_CARL)) {
                        out.write(new byte[1_000]);
                        cell.stream(0).readAllBytes();
                        out.write(new byte[1_000]);
                        seen.add(stored());
                        cell.stream(1).readAllBytes();
                        out.write(new byte[1_000]);
                    }
                    seen.add(stored());
                    return success();
                });
        EnclaveIdentity identity = harness.identity();
        harness.grantAll(identity);
        assertEquals(Outcome.SUCCESS, finished(harness, identity).report().outcome());
        assertEquals(Set.of(), seen.take());
        assertEquals(Set.of(Receipt.Kind.RESULT), seen.take());
    }

    @Test
    void releasesResultsAfterInputsThatUserCodeLeftUnread() throws Exception {
        AgentHarness harness =
                harness((_, observer) -> {
                    try (OutputStream out = observer.open(TO_CARL)) {
                        out.write('x');
                    }
                    seen.add(stored());
                    return success();
                });
        EnclaveIdentity identity = harness.identity();
        harness.grantAll(identity);
        Receipt receipt = finished(harness, identity);
        assertEquals(Outcome.SUCCESS, receipt.report().outcome());
        assertEquals(Set.of(), seen.take());
        assertTrue(stored().contains(Receipt.Kind.RESULT));
    }

    @ParameterizedTest
    @EnumSource
    void endsARunThatReadsWhatNobodySigned(Swap swap) throws Exception {
        AgentHarness harness = harness(StreamingRunTest::copyStreams);
        assertNothingLeft(finished(harness, granted(harness, swap)));
        assertEquals("exhausted: every run that was granted is done", harness.end().said());
    }

    @ParameterizedTest
    @EnumSource
    void checksWhatUserCodeDidNotRead(Swap swap) throws Exception {
        AgentHarness harness =
                harness((_, observer) -> {
                    try (OutputStream out = observer.open(TO_CARL)) {
                        out.write('x');
                    }
                    return success();
                });
        assertNothingLeft(finished(harness, granted(harness, swap)));
    }

    @Test
    void checksTheRestOfWhatUserCodeBegan() throws Exception {
        AgentHarness harness =
                harness((cell, observer) -> {
                    try (OutputStream out = observer.open(TO_CARL)) {
                        out.write(cell.stream(0).readNBytes(10));
                    }
                    return success();
                });
        assertNothingLeft(finished(harness, granted(harness, Swap.FLIPPED)));
    }

    /// What a program may do with an input whose end never comes.
    enum Reading {
        NOTHING,
        SOME,
        ALL;

        void of(FakeCell cell) throws IOException {
            switch (this) {
                case NOTHING -> {}
                case SOME -> {
                    try (InputStream in = cell.stream(0)) {
                        in.readNBytes(10);
                    }
                }
                case ALL -> cell.stream(0).readAllBytes();
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void tellsNothingOfARunWithAnInputWhoseEndIsWithheld(Reading reading) throws Exception {
        AgentHarness harness =
                harness(
                                (cell, observer) -> {
                                    open.orElseThrow().plane.withholdTails();
                                    try (OutputStream out = observer.open(TO_CARL)) {
                                        out.write('x');
                                    }
                                    reading.of(cell);
                                    return success();
                                })
                        .hearingSilenceFor(Duration.ofMillis(300));
        EnclaveIdentity identity = harness.identity();
        harness.grantAll(identity);
        assertNothingLeft(finished(harness, identity));
    }

    @Test
    void doesNotSayHowCodeFailedOnWhatNobodySigned() throws Exception {
        AgentHarness harness = harness((_, _) -> FakeCell.raise());
        assertNothingLeft(finished(harness, granted(harness, Swap.FLIPPED)));
    }

    @Test
    void saysHowCodeFailedOnceInputsAreChecked() throws Exception {
        AgentHarness harness = harness((_, _) -> FakeCell.raise());
        EnclaveIdentity identity = harness.identity();
        harness.grantAll(identity);
        Receipt receipt = finished(harness, identity);
        assertEquals(Outcome.EXCEPTION, receipt.report().outcome());
        assertTrue(stored().contains(Receipt.Kind.TRACEBACK));
    }

    @Test
    void endsARunWhoseInputTheGrantedKeyDoesNotOpen() throws Exception {
        AgentHarness harness = harness(StreamingRunTest::copyStreams);
        EnclaveIdentity identity = harness.identity();
        var bensFile = harness.computation.input(BEN, "b.txt", Bytes.utf8("ben's"));
        InputList list = harness.computation.list(ANNA, identity.digest(), 1, bensFile);
        harness.hand(
                identity,
                "grant",
                harness.computation.signed(
                        harness.computation.grant(
                                ANNA,
                                identity.digest(),
                                Optional.of(harness.computation.signed(list)))));
        harness.plane.store(harness.computation.blobs);
        for (Email person : List.of(CODE, BEN, CARL, DORA)) {
            harness.hand(
                    identity,
                    "grant",
                    harness.computation.signed(
                            harness.computation.grant(person, identity.digest())));
        }
        assertNothingLeft(finished(harness, identity));
    }

    @Test
    void endsARunWhoseResultsAreMoreThanCanBeKept() throws Exception {
        AgentHarness harness =
                harness((_, observer) -> {
                    try (OutputStream out = observer.open(TO_CARL)) {
                        byte[] piece = new byte[1 << 20];
                        for (int i = 0; i <= HeldOutputs.MOST_BYTES / piece.length; i++) {
                            out.write(piece);
                        }
                    }
                    return success();
                });
        EnclaveIdentity identity = harness.identity();
        harness.grantAll(identity);
        Receipt receipt = finished(harness, identity);
        assertEquals(Outcome.LIMIT_OUTPUT, receipt.report().outcome());
        assertTrue(!stored().contains(Receipt.Kind.RESULT));
    }

    @Test
    void keepsNoResultBackOnceInputsAreChecked() throws Exception {
        AgentHarness harness =
                harness((cell, observer) -> {
                    cell.stream(0).readAllBytes();
                    cell.stream(1).readAllBytes();
                    try (OutputStream out = observer.open(TO_CARL)) {
                        byte[] piece = "y".repeat(1 << 20).getBytes(StandardCharsets.UTF_8);
                        for (int i = 0; i <= HeldOutputs.MOST_BYTES / piece.length; i++) {
                            out.write(piece);
                        }
                    }
                    return success();
                });
        EnclaveIdentity identity = harness.identity();
        harness.grantAll(identity);
        assertEquals(Outcome.SUCCESS, finished(harness, identity).report().outcome());
    }
}
