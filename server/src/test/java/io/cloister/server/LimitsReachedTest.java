package io.cloister.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.state.Computation;
import io.cloister.protocol.state.Event;
import io.cloister.protocol.state.StopReason;
import io.cloister.protocol.state.Transition;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/// Each count that bounds what one computation, person or agent can make the server keep: reached,
/// and passed by one.
final class LimitsReachedTest {
    @TempDir Path data = Path.of("");

    private static Json.Obj refusal(long number, String code) {
        return Json.object()
                .put("op", "verdict")
                .put("number", number)
                .put("accepted", false)
                .put("code", code)
                .put("detail", "as scripted")
                .build();
    }

    @Test
    void aPersonSealsAtMostSixteenDocumentsForOneEnclave() throws Exception {
        FakeLauncher.Script refusingAll =
                (_, in, out) -> {
                    try (var agent = new FakeAgent(in, out)) {
                        agent.publish();
                        for (int i = 0; i < 16; i++) {
                            long number = agent.next(i).ok().number("number");
                            agent.ask(refusal(number, "grant.signature"), new byte[0]).ok();
                        }
                        assertTrue(agent.link.awaitClosed() != null);
                    }
                };
        try (var stage = new Stage(data, refusingAll)) {
            Cast cast = stage.agree(new Cast());
            String path = Stage.at(cast, "/enclaves/" + stage.awaitEnclave(cast) + "/grant");
            String erin = cast.accessToken(Cast.ERIN);
            for (int i = 1; i <= 16; i++) {
                int refused = i;
                stage.api.put(path, erin, content("attempt " + i)).expect(201);
                Stage.await(
                        () ->
                                stage.eventTypes(cast).stream().filter("refused"::equals).count()
                                        == refused,
                        () -> "refusal " + refused);
            }
            stage.api.put(path, erin, content("attempt 17")).refused(429, "too-many-attempts");
            stage.api
                    .put(path, cast.accessToken(Cast.FRANK), content("somebody else's"))
                    .expect(201);
        }
    }

    private static byte[] content(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void aComputationHasAtMostAThousandEnclaves() throws Exception {
        FakeLauncher.Script dying =
                (_, _, _) -> {
                    throw new IOException("killed");
                };
        var limits = ServerSettings.Limits.DEFAULT;
        var impatient =
                new ServerSettings.Limits(
                        limits.enclaves(),
                        limits.blobBytes(),
                        limits.startLimit(),
                        limits.idleLimit(),
                        limits.overrunGrace(),
                        limits.enrolmentLife(),
                        limits.guestLife(),
                        0);
        try (var stage = new Stage(data, dying, settings -> settings.withLimits(impatient))) {
            Cast cast = stage.agree(new Cast());
            awaitLosses(stage, cast, 1);
            loseMore(cast, 999);
            stage.restart();
            String erin = cast.accessToken(Cast.ERIN);
            stage.api.post(Stage.at(cast, "/enclaves"), erin).expect(200);
            Stage.await(() -> stage.launcher.started.size() == 2, () -> "the thousandth");
            stage.awaitState(cast, "agreed");
            stage.api.post(Stage.at(cast, "/enclaves"), erin).refused(429, "too-many-attempts");
        }
    }

    private static void awaitLosses(Stage stage, Cast cast, long count) {
        Stage.await(
                () ->
                        stage.eventTypes(cast).stream().filter("enclave-stopped"::equals).count()
                                == count,
                () -> "loss " + count);
    }

    /// Writes what it would have taken long to do: enclaves that were lost, up to number `last`.
    private void loseMore(Cast cast, long last) throws SetupException {
        try (Database database = Database.open(data.resolve(DataFolder.DATABASE))) {
            Registry.Current now =
                    new Registry(database, new Feeds(), Clock.systemUTC()).get(cast.id);
            database.change(handle -> {
                Computation state = now.state();
                long number = now.lastEvent();
                for (long enclave = 2; enclave <= last; enclave++) {
                    EnclaveTable.insert(handle, cast.id, enclave, Instant.now());
                    for (Event event :
                            List.of(
                                    new Event.EnclaveQueued(enclave),
                                    new Event.EnclaveStopped(enclave, StopReason.LOST, "killed"))) {
                        state = accepted(state.apply(event));
                        ComputationTable.append(
                                handle, cast.id, ++number, event, state, Instant.now());
                    }
                }
            });
        }
    }

    private static Computation accepted(Transition transition) {
        if (transition instanceof Transition.Accepted(var next, var _)) {
            return next;
        }
        throw new AssertionError(transition.toString());
    }

    @Test
    void aPersonStoresAtMostTenThousandCiphertexts() throws Exception {
        try (var stage = new Stage(data, (_, _, _) -> {})) {
            Cast cast = stage.gather(new Cast());
            byte[] last = content("the ten thousandth");
            try (Database database = Database.open(data.resolve(DataFolder.DATABASE))) {
                database.change(handle -> {
                    for (int i = 1; i < 10_000; i++) {
                        var blob =
                                new BlobTable.Blob(
                                        Cast.CAROL,
                                        Sha256.of(Bytes.utf8("blob " + i)),
                                        1,
                                        Instant.now());
                        assertTrue(BlobTable.insert(handle, cast.id, blob));
                    }
                });
            }
            String carol = cast.accessToken(Cast.CAROL);
            stage.api.put(Stage.blob(cast, last), carol, last).expect(201);
            byte[] more = content("one more");
            stage.api.put(Stage.blob(cast, more), carol, more).refused(403, "quota-exceeded");
            stage.api.put(Stage.blob(cast, last), carol, last).expect(200);
            stage.api.put(Stage.blob(cast, more), cast.accessToken(Cast.DAVE), more).expect(201);
        }
    }

    @Test
    void anAgentSaysAtMostEightVerdictsOnOneItem() throws Exception {
        var answers = new CompletableFuture<List<String>>();
        FakeLauncher.Script undecided =
                (_, in, out) -> {
                    try (var agent = new FakeAgent(in, out)) {
                        agent.publish();
                        long number = agent.next(0).ok().number("number");
                        List<String> all = new ArrayList<>();
                        for (int i = 0; i < 9; i++) {
                            FakeAgent.Reply reply =
                                    agent.ask(refusal(number, "inputs.missing-" + i), new byte[0]);
                            all.add(reply.text("status") + reply.text("code"));
                        }
                        answers.complete(all);
                        assertTrue(agent.link.awaitClosed() != null);
                    } catch (Exception e) {
                        answers.completeExceptionally(e);
                    }
                };
        try (var stage = new Stage(data, undecided)) {
            Cast cast = stage.agree(new Cast());
            stage.grant(cast, stage.awaitEnclave(cast), Cast.ERIN).expect(201);
            List<String> expected = new ArrayList<>(List.of("ok".repeat(8).split("(?<=ok)")));
            expected.add("refusedduplicate");
            assertEquals(expected, answers.get());
        }
    }

    @Test
    void aPersonHasAtMostSixtyFourEventStreamsAtOnce() throws Exception {
        try (var stage = new Stage(data, (_, _, _) -> {});
                var http = HttpClient.newHttpClient()) {
            Cast cast = stage.open(new Cast());
            List<HttpResponse<InputStream>> streams = new ArrayList<>();
            for (int i = 0; i < 64; i++) {
                var stream =
                        http.send(events(stage, cast, stage.owner), BodyHandlers.ofInputStream());
                assertEquals(200, stream.statusCode());
                streams.add(stream);
            }
            var refused = http.send(events(stage, cast, stage.owner), BodyHandlers.ofString());
            assertEquals(429, refused.statusCode());
            assertTrue(refused.body().contains("\"too-many-requests\""), refused.body());
            var other =
                    http.send(
                            events(stage, cast, cast.accessToken(Cast.FRANK)),
                            BodyHandlers.ofInputStream());
            assertEquals(200, other.statusCode());
            streams.add(other);
            for (var stream : streams) {
                stream.body().close();
            }
            http.shutdownNow();
        }
    }

    private static HttpRequest events(Stage stage, Cast cast, String token) {
        return HttpRequest.newBuilder(
                        stage.server().uri().resolve("/api/v1" + Stage.at(cast, "/events")))
                .header("Authorization", "Bearer " + token)
                .header("Accept", "text/event-stream")
                .build();
    }
}
