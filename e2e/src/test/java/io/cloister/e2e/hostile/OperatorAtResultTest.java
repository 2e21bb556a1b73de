package io.cloister.e2e.hostile;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.client.ResultDesk;
import io.cloister.client.Verdict;
import io.cloister.client.server.Progress;
import io.cloister.crypto.EnvelopeSigner;
import io.cloister.crypto.SigningKey;
import io.cloister.crypto.age.HybridIdentity;
import io.cloister.e2e.operator.Answers;
import io.cloister.e2e.operator.HostileProxy;
import io.cloister.e2e.operator.HostileProxy.Answer;
import io.cloister.e2e.stage.Cast;
import io.cloister.e2e.stage.Checkout;
import io.cloister.e2e.stage.Play;
import io.cloister.e2e.stage.Refusals;
import io.cloister.e2e.stage.Site;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.Email;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.EnclaveIdentity;
import io.cloister.protocol.document.Outcome;
import io.cloister.protocol.document.Receipt;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.dsse.Signed;
import io.cloister.protocol.json.Json;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/// What an operator may give a Result Consumer in place of the result. The stage is one finished
/// computation; one consumer has opened its result, the other is the victim. After each test no
/// file has come to the victim, nothing was accepted, and the truth passes every check.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class OperatorAtResultTest {
    private static final String RUN = "/api/v1/computations/[0-9a-f]{32}/runs/[0-9a-f]{64}/1";
    private static final String RECEIPT = RUN + "/receipt";
    private static final String OUTPUTS = RUN + "/outputs";
    private static final String OUTPUT = RUN + "/outputs/[0-9]+";
    private static final int INDEX = 0;
    private static final int RESULT = 1;

    private final SecureRandom random = new SecureRandom();
    private final Map<Integer, byte[]> othersCiphertexts = new ConcurrentHashMap<>();
    private Site site;
    private Cast cast;
    private Cast other;
    private Cast failing;
    private ResultDesk victim;
    private ResultDesk.Run run;
    private Path landing;

    @BeforeAll
    void stage(@TempDir Path folder) throws Exception {
        site = Site.open(folder.resolve("site"), List.of(Checkout.runtime("bare")));
        cast = play(folder.resolve("honest"), Play::joining);
        other = play(folder.resolve("other"), Play::joining);
        failing = play(folder.resolve("failing"), at -> Play.of(at, "raise ValueError(1)"));
        Email consumer = cast.play().roster().resultConsumers().getLast();
        answer(
                OUTPUT,
                (call, honest) -> {
                    othersCiphertexts.put(number(call), honest.body());
                    return honest;
                });
        assertArrayEquals(Play.JOINED.getBytes(StandardCharsets.UTF_8), cast.onlyResult(consumer));
        site.proxy().behave();
        victim = cast.consumer(0).results();
        run = victim.await(Cast.PATIENCE);
    }

    private interface Script {
        Play at(Path folder) throws Exception;
    }

    private Cast play(Path folder, Script script) throws Exception {
        Cast played =
                Cast.proposing(site, script.at(folder.resolve("play")), folder.resolve("homes"))
                        .played();
        played.consumer(0).results().await(Cast.PATIENCE);
        return played;
    }

    @BeforeEach
    void emptyFolder(@TempDir Path folder) {
        landing = folder.resolve("results");
    }

    @AfterEach
    void nothingCameAndTheTruthStillPasses() throws Exception {
        site.proxy().behave();
        assertEquals(List.of(), files(landing));
        assertInstanceOf(Verdict.Accepted.class, victim.check(run.identity(), 1, false));
    }

    @AfterAll
    void close() {
        Stream.of(cast, other, failing).filter(one -> one != null).forEach(Cast::close);
        if (site != null) {
            site.close();
        }
    }

    private static List<Path> files(Path folder) throws Exception {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> inside = Files.list(folder)) {
            return inside.toList();
        }
    }

    private void answer(String path, HostileProxy.Rewrite rewrite) {
        site.proxy().answer(call -> call.is("GET", path), rewrite);
    }

    private void show(Envelope receipt) {
        answer(RECEIPT, (_, _) -> Answers.of(receipt));
    }

    private static int number(HostileProxy.Call call) {
        return Integer.parseInt(call.path().substring(call.path().lastIndexOf('/') + 1));
    }

    private void output(int k, UnaryOperator<byte[]> change) {
        answer(
                OUTPUT,
                (call, honest) ->
                        number(call) == k
                                ? new Answer(honest.status(), change.apply(honest.body().clone()))
                                : honest);
    }

    private Set<String> refusals() {
        return refusals(run.identity());
    }

    private Set<String> refusals(Sha256 identity) {
        return Refusals.of(() ->
                victim.get(
                        identity,
                        1,
                        new ResultDesk.Delivery(landing, Optional.empty(), false, false),
                        Progress.NONE));
    }

    private void assertRefusedBy(String code) {
        Set<String> codes = refusals();
        assertTrue(codes.contains(code), () -> code + " is not among " + codes);
    }

    private Envelope honestReceipt() throws Exception {
        return victim.receipt(run.identity(), 1);
    }

    private Receipt honest() throws Exception {
        return Signed.readUnverified(honestReceipt(), Receipt.TYPE);
    }

    private static Receipt with(
            Receipt from, Bytes identity, List<Receipt.Output> outputs, Receipt.Report report) {
        return new Receipt(
                from.computation(),
                from.agreement(),
                identity,
                from.evidence(),
                from.run(),
                from.grants(),
                from.inputLists(),
                from.bundle(),
                from.runtime(),
                from.packages(),
                from.inputs(),
                outputs,
                from.terms(),
                report,
                from.previous());
    }

    private Envelope signed(Receipt receipt) {
        return EnvelopeSigner.sign(SigningKey.generate(random), Receipt.TYPE, receipt);
    }

    @Test
    void refusesTheSameReceiptSignedByTheOperatorsKey() throws Exception {
        show(signed(honest()));
        assertEquals(Set.of("receipt-signature"), refusals());
    }

    @Test
    void refusesAReceiptWithOtherOutputsSignedByTheOperatorsKey() throws Exception {
        Receipt from = honest();
        List<Receipt.Output> outputs = new ArrayList<>(from.outputs());
        Receipt.Output first = outputs.getFirst();
        outputs.set(
                0,
                new Receipt.Output(
                        first.reader(),
                        first.kind(),
                        first.position(),
                        Sha256.of(Bytes.utf8("the operator's own")),
                        first.ciphertextBytes()));
        show(signed(with(from, from.identity(), outputs, from.report())));
        assertEquals(Set.of("receipt-signature"), refusals());
    }

    @Test
    void refusesAReceiptOfAnotherTimeSignedByTheOperatorsKey() throws Exception {
        Receipt from = honest();
        Receipt.Report report = from.report();
        var later =
                new Receipt.Report(
                        report.outcome(),
                        report.exception(),
                        report.line(),
                        report.startedAt().plusSeconds(3600),
                        report.wallSeconds(),
                        report.cpuSeconds(),
                        report.peakMemoryBytes());
        show(signed(with(from, from.identity(), from.outputs(), later)));
        assertEquals(Set.of("receipt-signature"), refusals());
    }

    @Test
    void refusesAReceiptWithOneFlippedByte() throws Exception {
        Envelope honest = honestReceipt();
        byte[] payload = honest.payload().toArray();
        int digit =
                new String(payload, StandardCharsets.ISO_8859_1).indexOf("\"cpuSeconds\":") + 13;
        payload[digit] = (byte) (payload[digit] == '2' ? '4' : '2');
        show(
                new Envelope(
                        honest.payloadType(),
                        Bytes.copyOf(payload),
                        honest.keyId(),
                        honest.signature()));
        assertEquals(Set.of("receipt-signature"), refusals());
    }

    @Test
    void refusesASignatureWithOneFlippedByte() throws Exception {
        Envelope honest = honestReceipt();
        byte[] signature = honest.signature().toArray();
        signature[40] ^= 1;
        show(
                new Envelope(
                        honest.payloadType(),
                        honest.payload(),
                        honest.keyId(),
                        Bytes.copyOf(signature)));
        assertEquals(Set.of("receipt-signature"), refusals());
    }

    @Test
    void refusesAReceiptByAnEnclaveOfTheOperatorsOwn() throws Exception {
        Receipt from = honest();
        EnclaveIdentity identity = EnclaveIdentity.parse(from.identity());
        SigningKey key = SigningKey.generate(random);
        var own =
                new EnclaveIdentity(
                        identity.computation(),
                        identity.agreement(),
                        HybridIdentity.generate(random).recipient().text(),
                        key.publicKey(),
                        identity.runtime(),
                        identity.isolation(),
                        identity.swap(),
                        identity.startedAt());
        show(
                EnvelopeSigner.sign(
                        key,
                        Receipt.TYPE,
                        with(from, own.canonical(), from.outputs(), from.report())));
        assertEquals(Set.of("result-enclave"), refusals(own.digest()));
        assertEquals(Set.of("result-enclave", "result-run"), refusals());
    }

    @Test
    void refusesTheReceiptOfAnotherComputation() throws Exception {
        ResultDesk desk = other.consumer(0).results();
        ResultDesk.Run foreign = desk.await(Cast.PATIENCE);
        show(desk.receipt(foreign.identity(), 1));
        assertRefusedBy("result-enclave");
        assertRefusedBy("receipt-agreement");
        assertRefusedBy("result-run");
    }

    @Test
    void refusesTheReceiptOfAFailedRun() throws Exception {
        ResultDesk desk = failing.consumer(0).results();
        ResultDesk.Run failed = desk.await(Cast.PATIENCE);
        Receipt receipt = Signed.readUnverified(desk.receipt(failed.identity(), 1), Receipt.TYPE);
        assertEquals(Outcome.EXCEPTION, receipt.report().outcome());
        assertEquals(List.of(), receipt.outputs());
        assertEquals(
                Set.of("result-outcome", "result-reader"),
                Refusals.of(() ->
                        desk.get(
                                failed.identity(),
                                1,
                                new ResultDesk.Delivery(landing, Optional.empty(), false, false),
                                Progress.NONE)));
    }

    @Test
    void refusesTheOtherConsumersResult() {
        output(RESULT, _ -> othersCiphertexts.get(RESULT));
        assertEquals(Set.of("output-sealed"), refusals());
    }

    @Test
    void refusesTheOtherConsumersIndex() {
        output(INDEX, _ -> othersCiphertexts.get(INDEX));
        assertEquals(Set.of("output-ciphertext"), refusals());
    }

    @Test
    void refusesTheOtherConsumersOutputsTogether() {
        output(INDEX, _ -> othersCiphertexts.get(INDEX));
        output(RESULT, _ -> othersCiphertexts.get(RESULT));
        assertEquals(Set.of("output-ciphertext"), refusals());
    }

    @Test
    void refusesIndexAndResultExchanged() {
        answer(
                OUTPUTS,
                (_, honest) -> {
                    String text = new String(honest.body(), StandardCharsets.UTF_8);
                    return new Answer(
                            honest.status(),
                            text.replace("\"index\"", "\"swapped\"")
                                    .replace("\"result\"", "\"index\"")
                                    .replace("\"swapped\"", "\"result\"")
                                    .getBytes(StandardCharsets.UTF_8));
                });
        assertEquals(Set.of("output-ciphertext"), refusals());
    }

    @Test
    void refusesATruncatedResult() {
        output(RESULT, bytes -> Arrays.copyOf(bytes, bytes.length - 1));
        assertEquals(Set.of("output-sealed"), refusals());
    }

    @Test
    void refusesATruncatedIndex() {
        output(INDEX, bytes -> Arrays.copyOf(bytes, bytes.length - 1));
        assertEquals(Set.of("output-ciphertext"), refusals());
    }

    @Test
    void refusesAnEmptyResult() {
        output(RESULT, _ -> new byte[0]);
        assertEquals(Set.of("output-sealed"), refusals());
    }

    @Test
    void refusesAnExtendedResult() {
        output(RESULT, bytes -> Arrays.copyOf(bytes, bytes.length + 1));
        assertEquals(Set.of("output-sealed"), refusals());
    }

    @Test
    void refusesAnExtendedIndex() {
        output(INDEX, bytes -> Arrays.copyOf(bytes, bytes.length + 1));
        assertEquals(Set.of("output-ciphertext"), refusals());
    }

    @Test
    void refusesAFlippedByteOfTheResultsBody() {
        output(RESULT, bytes -> flipped(bytes, bytes.length - 3));
        assertEquals(Set.of("output-sealed"), refusals());
    }

    @Test
    void refusesAFlippedByteOfTheResultsHeader() {
        output(RESULT, bytes -> flipped(bytes, 60));
        assertEquals(Set.of("output-sealed"), refusals());
    }

    @Test
    void refusesAFlippedByteOfTheIndex() {
        output(INDEX, bytes -> flipped(bytes, bytes.length - 3));
        assertEquals(Set.of("output-ciphertext"), refusals());
    }

    private static byte[] flipped(byte[] bytes, int at) {
        bytes[at] ^= 1;
        return bytes;
    }

    @Test
    void saysThatAnOutputIsHidden() {
        answer(
                OUTPUTS,
                (_, honest) -> {
                    List<Json> outputs = Answers.elements(honest, "outputs");
                    return Answers.with(honest, "outputs", Json.array(List.of(outputs.getFirst())));
                });
        assertEquals(Set.of("output-missing"), refusals());
    }

    @Test
    void saysThatAnOutputIsOfferedTwice() {
        answer(
                OUTPUTS,
                (_, honest) -> {
                    List<Json> outputs = new ArrayList<>(Answers.elements(honest, "outputs"));
                    outputs.addAll(Answers.elements(honest, "outputs"));
                    return Answers.with(honest, "outputs", Json.array(outputs));
                });
        assertEquals(Set.of("output-missing"), refusals());
    }

    @Test
    void refusesARunThatWasAcceptedBefore() throws Exception {
        ResultDesk done = cast.consumer(1).results();
        assertEquals(Optional.empty(), done.newest());
        assertEquals(
                Set.of("result-accepted-before"),
                Refusals.of(() ->
                        done.get(
                                run.identity(),
                                1,
                                new ResultDesk.Delivery(landing, Optional.empty(), false, false),
                                Progress.NONE)));
    }

    @Test
    void refusesAnAcceptedRunOfferedAsTheNext() throws Exception {
        Envelope accepted = honestReceipt();
        answer(
                "/api/v1/computations/[0-9a-f]{32}/runs/[0-9a-f]{64}/2/receipt",
                (_, _) -> Answers.of(accepted));
        ResultDesk done = cast.consumer(1).results();
        assertEquals(
                Set.of("result-run", "result-accepted-before"),
                Refusals.of(() ->
                        done.get(
                                run.identity(),
                                2,
                                new ResultDesk.Delivery(landing, Optional.empty(), false, false),
                                Progress.NONE)));
    }
}
