package io.cloister.client.endorsement;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.attestation.endorsement.Endorsement;
import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.finding.CouldNotCheckException;
import io.cloister.client.endorsement.Origin.How;
import io.cloister.protocol.Bytes;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/// Asking, throttling and caching, with documents that say when they are valid and no more.
class DocumentsTest {
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final String PATH = "/document";

    private final CollateralServer server = new CollateralServer();
    private final SettableClock clock = new SettableClock(NOW);

    @TempDir private Path folder;

    @AfterEach
    void stop() {
        server.close();
    }

    /// A document is `from until`, optionally with more behind a blank: its evaluation, if that is
    /// a number.
    private Document document(Duration maxAge) {
        return new Document(
                "the document",
                server.url(PATH),
                Optional.of("Chain"),
                maxAge,
                answer -> {
                    String[] parts =
                            new String(answer.body().toArray(), StandardCharsets.UTF_8).split(" ");
                    if (parts.length < 3 || !answer.chain().equals(Optional.of("signed"))) {
                        throw new AnswerException("it does not chain");
                    }
                    return new Checked(
                            List.of(new Endorsement.Crl(answer.body())),
                            List.of(),
                            parts[2].matches("[0-9]+") ? Integer.parseInt(parts[2]) : 0,
                            Instant.parse(parts[0]),
                            Instant.parse(parts[1]));
                });
    }

    private static byte[] body(Instant from, Instant until, String more) {
        return (from + " " + until + " " + more).getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] good() {
        return body(NOW.minus(Duration.ofDays(1)), NOW.plus(Duration.ofDays(29)), "good");
    }

    private void serve(byte[] body) {
        server.on(PATH, body, "Chain", "signed");
    }

    private void serveStatus(int status, String... headers) {
        server.on(PATH, exchange -> CollateralServer.send(exchange, status, new byte[0], headers));
    }

    /// As a new process would.
    private Documents.Had get() throws Exception {
        return get(Document.REISSUED);
    }

    private Documents.Had get(Duration maxAge) throws Exception {
        var cache = new EndorsementCache(folder.resolve("cache"));
        try (var http = new VendorHttp(cache, clock, Duration.ofSeconds(5))) {
            return new Documents(http, cache, clock).get(document(maxAge));
        }
    }

    private String refused() {
        return String.valueOf(assertThrows(CouldNotCheckException.class, this::get).getMessage());
    }

    private long files(String prefix) throws Exception {
        Path cache = folder.resolve("cache");
        if (!Files.isDirectory(cache)) {
            return 0;
        }
        try (var entries = Files.list(cache)) {
            return entries.filter(file -> file.getFileName().toString().startsWith(prefix)).count();
        }
    }

    private Path kept() throws Exception {
        try (var entries = Files.list(folder.resolve("cache"))) {
            return entries.filter(file -> file.getFileName().toString().startsWith("answer-"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    @Test
    void asksOnceADay() throws Exception {
        serve(good());

        assertEquals(How.FETCHED, get().origin().how());
        clock.advance(Duration.ofHours(23));
        assertEquals(How.CACHED, get().origin().how());
        assertEquals(1, server.asked().size());
        clock.advance(Duration.ofHours(1));
        assertEquals(How.FETCHED, get().origin().how());
        assertEquals(2, server.asked().size());
    }

    @Test
    void saysWhenAnAnswerWasFetchedAndUntilWhenItIsValid() throws Exception {
        serve(good());
        get();
        clock.advance(Duration.ofHours(2));

        Origin origin = get().origin();

        assertEquals(NOW, origin.fetchedAt());
        assertEquals(NOW.plus(Duration.ofDays(29)), origin.validUntil());
    }

    @Test
    void asksAgainWhenWhatItKeptHasExpired() throws Exception {
        serve(body(NOW, NOW.plus(Duration.ofHours(1)), "short"));
        get();
        clock.advance(Duration.ofHours(2));
        serve(body(NOW, NOW.plus(Duration.ofHours(9)), "long"));

        assertEquals(How.FETCHED, get().origin().how());
    }

    @Test
    void refusesStaleAnswersAndSuchAsAreNotValidYet() throws Exception {
        serve(body(NOW.minus(Duration.ofDays(30)), NOW.minusSeconds(1), "stale"));
        assertTrue(refused().contains("not now"));

        serve(body(NOW.plusSeconds(1), NOW.plus(Duration.ofDays(30)), "early"));
        assertTrue(refused().contains("not now"));

        assertEquals(0, files("answer-"));
    }

    @Test
    void neverUsesWhatItKeptBeyondItsValidity() throws Exception {
        serve(good());
        get();
        serveStatus(404);
        clock.set(NOW.plus(Duration.ofDays(29)).plusSeconds(1));

        assertTrue(refused().contains("has none"));
    }

    @Test
    void keepsWhatIsValidStillWhenTheServiceFailsAndSaysThatItDid() throws Exception {
        serve(good());
        get();
        clock.advance(Duration.ofDays(3));
        serveStatus(404);

        Origin origin = get().origin();

        assertEquals(How.UNANSWERED, origin.how());
        assertEquals(NOW, origin.fetchedAt());
        var fetched = new Fetched(Endorsements.none(), List.of(origin));
        var failure = assertThrows(CouldNotCheckException.class, fetched::requireAnswered);
        assertTrue(
                String.valueOf(failure.getMessage())
                        .contains("what is kept of it is of 2026-03-01T12:00:00Z"),
                failure.getMessage());
    }

    /// A later answer could not revoke it: lists do that.
    @Test
    void keepsWhatIsIssuedOnceWhenTheServiceFails() throws Exception {
        serve(body(NOW, NOW.plus(Duration.ofDays(90)), "once"));
        get(Document.LASTING);
        clock.advance(Duration.ofDays(31));
        serveStatus(404);

        assertEquals(How.UNANSWERED, get(Document.REISSUED).origin().how());
        assertEquals(How.KEPT, get(Document.LASTING).origin().how());
    }

    /// What was asked for today, or answered with an older one: somebody answered.
    @Test
    void takesForAnsweredWhatWasFetchedCachedOrKeptAgainstAnOlderAnswer() throws Exception {
        for (How how : How.values()) {
            var origin = new Origin(server.base(), how, NOW, NOW);
            var fetched = new Fetched(Endorsements.none(), List.of(origin));
            if (how == How.UNANSWERED) {
                assertThrows(CouldNotCheckException.class, fetched::requireAnswered);
            } else {
                assertEquals(fetched, fetched.requireAnswered());
            }
        }
    }

    @Test
    void keepsTheNewerWhenTheServiceGoesBack() throws Exception {
        serve(good());
        get();
        clock.advance(Duration.ofDays(2));
        serve(body(NOW.minus(Duration.ofDays(2)), NOW.plus(Duration.ofDays(20)), "older"));

        Documents.Had had = get();

        assertEquals(How.KEPT, had.origin().how());
        assertEquals(
                List.of(new Endorsement.Crl(Bytes.copyOf(good()))), had.checked().endorsements());
    }

    @Test
    void keepsTheNewerEvaluationWhenTheServiceGoesBack() throws Exception {
        Instant later = NOW.plus(Duration.ofDays(29));
        byte[] newer = body(NOW.minus(Duration.ofDays(1)), later, "18");
        serve(newer);
        get();
        clock.advance(Duration.ofDays(2));
        serve(body(NOW, later, "17"));

        Documents.Had had = get();

        assertEquals(How.KEPT, had.origin().how());
        assertEquals(
                List.of(new Endorsement.Crl(Bytes.copyOf(newer))), had.checked().endorsements());
        serve(body(NOW.minus(Duration.ofDays(2)), later, "19"));
        assertEquals(How.FETCHED, get().origin().how());
    }

    @Test
    void refusesWhatDoesNotChainAndKeepsNoneOfIt() throws Exception {
        server.on(PATH, good());
        assertTrue(refused().contains("does not chain"));
        server.on(PATH, good(), "Chain", "forged");
        assertTrue(refused().contains("does not chain"));
        serve("<html>".getBytes(StandardCharsets.UTF_8));
        refused();

        assertEquals(0, files("answer-"));
    }

    @Test
    void refusesAnAnswerThatIsCutOff() throws Exception {
        server.on(
                PATH,
                exchange -> {
                    exchange.getResponseHeaders().set("Chain", "signed");
                    exchange.sendResponseHeaders(200, good().length);
                    exchange.getResponseBody().write(good(), 0, 10);
                    exchange.close();
                });

        assertTrue(refused().contains("gives no answer"));
        assertEquals(0, files("answer-"));
    }

    @Test
    void refusesAnAnswerThatIsTooLarge() throws Exception {
        byte[] large =
                body(
                        NOW.minusSeconds(1),
                        NOW.plusSeconds(1_000),
                        "x".repeat(Endorsements.MAX_ANSWER));
        serve(large);

        refused();
        assertEquals(0, files("answer-"));
    }

    @Test
    void refusesAnAnswerThatNeverComesOrNeverEnds() throws Exception {
        var cache = new EndorsementCache(folder.resolve("cache"));
        var done = new CountDownLatch(1);
        for (boolean begins : new boolean[] {false, true}) {
            server.on(
                    PATH,
                    exchange -> {
                        if (begins) {
                            exchange.getResponseHeaders().set("Chain", "signed");
                            exchange.sendResponseHeaders(200, good().length);
                            exchange.getResponseBody().write(good(), 0, 10);
                            exchange.getResponseBody().flush();
                        }
                        awaitQuietly(done);
                        exchange.close();
                    });
            try (var http = new VendorHttp(cache, clock, Duration.ofMillis(300))) {
                var failure =
                        assertThrows(
                                CouldNotCheckException.class,
                                () ->
                                        new Documents(http, cache, clock)
                                                .get(document(Document.REISSUED)));
                assertTrue(
                        String.valueOf(failure.getMessage()).matches(".*(within|timed out).*"),
                        failure.getMessage());
            }
        }
        done.countDown();
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void followsNoRedirect() throws Exception {
        serveStatus(302, "Location", server.base() + "/elsewhere");

        assertTrue(refused().contains("302"));
        assertEquals(List.of(PATH), server.asked());
    }

    @Test
    void leavesAHostAloneForAsLongAsItAsks() throws Exception {
        serveStatus(429, "Retry-After", "120");
        refused();
        serve(good());

        assertTrue(refused().contains("left alone until 2026-03-01T12:02:00Z"));
        clock.advance(Duration.ofSeconds(119));
        refused();
        assertEquals(1, server.asked().size());
        clock.advance(Duration.ofSeconds(1));
        assertEquals(How.FETCHED, get().origin().how());
        assertEquals(2, server.asked().size());
    }

    @Test
    void leavesAHostAloneUntilTheDateItNames() throws Exception {
        serveStatus(
                503,
                "Retry-After",
                DateTimeFormatter.RFC_1123_DATE_TIME.format(
                        NOW.plusSeconds(300).atOffset(ZoneOffset.UTC)));
        refused();

        assertTrue(refused().contains("2026-03-01T12:05:00Z"));
    }

    @Test
    void leavesAFailingHostAloneForAMinuteAndNeverLongerThanADay() throws Exception {
        serveStatus(500);
        refused();
        assertTrue(refused().contains("12:01:00Z"));

        clock.advance(Duration.ofMinutes(2));
        serveStatus(429, "Retry-After", "999999999");
        refused();
        assertTrue(refused().contains("2026-03-02T12:02:00Z"));

        clock.advance(Duration.ofDays(2));
        serveStatus(429, "Retry-After", "\u001bnever");
        refused();
        assertTrue(refused().contains("2026-03-03T12:03:00Z"));
    }

    @Test
    void isNotSilencedByAClockThatWasWrong() throws Exception {
        clock.set(NOW.plus(Duration.ofDays(400)));
        serveStatus(429, "Retry-After", "60");
        refused();
        clock.set(NOW);
        serve(good());

        assertEquals(How.FETCHED, get().origin().how());
    }

    @Test
    void believesNothingInItsFolder() throws Exception {
        serve(good());
        get();
        String text = Files.readString(kept());
        String expired =
                Bytes.copyOf(body(NOW.minusSeconds(9), NOW.minusSeconds(5), "good")).base64();
        for (String changed :
                new String[] {
                    text.replace(Bytes.copyOf(good()).base64(), expired),
                    text.replace("signed", "forged"),
                    text.replace(server.base(), "http://127.0.0.1:1"),
                    text.replace("cached-answer.v1", "cached-answer.v2"),
                    text.replace("\"fetchedAt\":", "\"fetchedAt\":9"),
                    text.substring(1),
                    text + " ",
                    "",
                }) {
            Files.writeString(kept(), changed);
            int before = server.asked().size();

            assertEquals(How.FETCHED, get().origin().how(), changed);
            assertEquals(before + 1, server.asked().size());
        }
    }

    @Test
    void worksWithoutAFolderToKeepAnythingIn() throws Exception {
        Files.createFile(folder.resolve("cache"));
        serve(good());

        assertEquals(How.FETCHED, get().origin().how());
        assertEquals(How.FETCHED, get().origin().how());
    }
}
