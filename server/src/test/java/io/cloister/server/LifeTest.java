package io.cloister.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.protocol.Email;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.json.Json;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// A computation from its proposal to its archive, through every operation of the contract.
final class LifeTest {
    private static final byte[] DATA = "ciphertext of carol".getBytes(StandardCharsets.UTF_8);
    private static final byte[] RESULT =
            "ciphertext of the result".getBytes(StandardCharsets.UTF_8);

    @TempDir Path data = Path.of("");

    private static void script(FakeAgent agent) throws Exception {
        agent.publish();
        agent.acceptGrants(5);
        FakeAgent.Reply blob =
                agent.ask(
                                Json.object()
                                        .put("op", "blob")
                                        .put("digest", Sha256.of(DATA).toString())
                                        .build(),
                                new byte[0])
                        .ok();
        assertArrayEquals(DATA, blob.body());
        agent.run(1, Map.of(Cast.ERIN, RESULT));
        FakeAgent.Reply inputs = agent.next(5).ok();
        assertEquals("inputs", inputs.text("kind"));
        assertEquals(2, inputs.number("run"));
        agent.end("exhausted");
    }

    @Test
    void goesThroughEveryOperationOfTheContract() throws Exception {
        try (var stage =
                new Stage(
                        data,
                        (_, in, out) -> {
                            try (var agent = new FakeAgent(in, out)) {
                                script(agent);
                            }
                        })) {
            var cast = new Cast();
            service(stage);
            gather(stage, cast);
            String identity = agreeAndGrant(stage, cast);
            results(stage, cast, identity);
            archive(stage, cast);
            leave(stage);
            var all = new TreeSet<>(stage.contract.operations().keySet());
            // A computation of our own dialect has none; that of the other is in CosmianLifeTest.
            all.remove("getCosmianAgreement");
            assertEquals(all, stage.contract.exercised());
        }
    }

    private static void service(Stage stage) {
        stage.api.get("/health/live", "").expect(200);
        stage.api.get("/health/ready", "").expect(200);
        stage.api.get("/info", "").expect(200);
        assertEquals("account", stage.api.get("/me", stage.owner).expect(200).textAt("kind"));
    }

    private static void gather(Stage stage, Cast cast) {
        Api api = stage.api;
        api.post("/computations", stage.owner, cast.creation()).expect(201);
        api.post("/computations", stage.owner, cast.creation()).expect(200);
        for (Email person : cast.roster.people()) {
            api.post("/enrolments", "", cast.enrolment(person)).expect(201);
            api.post("/enrolments", "", cast.enrolment(person)).expect(200);
            assertEquals("guest", api.get("/me", cast.accessToken(person)).textAt("kind"));
            api.post(Stage.at(cast, "/cards"), cast.accessToken(person), cast.registration(person))
                    .expect(201);
            api.post(Stage.at(cast, "/cards"), cast.accessToken(person), cast.registration(person))
                    .expect(200);
        }
        assertTrue(api.get(Stage.at(cast, "/cards"), stage.owner).text().contains("\"tag\""));
        assertFalse(
                api.get(Stage.at(cast, "/cards"), cast.accessToken(Cast.ERIN))
                        .expect(200)
                        .text()
                        .contains("\"tag\""));
        api.get(Stage.at(cast, "/proposal"), cast.accessToken(Cast.ERIN)).expect(200);
        String coder = cast.accessToken(Cast.CODER);
        api.put(Stage.blob(cast, Cast.BUNDLE), coder, Cast.BUNDLE).expect(201);
        api.put(Stage.blob(cast, Cast.BUNDLE), coder, Cast.BUNDLE).expect(200);
        api.put(Stage.at(cast, "/code"), coder, cast.code().toJson()).expect(201);
        api.delete(Stage.at(cast, "/code"), coder).expect(204);
        api.put(Stage.at(cast, "/code"), coder, cast.code().toJson()).expect(201);
        api.put(Stage.at(cast, "/code"), coder, cast.code().toJson()).expect(200);
        assertEquals(
                cast.code().digest().toString(),
                Sha256.of(
                                java.util.Base64.getDecoder()
                                        .decode(
                                                api.get(Stage.at(cast, "/code"), stage.owner)
                                                        .textAt("payload")))
                        .toString());
        assertArrayEquals(
                Cast.BUNDLE,
                api.get(Stage.at(cast, "/code/bundle"), cast.accessToken(Cast.ERIN))
                        .expect(200)
                        .body());
        blobs(stage, cast);
    }

    private static void blobs(Stage stage, Cast cast) {
        String carol = cast.accessToken(Cast.CAROL);
        String path = Stage.blob(cast, DATA);
        stage.api.put(path, carol, DATA).expect(201);
        assertEquals(
                Integer.toString(DATA.length),
                stage.api.head(path, carol).expect(200).header("Content-Length"));
        assertArrayEquals(DATA, stage.api.get(path, carol).expect(200).body());
        assertEquals(
                "ciphertext", stage.api.get(path, carol, "Range", "bytes=0-9").expect(206).text());
        stage.api.delete(path, carol).expect(204);
        stage.api.get(path, carol).refused(404, "not-found");
        stage.api.put(path, carol, DATA).expect(201);
        assertTrue(
                stage.api
                        .get(Stage.at(cast, "/blobs"), carol)
                        .expect(200)
                        .text()
                        .contains("sha256:"));
    }

    private static String agreeAndGrant(Stage stage, Cast cast) {
        Api api = stage.api;
        assertTrue(api.get(Stage.at(cast), stage.owner).text().contains("sign-agreement"));
        api.put(Stage.at(cast, "/agreement"), stage.owner, cast.agreement().toJson()).expect(201);
        api.put(Stage.at(cast, "/agreement"), stage.owner, cast.agreement().toJson()).expect(200);
        api.get(Stage.at(cast, "/agreement"), cast.accessToken(Cast.ERIN)).expect(200);
        String identity = stage.awaitEnclave(cast);
        api.post(Stage.at(cast, "/enclaves"), cast.accessToken(Cast.ERIN)).expect(200);
        api.get(Stage.at(cast, "/enclaves"), cast.accessToken(Cast.ERIN)).expect(200);
        api.get(Stage.at(cast, "/enclaves/" + identity), cast.accessToken(Cast.ERIN)).expect(200);
        stage.grantAll(cast, identity);
        return identity;
    }

    private static void results(Stage stage, Cast cast, String identity) {
        Api api = stage.api;
        String run = Stage.at(cast, "/runs/" + identity + "/1");
        Stage.await(
                () -> api.get(Stage.at(cast, "/runs"), stage.owner).text().contains("succeeded"),
                () -> "a run that succeeded: " + stage.eventTypes(cast));
        api.get(run + "/receipt", cast.accessToken(Cast.CAROL)).expect(200);
        String erin = cast.accessToken(Cast.ERIN);
        byte[] whole = FakeAgent.whole(Cast.ERIN, RESULT);
        Api.Answer outputs = api.get(run + "/outputs", erin).expect(200);
        assertEquals("index", outputs.textAt("outputs.0.kind"));
        assertEquals(Sha256.of(whole).toString(), outputs.textAt("outputs.1.digest"));
        assertTrue(api.get(Stage.at(cast), erin).text().contains("fetch-result"));
        assertArrayEquals(whole, api.get(run + "/outputs/1", erin).expect(200).body());
        assertEquals(
                new String(whole, StandardCharsets.UTF_8).substring(5),
                api.get(run + "/outputs/1", erin, "Range", "bytes=5-").expect(206).text());
        assertEquals(
                "[]", api.get(run + "/outputs", cast.accessToken(Cast.FRANK)).at("outputs").text());
        api.put(
                        Stage.at(cast, "/enclaves/" + identity + "/inputs/2"),
                        cast.accessToken(Cast.CAROL),
                        "a sealed input list".getBytes(StandardCharsets.UTF_8))
                .expect(201);
        stage.awaitState(cast, "completed");
    }

    private static void archive(Stage stage, Cast cast) {
        Api api = stage.api;
        api.post(Stage.at(cast, "/archive"), stage.owner).expect(200);
        api.post(Stage.at(cast, "/archive"), stage.owner).expect(200);
        api.get(Stage.blob(cast, DATA), cast.accessToken(Cast.CAROL)).refused(404, "not-found");
        api.get(Stage.at(cast, "/agreement"), stage.owner).expect(200);
        api.get(Stage.at(cast, "/code/bundle"), stage.owner).expect(200);
        api.put(Stage.blob(cast, DATA), cast.accessToken(Cast.CAROL), DATA)
                .refused(409, "wrong-state");
        assertEquals(
                "[]", api.get("/computations", stage.owner).expect(200).at("computations").text());
        assertEquals(
                cast.id.toString(),
                api.get("/computations?archived=true", stage.owner).textAt("computations.0.id"));
        List<String> types = stage.eventTypes(cast);
        assertTrue(
                types.containsAll(Set.of("created", "run-ended", "output-fetched", "archived")),
                types::toString);
        assertFalse(api.get(Stage.at(cast, "/events"), stage.owner).text().contains("\"tag\""));
    }

    private static void leave(Stage stage) {
        var reason = Json.object().put("reason", "no time").build();
        Cast declined = stage.open(new Cast());
        stage.api
                .post(Stage.at(declined, "/decline"), declined.accessToken(Cast.ERIN), reason)
                .expect(200);
        Cast withdrawn = stage.open(new Cast());
        String invitation = Stage.at(withdrawn, "/invitations/erin%40example.org");
        stage.api
                .put(
                        invitation,
                        stage.owner,
                        Json.object()
                                .put("tokenHash", Accounts.hash("another token").toString())
                                .build())
                .expect(204);
        stage.api.post(invitation + "/revoke", stage.owner).expect(204);
        stage.api
                .post(Stage.at(withdrawn, "/withdraw"), withdrawn.accessToken(Cast.CAROL), reason)
                .expect(200);
        assertEquals("ended", stage.state(withdrawn));
    }
}
