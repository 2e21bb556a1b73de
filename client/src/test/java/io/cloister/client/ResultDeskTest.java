package io.cloister.client;

import static io.cloister.client.Finding.Kind.COULD_NOT_CHECK;
import static io.cloister.client.Finding.Kind.NOT_AUTHENTIC;
import static io.cloister.client.Verdicts.accepted;
import static io.cloister.client.Verdicts.refused;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.cloister.client.server.Progress;
import io.cloister.crypto.EnvelopeSigner;
import io.cloister.crypto.SigningKey;
import io.cloister.crypto.age.Identity;
import io.cloister.crypto.age.Sealing;
import io.cloister.crypto.keystore.KeyName;
import io.cloister.crypto.keystore.KeyStore;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.Padme;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.FileName;
import io.cloister.protocol.document.Outcome;
import io.cloister.protocol.document.OutputIndex;
import io.cloister.protocol.document.Receipt;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.dsse.Signed;
import io.cloister.protocol.json.Json;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;

/// A consumer's runs at a server that shows what it likes of an enclave's receipts.
class ResultDeskTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final ScriptedServer server = new ScriptedServer();
    private final Play play = new Play(server.url(), 5, List.of());
    private final String base = "/computations/" + play.computation;
    private final String runs = base + "/runs/" + play.identity.digest().hex() + "/";

    @TempDir private Path folder;

    /// The consumer's seat after granting, at a server where each run ended as `outcomes` say.
    private Seat seat(Outcome... outcomes) throws Exception {
        serve("granting");
        server.on("GET " + base + "/agreement", play.agreement.envelope().toJson().text());
        List<Envelope> receipts = chain(outcomes);
        for (int i = 0; i < receipts.size(); i++) {
            show(i + 1, receipts.get(i));
        }
        list(LongStream.rangeClosed(1, outcomes.length).toArray());
        var vault = new Vault(KeyStore.create(folder.resolve("home")));
        var cloister = new Cloister(vault, Clock.fixed(Play.NOW, ZoneOffset.UTC), Play.RANDOM);
        Membership membership = play.membership(Play.CONSUMER);
        Place place = membership.place();
        vault.store()
                .add(
                        new KeyName(place.server().value(), place.computation()),
                        Play.of(Play.CONSUMER, play.keys));
        cloister.save(membership.with(membership.history().with(play.grant(Play.CONSUMER))));
        return cloister.seat(place);
    }

    @AfterEach
    void close() {
        server.close();
    }

    private List<Envelope> chain(Outcome... outcomes) {
        List<Envelope> receipts = new ArrayList<>();
        Optional<Sha256> previous = Optional.empty();
        for (Outcome outcome : outcomes) {
            Envelope receipt = play.sign(play.receipt(receipts.size() + 1, outcome, previous));
            receipts.add(receipt);
            previous = Optional.of(receipt.digest());
        }
        return receipts;
    }

    private void serve(String state) {
        server.on(
                "GET " + base,
                Json.object()
                        .put("id", play.computation.toString())
                        .put("state", state)
                        .put("archived", false)
                        .put("dialect", "cloister/1")
                        .put("createdAt", "2026-01-01T00:00:00Z")
                        .put("owner", Play.OWNER.value())
                        .put("proposal", play.signedProposal.digest().toString())
                        .put("participants", List.of())
                        .put("pendingActions", List.of())
                        .put("lastEvent", 1)
                        .build()
                        .text());
    }

    private void show(long run, Envelope receipt) {
        server.on("GET " + runs + run + "/receipt", receipt.toJson().text());
    }

    private void hide(long run) {
        server.on(
                "GET " + runs + run + "/receipt",
                exchange -> ScriptedServer.problem(exchange, 404, "not-found"));
    }

    /// Lists runs in this order.
    private void list(long... numbers) {
        List<Json> all = new ArrayList<>();
        for (long run : numbers) {
            all.add(listed(play.identity.digest(), run));
        }
        server.on("GET " + base + "/runs", Json.object().put("runs", all).build().text());
    }

    private Json listed(Sha256 identity, long run) {
        return Json.object()
                .put("identity", identity.toString())
                .put("run", run)
                .put("state", "succeeded")
                .put("startedAt", "2026-01-01T00:00:00Z")
                .put("receipt", play.agreement.digest().toString())
                .build();
    }

    private Verdict<Signed<Receipt>> check(Seat seat, long run) throws Exception {
        return seat.results().check(play.identity.digest(), run, false);
    }

    private static void refusedFor(String code, Executable attacked) {
        RefusedException refused = assertThrows(RefusedException.class, attacked);
        assertEquals(List.of(code), refused.findings().stream().map(Finding::code).toList());
    }

    @Test
    void acceptsARunWithTheReceiptsOfAllBeforeItThoughOneFailed() throws Exception {
        try (Seat seat = seat(Outcome.SUCCESS, Outcome.EXCEPTION, Outcome.SUCCESS)) {
            assertEquals(3, accepted(check(seat, 3)).document().run());
            assertEquals(1, server.count("GET " + runs + "1/receipt"));
            assertEquals(1, server.count("GET " + runs + "2/receipt"));
        }
    }

    @Test
    void refusesARunIfTheReceiptOfAnEarlierOneIsHidden() throws Exception {
        try (Seat seat = seat(Outcome.SUCCESS, Outcome.EXCEPTION, Outcome.SUCCESS)) {
            hide(2);
            refused(check(seat, 3), COULD_NOT_CHECK, "receipt-hidden");
            refusedFor("receipt-hidden", () -> seat.results().newest());
            hide(1);
            refused(check(seat, 3), COULD_NOT_CHECK, "receipt-hidden");
        }
    }

    @Test
    void refusesARunIfAnotherReceiptIsShownForTheOneBefore() throws Exception {
        try (Seat seat = seat(Outcome.SUCCESS, Outcome.EXCEPTION, Outcome.SUCCESS)) {
            Envelope first = chain(Outcome.SUCCESS).getFirst();
            show(2, play.sign(play.receipt(2, Outcome.LIMIT_CPU, Optional.of(first.digest()))));
            refused(check(seat, 3), NOT_AUTHENTIC, "receipt-chain");
        }
    }

    @Test
    void refusesAnotherRunsReceiptInTheMiddle() throws Exception {
        try (Seat seat = seat(Outcome.SUCCESS, Outcome.SUCCESS, Outcome.SUCCESS)) {
            show(2, chain(Outcome.SUCCESS).getFirst());
            refused(check(seat, 3), NOT_AUTHENTIC, "receipt-run");
        }
    }

    @Test
    void refusesAFirstReceiptThatNamesOneBeforeIt() throws Exception {
        try (Seat seat = seat(Outcome.SUCCESS)) {
            show(
                    1,
                    play.sign(
                            play.receipt(
                                    1,
                                    Outcome.SUCCESS,
                                    Optional.of(Sha256.of(Bytes.utf8("hidden"))))));
            refused(check(seat, 1), NOT_AUTHENTIC, "receipt-chain");
        }
    }

    @Test
    void refusesAnEarlierReceiptSignedByAnotherKey() throws Exception {
        try (Seat seat = seat(Outcome.SUCCESS, Outcome.SUCCESS)) {
            show(
                    1,
                    EnvelopeSigner.sign(
                            SigningKey.generate(Play.RANDOM), Receipt.TYPE, play.receipt()));
            refused(check(seat, 2), NOT_AUTHENTIC, "receipt-signature");
        }
    }

    @Test
    void refusesAnEarlierReceiptOfAnotherEnclave() throws Exception {
        try (Seat seat = seat(Outcome.SUCCESS, Outcome.SUCCESS)) {
            Play other = new Play(server.url(), 5, List.of());
            show(1, other.sign(other.receipt()));
            refused(check(seat, 2), NOT_AUTHENTIC, "result-identity");
        }
    }

    @Test
    void refusesAForkOfWhatItVerifiedBefore() throws Exception {
        try (Seat seat = seat(Outcome.SUCCESS, Outcome.SUCCESS)) {
            assertEquals(2, seat.results().follow().runs().size());
            List<Envelope> fork = chain(Outcome.STOPPED, Outcome.SUCCESS);
            show(1, fork.get(0));
            show(2, fork.get(1));
            refused(check(seat, 2), NOT_AUTHENTIC, "result-other-receipt");
            show(3, chain(Outcome.STOPPED, Outcome.SUCCESS, Outcome.SUCCESS).getLast());
            refused(check(seat, 3), NOT_AUTHENTIC, "receipt-chain");
        }
    }

    @Test
    void takesTheHighestRunWhateverOrderTheServerListsThemIn() throws Exception {
        try (Seat seat = seat(Outcome.SUCCESS, Outcome.SUCCESS, Outcome.SUCCESS)) {
            list(3, 1, 2);
            assertEquals(3, seat.results().newest().orElseThrow().run());
            assertEquals(
                    List.of(1L, 2L, 3L),
                    seat.results().follow().runs().stream().map(ResultDesk.Run::run).toList());
        }
    }

    @Test
    void refusesAListThatNoLongerShowsTheNewestVerifiedRun() throws Exception {
        try (Seat seat = seat(Outcome.SUCCESS, Outcome.SUCCESS)) {
            assertEquals(2, seat.results().newest().orElseThrow().run());
            list(1);
            refusedFor("runs-hidden", () -> seat.results().newest());
        }
    }

    @Test
    void goesOnFromTheLastReceiptItVerified() throws Exception {
        try (Seat seat = seat(Outcome.SUCCESS, Outcome.SUCCESS)) {
            seat.results().follow().runs();
            hide(1);
            show(3, chain(Outcome.SUCCESS, Outcome.SUCCESS, Outcome.SUCCESS).getLast());
            list(1, 2, 3);
            assertEquals(3, seat.results().newest().orElseThrow().run());
            assertEquals(1, server.count("GET " + runs + "1/receipt"));
        }
    }

    /// An enclave granted to besides, of which the server lists a run and shows no receipt: its
    /// operator's doing, or a backup that was one run short.
    private GrantRecord gap(Seat seat, boolean last) throws Exception {
        GrantRecord other = new Play(server.url(), 5, List.of()).grant(Play.CONSUMER);
        seat.change(before -> {
            Membership.History history = before.history();
            GrantRecord here = history.grants().getFirst();
            return before.with(
                    new Membership.History(
                            history.proposal(),
                            history.code(),
                            history.agreement(),
                            history.inputs(),
                            last ? List.of(here, other) : List.of(other, here),
                            history.submitted(),
                            history.accepted()));
        });
        server.on(
                "GET " + base + "/runs",
                Json.object()
                        .put(
                                "runs",
                                List.of(
                                        listed(other.identity(), 1),
                                        listed(play.identity.digest(), 1)))
                        .build()
                        .text());
        return other;
    }

    @Test
    void aGapInAnEarlierEnclaveIsNamedAndKeepsNoLaterResultBack() throws Exception {
        try (Seat seat = seat(Outcome.SUCCESS)) {
            GrantRecord old = gap(seat, false);
            assertEquals(play.identity.digest(), seat.results().newest().orElseThrow().identity());
            assertEquals(play.identity.digest(), seat.results().await(PATIENCE).identity());
            assertEquals(play.identity.digest(), seat.results().await(1, PATIENCE).identity());
            accepted(check(seat, 1));
            List<ResultDesk.Gap> gaps = seat.results().follow().gaps();
            assertEquals(
                    List.of(old.identity()), gaps.stream().map(ResultDesk.Gap::identity).toList());
            Verdicts.has(gaps.getFirst().findings(), COULD_NOT_CHECK, "receipt-hidden");
        }
    }

    @Test
    void aGapInTheEnclaveGrantedToLastIsRefusedWhereItsRunIsAskedFor() throws Exception {
        try (Seat seat = seat(Outcome.SUCCESS)) {
            gap(seat, true);
            refusedFor("receipt-hidden", () -> seat.results().await(1, PATIENCE));
            ResultDesk.Run earlier = seat.results().newest().orElseThrow();
            assertEquals(play.identity.digest(), earlier.identity());
            seat.change(before ->
                    before.with(
                            before.history()
                                    .with(
                                            new AcceptedRun(
                                                    earlier.identity(), 1, earlier.receipt()))));
            refusedFor("receipt-hidden", () -> seat.results().newest());
        }
    }

    /// A client that granted to a later enclave too, of which the server lists these runs.
    private ResultDesk.Followed followedWith(Play later, Seat seat, long... runsOfTheLast)
            throws Exception {
        seat.change(before -> before.with(before.history().with(later.grant(Play.CONSUMER))));
        List<Json> all = new ArrayList<>(List.of(listed(play.identity.digest(), 1)));
        for (long run : runsOfTheLast) {
            all.add(listed(later.identity.digest(), run));
            server.on(
                    "GET "
                            + base
                            + "/runs/"
                            + later.identity.digest().hex()
                            + "/"
                            + run
                            + "/receipt",
                    later.sign(later.receipt()).toJson().text());
        }
        server.on("GET " + base + "/runs", Json.object().put("runs", all).build().text());
        return seat.results().follow();
    }

    @Test
    void aRunByItsNumberIsOneOfTheEnclaveGrantedToLastUnlessAnotherIsNamed() throws Exception {
        try (Seat seat = seat(Outcome.SUCCESS)) {
            Play later = new Play(server.url(), 5, List.of());
            Optional<Sha256> older = Optional.of(play.identity.digest());
            assertEquals(
                    older,
                    seat.results()
                            .follow()
                            .find(Optional.empty(), 1)
                            .map(ResultDesk.Run::identity));

            ResultDesk.Followed none = followedWith(later, seat);
            assertEquals(1, none.runs().size());
            for (long run : new long[] {0, 1}) {
                assertEquals(Optional.empty(), none.find(Optional.empty(), run));
                assertEquals(older, none.find(older, run).map(ResultDesk.Run::identity));
            }
            assertEquals(
                    Optional.empty(),
                    none.find(Optional.of(Sha256.of(Bytes.utf8("never granted to"))), 1));

            ResultDesk.Followed both = followedWith(later, seat, 1);
            assertEquals(2, both.runs().size());
            assertEquals(
                    Optional.of(later.identity.digest()),
                    both.find(Optional.empty(), 1).map(ResultDesk.Run::identity));
            assertEquals(older, both.find(older, 1).map(ResultDesk.Run::identity));
        }
    }

    @Test
    void anEnclaveGrantedToOnceMoreDoesNotBecomeTheNewest() {
        GrantRecord old = play.grant(Play.CONSUMER);
        GrantRecord newest = new Play(server.url()).grant(Play.CONSUMER);
        assertEquals(
                List.of(old, newest),
                Membership.History.empty().with(old).with(newest).with(old).grants());
    }

    @Test
    void tellsOfAFailedRunOnceAndThenOfTheNext() throws Exception {
        try (Seat seat = seat(Outcome.EXCEPTION)) {
            ResultDesk.Run failed = seat.results().await(PATIENCE);
            assertEquals(Outcome.EXCEPTION, failed.outcome());
            assertEquals(Optional.empty(), seat.results().newest());
            show(2, chain(Outcome.EXCEPTION, Outcome.SUCCESS).getLast());
            list(1, 2);
            assertEquals(2, seat.results().await(PATIENCE).run());
            assertEquals(2, seat.results().await(PATIENCE).run());
        }
    }

    @Test
    void tellsOfTheLastFailedRunAgainWhenNoFurtherOneCanCome() throws Exception {
        try (Seat seat = seat(Outcome.EXCEPTION)) {
            seat.results().await(PATIENCE);
            serve("completed");
            assertEquals(1, seat.results().await(PATIENCE).run());
        }
    }

    @Test
    void saysThatThereIsNothingToWaitFor() throws Exception {
        try (Seat seat = seat()) {
            serve("ended");
            var failure = assertThrows(ClientException.class, () -> seat.results().await(PATIENCE));
            assertEquals(ClientException.Kind.STATE, failure.kind());
            assertThrows(ClientException.class, () -> seat.results().await(1, PATIENCE));
        }
    }

    @Test
    void waitsForARunByItsNumberWhetherItIsKnownOrNot() throws Exception {
        try (Seat seat = seat(Outcome.EXCEPTION, Outcome.SUCCESS)) {
            assertEquals(2, seat.results().await(PATIENCE).run());
            assertEquals(Outcome.EXCEPTION, seat.results().await(1, PATIENCE).outcome());
            assertEquals(Outcome.EXCEPTION, seat.results().await(1, PATIENCE).outcome());
        }
    }

    private static final Bytes CONTENT = Bytes.utf8("the result");

    private static final OutputIndex.Entry ENTRY =
            new OutputIndex.Entry(new FileName("result"), CONTENT.length(), Sha256.of(CONTENT));

    private static byte[] padded() {
        return Arrays.copyOf(CONTENT.toArray(), (int) Padme.length(CONTENT.length()));
    }

    /// Offers a first run with these outputs for the consumer, each sealed to them.
    private void release(Map<Receipt.Kind, List<byte[]>> contents) {
        List<Receipt.Output> outputs = new ArrayList<>();
        List<Json> said = new ArrayList<>();
        contents.forEach((kind, clear) -> {
            for (int position = 0; position < clear.size(); position++) {
                Bytes sealed = seal(clear.get(position));
                var output =
                        new Receipt.Output(
                                Play.CONSUMER, kind, position, Sha256.of(sealed), sealed.length());
                int k = outputs.size();
                outputs.add(output);
                said.add(offered(k, output));
                server.on(
                        "GET " + runs + "1/outputs/" + k,
                        exchange ->
                                ScriptedServer.send(
                                        exchange,
                                        200,
                                        "application/octet-stream",
                                        sealed.toArray()));
            }
        });
        server.on("GET " + runs + "1/outputs", Json.object().put("outputs", said).build().text());
        show(1, play.sign(play.receipt(1, Outcome.SUCCESS, Optional.empty(), outputs)));
    }

    private Bytes seal(byte[] clear) {
        Identity consumer = Play.of(Play.CONSUMER, play.keys).receive();
        return Sealing.to(List.of(consumer.recipient())).file(clear);
    }

    private static Json offered(int k, Receipt.Output output) {
        return Json.object()
                .put("k", k)
                .put("kind", output.kind().word())
                .put("position", output.position())
                .put("size", output.ciphertextBytes())
                .put("digest", output.ciphertext().toString())
                .build();
    }

    private ResultDesk.Result get(Seat seat) throws Exception {
        var delivery =
                new ResultDesk.Delivery(folder.resolve("results"), Optional.empty(), false, false);
        return seat.results().get(play.identity.digest(), 1, delivery, Progress.NONE);
    }

    private static byte[] index(OutputIndex.Entry... entries) {
        return new OutputIndex(List.of(entries)).padded().toArray();
    }

    @Test
    void opensAResultThatReceiptAndIndexName() throws Exception {
        try (Seat seat = seat(Outcome.SUCCESS)) {
            release(
                    Map.of(
                            Receipt.Kind.INDEX,
                            List.of(index(ENTRY)),
                            Receipt.Kind.RESULT,
                            List.of(padded())));
            OpenedFile file = get(seat).files().getFirst();
            assertEquals(CONTENT, Bytes.copyOf(Files.readAllBytes(file.path())));
        }
    }

    @Test
    void refusesAnIndexThatListsAnotherNumberOfOutputsThanTheReceipt() throws Exception {
        try (Seat seat = seat(Outcome.SUCCESS)) {
            var second =
                    new OutputIndex.Entry(new FileName("second"), ENTRY.bytes(), ENTRY.digest());
            release(
                    Map.of(
                            Receipt.Kind.INDEX,
                            List.of(index(ENTRY, second)),
                            Receipt.Kind.RESULT,
                            List.of(padded())));
            refusedFor("index-entries", () -> get(seat));
            assertFalse(Files.exists(folder.resolve("results")));
        }
    }

    @Test
    void refusesAReceiptWithoutAnIndexForThisPerson() throws Exception {
        try (Seat seat = seat(Outcome.SUCCESS)) {
            release(Map.of(Receipt.Kind.RESULT, List.of(padded())));
            refusedFor("index-count", () -> get(seat));
        }
    }

    @Test
    void refusesAReceiptWithTwoIndexesForThisPerson() throws Exception {
        try (Seat seat = seat(Outcome.SUCCESS)) {
            release(
                    Map.of(
                            Receipt.Kind.INDEX,
                            List.of(index(ENTRY), index(ENTRY)),
                            Receipt.Kind.RESULT,
                            List.of(padded())));
            refusedFor("index-count", () -> get(seat));
        }
    }
}
