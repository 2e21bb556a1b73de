package io.cloister.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.protocol.document.Outcome;
import io.cloister.protocol.document.Receipt;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.json.Json;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/// What the control plane does with agents that serve, die, hang, overrun or lie.
final class EnclaveSupervisorTest {
    private static final byte[] BODY = "an age payload".getBytes(StandardCharsets.UTF_8);
    private static final Json NOTHING = Json.object().build();

    @TempDir Path data = Path.of("");

    @FunctionalInterface
    private interface Played {
        void by(FakeAgent agent) throws Exception;
    }

    private static FakeLauncher.Script script(Played played) {
        return (_, in, out) -> {
            try (var agent = new FakeAgent(in, out)) {
                played.by(agent);
            }
        };
    }

    /// Has an identity, and stays until its link is closed.
    private static final FakeLauncher.Script PUBLISHING =
            script(agent -> {
                agent.publish();
                stay(agent);
            });

    private static void stay(FakeAgent agent) throws InterruptedException {
        assertTrue(agent.link.awaitClosed() != null);
    }

    private static ServerSettings limited(
            ServerSettings settings,
            int enclaves,
            Duration start,
            Duration idle,
            Duration overrun) {
        var all = ServerSettings.Limits.DEFAULT;
        return settings.withLimits(
                new ServerSettings.Limits(
                        enclaves,
                        all.blobBytes(),
                        start,
                        idle,
                        overrun,
                        all.enrolmentLife(),
                        all.guestLife(),
                        all.restarts()));
    }

    private static long count(Stage stage, Cast cast, String type) {
        return stage.eventTypes(cast).stream().filter(type::equals).count();
    }

    private static void awaitStop(Stage stage, Cast cast, String reason) {
        Stage.await(
                () ->
                        stage.api
                                .get(Stage.at(cast, "/enclaves"), stage.owner)
                                .text()
                                .contains("\"reason\":\"" + reason + "\""),
                () ->
                        reason
                                + " in "
                                + stage.api.get(Stage.at(cast, "/enclaves"), stage.owner).text());
    }

    @Test
    void theLogSaysOfEveryStartAndIdentityThatTheEnclaveIsSimulated() throws Exception {
        try (var stage = new Stage(data, PUBLISHING)) {
            stage.awaitEnclave(stage.agree(new Cast()));
            for (String event : List.of("started", "enclave-started", "identity-published")) {
                Stage.await(
                        () ->
                                stage.logged()
                                        .lines()
                                        .filter(line ->
                                                line.contains("\"event\":\"" + event + "\""))
                                        .anyMatch(line ->
                                                line.contains(
                                                        "simulated: protects nothing from the"
                                                                + " operator")),
                        stage::logged);
            }
        }
    }

    @Nested
    class AnAgentThatIsLost {
        @Test
        void isReplacedByOneWithANewIdentityThatNeedsNewGrants() throws Exception {
            var lives = new AtomicInteger();
            try (var stage =
                    new Stage(
                            data,
                            script(agent -> {
                                agent.publish();
                                if (lives.incrementAndGet() == 1) {
                                    agent.acceptGrants(1);
                                    throw new IOException("killed");
                                }
                                stay(agent);
                            }))) {
                Cast cast = stage.agree(new Cast());
                String first = stage.awaitEnclave(cast);
                stage.grant(cast, first, Cast.ERIN).expect(201);
                awaitStop(stage, cast, "lost");
                Stage.await(() -> lives.get() == 2, () -> "a second enclave");
                Stage.await(
                        () -> !stage.awaitEnclave(cast).equals(first), () -> "another identity");
                assertTrue(stage.api.get(Stage.at(cast), stage.owner).text().contains("approve"));
                stage.grant(cast, first, Cast.ERIN).refused(409, "wrong-state");
                stage.grant(cast, stage.awaitEnclave(cast), Cast.ERIN).expect(201);
            }
        }

        @Test
        void isReplacedOnlySoOftenAndThenSomebodyHasToAsk() throws Exception {
            try (var stage =
                    new Stage(
                            data,
                            script(_ -> {
                                throw new IOException("killed");
                            }))) {
                Cast cast = stage.agree(new Cast());
                Stage.await(() -> count(stage, cast, "enclave-stopped") == 4, () -> "four losses");
                stage.awaitState(cast, "agreed");
                assertEquals(4, stage.launcher.started.size());
                assertTrue(
                        stage.api
                                .get(Stage.at(cast), stage.owner)
                                .text()
                                .contains("request-enclave"));
                stage.api
                        .post(Stage.at(cast, "/enclaves"), cast.accessToken(Cast.ERIN))
                        .expect(200);
                Stage.await(() -> stage.launcher.started.size() > 4, () -> "another one");
            }
        }

        @Test
        void losesItsRunInTheEvents() throws Exception {
            try (var stage =
                    new Stage(
                            data,
                            script(agent -> {
                                agent.publish();
                                agent.acceptGrants(5);
                                agent.started(1).ok();
                                agent.output(1, Cast.ERIN, Receipt.Kind.RESULT, 0, BODY).ok();
                                throw new IOException("killed");
                            }))) {
                Cast cast = stage.agree(new Cast());
                stage.grantAll(cast, stage.awaitEnclave(cast));
                Stage.await(
                        () ->
                                stage.api
                                        .get(Stage.at(cast, "/runs"), stage.owner)
                                        .text()
                                        .contains("\"lost\""),
                        () -> "a lost run");
                awaitStop(stage, cast, "lost");
                Stage.await(() -> outputFiles() == 0, () -> "an empty outputs folder");
            }
        }

        @Test
        void isEndedWhenItPublishesNothingInTime() throws Exception {
            try (var stage =
                    new Stage(
                            data,
                            script(agent -> {
                                agent.job();
                                stay(agent);
                            }),
                            settings ->
                                    limited(
                                            settings,
                                            4,
                                            Duration.ofMillis(300),
                                            Duration.ofHours(1),
                                            Duration.ofHours(1)))) {
                Cast cast = stage.agree(new Cast());
                awaitStop(stage, cast, "lost");
                assertTrue(
                        stage.api
                                .get(Stage.at(cast, "/events"), stage.owner)
                                .text()
                                .contains("it published no identity in time"));
            }
        }

        @Test
        void isEndedWhenARunOverrunsItsAgreedTime() throws Exception {
            var clock = new SetClock(Instant.now());
            try (var stage =
                    new Stage(
                            data,
                            script(agent -> {
                                agent.publish();
                                agent.acceptGrants(5);
                                agent.started(1).ok();
                                clock.advance(Duration.ofHours(3));
                                agent.started(2);
                                stay(agent);
                            }),
                            settings ->
                                    limited(
                                                    settings,
                                                    1,
                                                    Duration.ofHours(1),
                                                    Duration.ofHours(1),
                                                    Duration.ofMinutes(1))
                                            .withClock(clock))) {
                Cast cast = stage.agree(new Cast());
                stage.grantAll(cast, stage.awaitEnclave(cast));
                awaitStop(stage, cast, "lost");
                assertTrue(
                        stage.api
                                .get(Stage.at(cast, "/events"), stage.owner)
                                .text()
                                .contains("run 1 overran its agreed time"));
            }
        }
    }

    private long outputFiles() {
        try (Stream<Path> files = Files.walk(data.resolve("outputs"))) {
            return files.filter(Files::isRegularFile).count();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Nested
    class AnIdleEnclave {
        @Test
        void isStoppedAndSaysSo() throws Exception {
            try (var stage =
                    new Stage(
                            data,
                            script(agent -> {
                                agent.publish();
                                assertEquals("stop", agent.next(0).text("kind"));
                                stay(agent);
                            }),
                            settings ->
                                    limited(
                                            settings,
                                            1,
                                            Duration.ofMinutes(1),
                                            Duration.ofMillis(300),
                                            Duration.ofHours(1)))) {
                Cast cast = stage.agree(new Cast());
                awaitStop(stage, cast, "idle");
                stage.awaitState(cast, "agreed");
                assertEquals(1, stage.launcher.started.size());
            }
        }

        @Test
        void isNotIdleWhileItHoldsAGrantThatHasNotExpired() throws Exception {
            var clock = new SetClock(Instant.now());
            var held = new CountDownLatch(1);
            try (var stage =
                    new Stage(
                            data,
                            script(agent -> {
                                agent.publish();
                                FakeAgent.Reply item = agent.next(0).ok();
                                agent.accept(
                                        item.number("number"),
                                        clock.instant().plus(Duration.ofDays(2)));
                                held.countDown();
                                stay(agent);
                            }),
                            settings ->
                                    limited(
                                                    settings,
                                                    1,
                                                    Duration.ofDays(1),
                                                    Duration.ofHours(1),
                                                    Duration.ofHours(1))
                                            .withClock(clock))) {
                Cast cast = stage.agree(new Cast());
                String identity = stage.awaitEnclave(cast);
                stage.grant(cast, identity, Cast.ERIN).expect(201);
                held.await();
                clock.advance(Duration.ofHours(5));
                // Whatever is handed to the enclave makes its watch look at the clock again.
                stage.grant(cast, identity, Cast.FRANK).expect(201);
                clock.advance(Duration.ofHours(5));
                stage.grant(cast, identity, Cast.CAROL).expect(201);
                assertEquals("granting", stage.state(cast));
                clock.advance(Duration.ofDays(3));
                awaitStop(stage, cast, "idle");
            }
        }

        /// Further off than 292 years, which is what nanoseconds can count.
        @Test
        void isWatchedAsAnyOtherWhenItSaysThatItsGrantsHoldForEver() throws Exception {
            var clock = new SetClock(Instant.now());
            var begun = new CountDownLatch(1);
            try (var stage =
                    new Stage(
                            data,
                            script(agent -> {
                                agent.publish();
                                for (int i = 0; i < 5; i++) {
                                    agent.accept(
                                            agent.next(i).ok().number("number"),
                                            Instant.parse("9999-12-31T23:59:59Z"));
                                }
                                agent.started(1).ok();
                                begun.countDown();
                                stay(agent);
                            }),
                            settings ->
                                    limited(
                                                    settings,
                                                    1,
                                                    Duration.ofDays(1),
                                                    Duration.ofHours(1),
                                                    Duration.ofHours(1))
                                            .withClock(clock))) {
                Cast cast = stage.agree(new Cast());
                stage.grantAll(cast, stage.awaitEnclave(cast));
                begun.await();
                clock.advance(Duration.ofHours(3));
                awaitStop(stage, cast, "lost");
            }
        }
    }

    @Nested
    class AnExpiry {
        @Test
        void ofAGrantEndsTheEnclaveOnly() throws Exception {
            try (var stage =
                    new Stage(
                            data,
                            script(agent -> {
                                agent.publish();
                                agent.end("expired");
                            }))) {
                Cast cast = stage.agree(new Cast());
                awaitStop(stage, cast, "grant-expired");
                stage.awaitState(cast, "agreed");
            }
        }

        @Test
        void ofTheAgreementEndsTheComputation() throws Exception {
            var clock = new SetClock(Instant.now());
            try (var stage =
                    new Stage(
                            data,
                            script(agent -> {
                                agent.publish();
                                clock.advance(Duration.ofDays(8));
                                agent.end("expired");
                            }),
                            settings -> settings.withClock(clock))) {
                Cast cast = stage.agree(new Cast());
                awaitStop(stage, cast, "expired");
                stage.awaitState(cast, "ended");
            }
        }
    }

    @Nested
    class TheQueue {
        @Test
        void startsNoMoreEnclavesAtOnceThanThereIsRoomFor() throws Exception {
            var leave = new CountDownLatch(1);
            try (var stage =
                    new Stage(
                            data,
                            script(agent -> {
                                agent.publish();
                                leave.await();
                                agent.end("exhausted");
                            }),
                            settings ->
                                    limited(
                                            settings,
                                            2,
                                            Duration.ofMinutes(1),
                                            Duration.ofHours(1),
                                            Duration.ofHours(1)))) {
                List<Cast> casts = Stream.generate(Cast::new).limit(5).toList();
                casts.forEach(stage::agree);
                Stage.await(
                        () ->
                                casts.stream()
                                                .filter(cast ->
                                                        stage.state(cast).equals("granting"))
                                                .count()
                                        == 2,
                        () -> "two enclaves");
                assertEquals(2, stage.launcher.started.size());
                leave.countDown();
                casts.forEach(cast -> stage.awaitState(cast, "completed"));
                assertEquals(5, stage.launcher.started.size());
            }
        }

        @Test
        void isLeftByWhoWithdraws() throws Exception {
            try (var stage =
                    new Stage(
                            data,
                            PUBLISHING,
                            settings ->
                                    limited(
                                            settings,
                                            1,
                                            Duration.ofMinutes(1),
                                            Duration.ofHours(1),
                                            Duration.ofHours(1)))) {
                Cast running = stage.agree(new Cast());
                stage.awaitEnclave(running);
                Cast waiting = stage.agree(new Cast());
                var reason = Json.object().put("reason", "changed my mind").build();
                stage.api
                        .post(
                                Stage.at(waiting, "/withdraw"),
                                waiting.accessToken(Cast.CAROL),
                                reason)
                        .expect(200);
                awaitStop(stage, waiting, "withdrawn");
                stage.api
                        .post(
                                Stage.at(running, "/withdraw"),
                                running.accessToken(Cast.CAROL),
                                reason)
                        .expect(200);
                Stage.await(() -> stage.launcher.alive() == 0, () -> "the enclave's end");
                awaitStop(stage, running, "withdrawn");
                assertEquals(1, stage.launcher.started.size());
            }
        }

        @Test
        void goesOnAfterALauncherThatFails() throws Exception {
            try (var stage = new Stage(data, PUBLISHING)) {
                stage.launcher.failNext(2);
                Cast cast = stage.agree(new Cast());
                stage.awaitEnclave(cast);
                awaitStop(stage, cast, "failed-to-start");
                assertEquals(2, count(stage, cast, "enclave-stopped"));
            }
        }

        @Test
        void isRecordedAsLostAndReplacedWhateverWentWrong() throws Exception {
            try (var stage = new Stage(data, PUBLISHING)) {
                stage.launcher.breakNext(1);
                Cast cast = stage.agree(new Cast());
                stage.awaitEnclave(cast);
                awaitStop(stage, cast, "lost");
                assertEquals(1, count(stage, cast, "enclave-stopped"));
            }
        }
    }

    @Nested
    class ARestartOfTheServer {
        @Test
        void endsItsEnclavesSaysSoAndOrdersThemAgain() throws Exception {
            try (var stage = new Stage(data, PUBLISHING)) {
                Cast cast = stage.agree(new Cast());
                String before = stage.awaitEnclave(cast);
                stage.restart();
                awaitStop(stage, cast, "server-stopped");
                String after = stage.awaitEnclave(cast);
                assertFalse(after.equals(before));
                stage.grant(cast, before, Cast.ERIN).refused(409, "wrong-state");
            }
        }
    }

    @Nested
    class WhatAnAgentSays {
        @Test
        void reopensTheWayForAGrantItRefused() throws Exception {
            try (var stage =
                    new Stage(
                            data,
                            script(agent -> {
                                agent.publish();
                                FakeAgent.Reply item = agent.next(0).ok();
                                agent.ask(
                                                Json.object()
                                                        .put("op", "verdict")
                                                        .put("number", item.number("number"))
                                                        .put("accepted", false)
                                                        .put("code", "grant.signature")
                                                        .put(
                                                                "detail",
                                                                "not signed by the card's key")
                                                        .build(),
                                                new byte[0])
                                        .ok();
                                stay(agent);
                            }))) {
                Cast cast = stage.agree(new Cast());
                String identity = stage.awaitEnclave(cast);
                String path = Stage.at(cast, "/enclaves/" + identity + "/grant");
                String erin = cast.accessToken(Cast.ERIN);
                stage.grant(cast, identity, Cast.ERIN).expect(201);
                Stage.await(() -> count(stage, cast, "refused") == 1, () -> "the refusal");
                stage.api
                        .put(path, erin, "a better one".getBytes(StandardCharsets.UTF_8))
                        .expect(201);
                stage.api
                        .put(path, erin, "a better one".getBytes(StandardCharsets.UTF_8))
                        .expect(200);
                stage.api
                        .put(path, erin, "a third".getBytes(StandardCharsets.UTF_8))
                        .refused(409, "grant.exists");
            }
        }

        @Test
        void isRefusedUntilItTookItsJob() throws Exception {
            var code = new java.util.concurrent.CompletableFuture<String>();
            try (var stage =
                    new Stage(
                            data,
                            script(agent -> {
                                code.complete(agent.next(0).text("code"));
                                agent.publish();
                                stay(agent);
                            }))) {
                Cast cast = stage.agree(new Cast());
                assertEquals("no-job", code.get());
                stage.awaitEnclave(cast);
            }
        }

        @Test
        void canNotReleaseWhatItsReceiptDoesNotHold() throws Exception {
            var refusals = new java.util.concurrent.LinkedBlockingQueue<String>();
            try (var stage =
                    new Stage(
                            data,
                            script(agent -> {
                                agent.publish();
                                agent.acceptGrants(5);
                                refusals.add(
                                        agent.output(1, Cast.ERIN, Receipt.Kind.RESULT, 0, BODY)
                                                .text("code"));
                                agent.started(1).ok();
                                agent.output(1, Cast.ERIN, Receipt.Kind.RESULT, 0, BODY).ok();
                                refusals.add(
                                        agent.output(1, Cast.ERIN, Receipt.Kind.RESULT, 0, BODY)
                                                .text("code"));
                                refusals.add(
                                        agent.output(1, Cast.OWNER, Receipt.Kind.RESULT, 0, BODY)
                                                .text("code"));
                                refusals.add(
                                        agent.output(
                                                        1,
                                                        Cast.ERIN,
                                                        Receipt.Kind.RESULT,
                                                        1,
                                                        new byte[70 << 20])
                                                .text("code"));
                                List<Receipt.Output> outputs =
                                        List.of(
                                                agent.named(
                                                        Cast.ERIN, Receipt.Kind.RESULT, 0, BODY));
                                Receipt good = agent.receipt(1, Outcome.SUCCESS, outputs);
                                refusals.add(
                                        agent.finish(
                                                        1,
                                                        new TestKey().sign(Receipt.TYPE, good),
                                                        outputs)
                                                .text("code"));
                                Receipt failed = agent.receipt(1, Outcome.EXCEPTION, outputs);
                                refusals.add(
                                        agent.finish(
                                                        1,
                                                        agent.key.sign(Receipt.TYPE, failed),
                                                        outputs)
                                                .text("code"));
                                Receipt other = agent.receipt(2, Outcome.SUCCESS, outputs);
                                refusals.add(
                                        agent.finish(
                                                        1,
                                                        agent.key.sign(Receipt.TYPE, other),
                                                        outputs)
                                                .text("code"));
                                List<Receipt.Output> missing =
                                        List.of(
                                                agent.named(
                                                        Cast.ERIN, Receipt.Kind.RESULT, 5, BODY));
                                Envelope unstaged =
                                        agent.key.sign(
                                                Receipt.TYPE,
                                                agent.receipt(1, Outcome.SUCCESS, missing));
                                refusals.add(agent.finish(1, unstaged, missing).text("code"));
                                refusals.add(
                                        agent.finish(1, agent.key.sign(Receipt.TYPE, good), outputs)
                                                .text("status"));
                                stay(agent);
                            }))) {
                Cast cast = stage.agree(new Cast());
                stage.grantAll(cast, stage.awaitEnclave(cast));
                Stage.await(() -> refusals.size() == 9, refusals::toString);
                assertEquals(
                        List.of(
                                "wrong-state",
                                "duplicate",
                                "not-a-participant",
                                "too-large",
                                "malformed",
                                "malformed",
                                "malformed",
                                "output-missing",
                                "ok"),
                        List.copyOf(refusals));
                assertEquals(1, outputFiles());
            }
        }

        @Test
        void releasesNothingOfARunThatFailed() throws Exception {
            try (var stage =
                    new Stage(
                            data,
                            script(agent -> {
                                agent.publish();
                                agent.acceptGrants(5);
                                agent.started(1).ok();
                                agent.output(1, Cast.ERIN, Receipt.Kind.RESULT, 0, BODY).ok();
                                agent.output(1, Cast.CAROL, Receipt.Kind.OUTPUT, 0, BODY).ok();
                                List<Receipt.Output> printed =
                                        List.of(
                                                agent.named(
                                                        Cast.CAROL, Receipt.Kind.OUTPUT, 0, BODY));
                                agent.finish(
                                                1,
                                                agent.key.sign(
                                                        Receipt.TYPE,
                                                        agent.receipt(
                                                                1, Outcome.EXCEPTION, printed)),
                                                printed)
                                        .ok();
                                stay(agent);
                            }))) {
                Cast cast = stage.agree(new Cast());
                String identity = stage.awaitEnclave(cast);
                stage.grantAll(cast, identity);
                Stage.await(() -> count(stage, cast, "run-ended") == 1, () -> "the end of the run");
                String outputs = Stage.at(cast, "/runs/" + identity + "/1/outputs");
                assertEquals(
                        "[]",
                        stage.api.get(outputs, cast.accessToken(Cast.ERIN)).at("outputs").text());
                assertEquals(
                        "output",
                        stage.api
                                .get(outputs, cast.accessToken(Cast.CAROL))
                                .textAt("outputs.0.kind"));
                assertEquals(1, outputFiles());
            }
        }

        @Test
        void isRefusedWhenMalformedAndTheLinkGoesOn() throws Exception {
            var refusals = new java.util.concurrent.LinkedBlockingQueue<String>();
            try (var stage =
                    new Stage(
                            data,
                            script(agent -> {
                                agent.job();
                                for (Json.Obj request :
                                        List.of(
                                                Json.object().build(),
                                                Json.object().put("op", "dance").build(),
                                                Json.object()
                                                        .put("op", "job")
                                                        .put("more", 1)
                                                        .build(),
                                                Json.object()
                                                        .put("op", "blob")
                                                        .put("digest", "sha256:0")
                                                        .build(),
                                                Json.object()
                                                        .put("op", "next")
                                                        .put("after", -1)
                                                        .put("wait", 1)
                                                        .build(),
                                                Json.object()
                                                        .put("op", "state")
                                                        .put("run", 0)
                                                        .build(),
                                                Json.object()
                                                        .put("op", "end")
                                                        .put("reason", "idle")
                                                        .put("detail", "")
                                                        .build(),
                                                agent.outputRequest(
                                                        1,
                                                        Cast.ERIN,
                                                        Receipt.Kind.RESULT,
                                                        Receipt.MAX_OUTPUTS),
                                                Json.object().put("op", "identity").build())) {
                                    refusals.add(agent.ask(request, new byte[0]).text("code"));
                                }
                                Json.Obj body = agent.identityBody();
                                Map<String, Json> members = body.members();
                                Json.Obj other =
                                        Json.object()
                                                .put(
                                                        "identity",
                                                        members.getOrDefault("evidence", NOTHING))
                                                .put(
                                                        "evidence",
                                                        members.getOrDefault("evidence", NOTHING))
                                                .build();
                                refusals.add(
                                        agent.ask(
                                                        Json.object().put("op", "identity").build(),
                                                        other.canonical())
                                                .text("code"));
                                agent.ask(
                                                Json.object().put("op", "identity").build(),
                                                body.canonical())
                                        .ok();
                                stay(agent);
                            }))) {
                Cast cast = stage.agree(new Cast());
                stage.awaitEnclave(cast);
                Stage.await(() -> refusals.size() == 10, refusals::toString);
                for (int i = 0; i < 10; i++) {
                    assertEquals("malformed", refusals.poll());
                }
            }
        }
    }
}
