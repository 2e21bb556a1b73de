package io.cloister.e2e.hostile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.cloister.client.Cloister;
import io.cloister.client.DataDesk;
import io.cloister.client.ResultDesk;
import io.cloister.client.Seat;
import io.cloister.client.Verdict;
import io.cloister.client.server.Progress;
import io.cloister.crypto.EnvelopeSigner;
import io.cloister.crypto.SigningKey;
import io.cloister.crypto.keystore.PassphraseSource;
import io.cloister.e2e.operator.Answers;
import io.cloister.e2e.operator.HostileProxy.Answer;
import io.cloister.e2e.stage.Cast;
import io.cloister.e2e.stage.Checkout;
import io.cloister.e2e.stage.Play;
import io.cloister.e2e.stage.Refusals;
import io.cloister.e2e.stage.Site;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.FileName;
import io.cloister.protocol.document.Outcome;
import io.cloister.protocol.document.Receipt;
import io.cloister.protocol.document.Terms;
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
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/// What an operator may show of an enclave's runs in place of what happened: three runs, of which
/// the second failed on other data. Before each test a consumer who saw nothing yet accepts all of
/// it unattacked; the victim is the same consumer, who saw nothing either.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class OperatorHidesRunsTest {
    private static final String RUNS = "/api/v1/computations/[0-9a-f]{32}/runs";

    private Site site;
    private Cast cast;
    private Path granted;
    private Sha256 identity;
    private Seat seat;
    private ResultDesk victim;
    private Path landing;

    @BeforeAll
    void stage(@TempDir Path folder) throws Exception {
        site = Site.open(folder.resolve("site"), List.of(Checkout.runtime("bare")));
        Play play =
                Play.of(
                                folder.resolve("play"),
                                """
                                data = secret_module.join(enclave.read())
                                if b"unfit" in data:
                                    raise ValueError("unfit")
                                enclave.write(data)\
                                """)
                        .on(OperatorHidesRunsTest::threeRuns);
        Path homes = folder.resolve("homes");
        cast = Cast.proposing(site, play, homes).played();
        granted = folder.resolve("granted");
        copy(homes.resolve(play.roster().resultConsumers().getFirst().value()), granted);
        ResultDesk witness = cast.consumer(1).results();
        identity = witness.await(1, Cast.PATIENCE).identity();
        Path unfit = Files.writeString(folder.resolve("unfit.txt"), "unfit");
        for (long run = 2; run <= 3; run++) {
            Path first = run == 2 ? unfit : folder.resolve("play").resolve("first.txt");
            DataDesk changing = cast.provider(0).data();
            changing.reset();
            changing.push(
                    List.of(new DataDesk.Upload(first, new FileName("data.txt"))), Progress.NONE);
            changing.submit(run);
            cast.provider(1).data().submit(run);
            witness.await(run, Cast.PATIENCE);
        }
    }

    private static Terms threeRuns(Terms terms) {
        return terms.toBuilder().runs(3).dataMayChange(true).build();
    }

    private static void copy(Path from, Path to) throws Exception {
        try (Stream<Path> all = Files.walk(from)) {
            for (Path one : all.toList()) {
                Files.copy(
                        one, to.resolve(from.relativize(one)), StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
    }

    /// The consumer as they were when they had granted and seen no receipt.
    private Seat whoSawNothing(Path home) throws Exception {
        copy(granted, home);
        Cloister client =
                Cloister.open(home, PassphraseSource.none(), Clock.systemUTC(), new SecureRandom());
        return client.seat(client.places().getFirst());
    }

    @BeforeEach
    void passesUnattacked(@TempDir Path folder) throws Exception {
        try (Seat unattacked = whoSawNothing(folder.resolve("unattacked"))) {
            ResultDesk desk = unattacked.results();
            assertEquals(
                    List.of(Outcome.SUCCESS, Outcome.EXCEPTION, Outcome.SUCCESS),
                    desk.follow().runs().stream().map(ResultDesk.Run::outcome).toList());
            assertEquals(3, desk.newest().orElseThrow().run());
            assertInstanceOf(Verdict.Accepted.class, desk.check(identity, 3, false));
        }
        seat = whoSawNothing(folder.resolve("victim"));
        victim = seat.results();
        landing = folder.resolve("results");
    }

    @AfterEach
    void behave() {
        seat.close();
        site.proxy().behave();
    }

    @AfterAll
    void close() {
        if (cast != null) {
            cast.close();
        }
        if (site != null) {
            site.close();
        }
    }

    private Envelope receipt(long run) throws Exception {
        return cast.consumer(1).results().receipt(identity, run);
    }

    private void answer(long run, Answer lie) {
        site.proxy()
                .answer(
                        call -> call.is("GET", RUNS + "/[0-9a-f]{64}/" + run + "/receipt"),
                        (_, _) -> lie);
    }

    private void list(UnaryOperator<List<Json>> change) {
        site.proxy()
                .answer(
                        call -> call.is("GET", RUNS),
                        (_, honest) ->
                                Answers.with(
                                        honest,
                                        "runs",
                                        Json.array(
                                                change.apply(Answers.elements(honest, "runs")))));
    }

    private static boolean isRun(Json run, long number) {
        return ((Json.Obj) run).members().get("run") instanceof Json.Num(long it) && it == number;
    }

    private Set<String> refusals(long run) {
        return Refusals.of(() ->
                victim.get(
                        identity,
                        run,
                        new ResultDesk.Delivery(landing, Optional.empty(), false, false),
                        Progress.NONE));
    }

    @Test
    void refusesARunIfTheOneBeforeIsHidden() {
        answer(
                2,
                new Answer(
                        404,
                        "{\"type\":\"t\",\"title\":\"t\",\"status\":404,\"code\":\"not-found\",\"detail\":\"\"}"
                                .getBytes(StandardCharsets.UTF_8)));
        assertEquals(Set.of("receipt-hidden"), refusals(3));
        assertEquals(Set.of("receipt-hidden"), Refusals.of(() -> victim.newest()));
    }

    @Test
    void findsTheRunBeforeThoughTheListHidesIt() throws Exception {
        list(runs -> runs.stream().filter(run -> !isRun(run, 2)).toList());
        assertEquals(Outcome.EXCEPTION, victim.follow().runs().get(1).outcome());
    }

    @Test
    void refusesAnEarlierRunsReceiptInTheMiddle() throws Exception {
        answer(2, Answers.of(receipt(1)));
        assertEquals(Set.of("receipt-run", "receipt-chain"), refusals(3));
    }

    @Test
    void refusesAnEarlierRunsReceiptAsTheNewest() throws Exception {
        answer(3, Answers.of(receipt(1)));
        assertEquals(Set.of("result-run"), refusals(3));
        assertEquals(Set.of("receipt-run", "receipt-chain"), Refusals.of(() -> victim.newest()));
    }

    @Test
    void refusesAnEarlierRunsReceiptSignedByAStranger() throws Exception {
        Receipt honest = Signed.readUnverified(receipt(2), Receipt.TYPE);
        answer(
                2,
                Answers.of(
                        EnvelopeSigner.sign(
                                SigningKey.generate(new SecureRandom()), Receipt.TYPE, honest)));
        assertEquals(Set.of("receipt-signature"), refusals(3));
    }

    @Test
    void takesTheNewestRunWhateverOrderTheyAreListedIn() throws Exception {
        list(List::reversed);
        assertEquals(3, victim.newest().orElseThrow().run());
    }

    @Test
    void refusesAListThatNoLongerHasTheNewestRun() throws Exception {
        assertEquals(3, victim.newest().orElseThrow().run());
        list(runs -> runs.stream().filter(run -> !isRun(run, 3)).toList());
        assertEquals(Set.of("runs-hidden"), Refusals.of(() -> victim.newest()));
    }
}
