package io.cloister.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.Proposal;
import io.cloister.protocol.document.RuntimeRef;
import io.cloister.protocol.json.Json;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// Anything malformed gives one clear problem, leaves nothing behind, and the server goes on. Each
/// case alters one thing of a request that is accepted.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class BadInputTest {
    private static final byte[] DATA = "some ciphertext".getBytes(StandardCharsets.UTF_8);

    private final Path data;
    private final Stage stage;
    private Cast cast = new Cast();
    private String carol = "";

    BadInputTest(@TempDir Path data) throws SetupException {
        this.data = data;
        stage = new Stage(data, (_, _, _) -> {});
    }

    @BeforeEach
    void open() {
        cast = stage.open(new Cast());
        carol = cast.accessToken(Cast.CAROL);
    }

    @AfterEach
    void theServerGoesOnAndNothingIsHalfWritten() throws IOException {
        stage.api.put(Stage.blob(cast, DATA), carol, DATA);
        stage.api.get("/health/ready", "").expect(200);
        try (Stream<Path> temporary = Files.list(data.resolve("temporary"))) {
            assertEquals(0, temporary.count());
        }
    }

    @AfterAll
    void stop() {
        stage.close();
    }

    private static BodyPublisher bytes(byte[] bytes) {
        return BodyPublishers.ofByteArray(bytes);
    }

    private static BodyPublisher text(String text) {
        return BodyPublishers.ofString(text);
    }

    @Nested
    class JsonBodies {
        private Api.Answer create(BodyPublisher body) {
            return stage.api.send("POST", "/computations", stage.owner, "application/json", body);
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "{",
                    "[1,]",
                    "{\"a\":1,\"a\":1}",
                    "\u00ff",
                    "{\"a\":1.5}",
                    "nul",
                    "{} {}",
                    "\"\\ud800\""
                })
        void thatIsNotStrictIsRefused(String body) {
            create(text(body)).refused(400, "malformed-json");
        }

        @Test
        void ofAnotherShapeNamesTheField() {
            Api.Answer answer = create(text("{\"proposal\":{}}")).refused(400, "invalid-field");
            assertTrue(answer.textAt("field").startsWith("proposal"), answer::text);
            create(text("[]")).refused(400, "invalid-field");
        }

        @Test
        void withAMemberNobodyKnowsIsRefused() {
            var body =
                    Json.object()
                            .put("proposal", new Cast().proposal.toJson())
                            .put("enrolments", List.of())
                            .put("more", 1)
                            .build();
            create(bytes(body.canonical())).refused(400, "invalid-field");
        }

        @Test
        void thatIsTooLongIsRefusedWhetherOrNotItSaysSo() {
            byte[] large = new byte[(1 << 20) + 1];
            create(bytes(large)).refused(413, "body-too-large");
            create(BodyPublishers.ofInputStream(() -> new java.io.ByteArrayInputStream(large)))
                    .refused(413, "body-too-large");
        }

        @Test
        void thatIsNestedTooDeeplyIsRefused() {
            create(text("[".repeat(100_000))).refused(400, "malformed-json");
        }

        @Test
        void thatIsNotThereIsRefused() {
            create(text("")).refused(400, "empty-body");
        }

        @Test
        void ofAnotherMediaTypeIsRefused() {
            stage.api
                    .send("POST", "/computations", stage.owner, "text/plain", text("{}"))
                    .refused(415, "unsupported-media-type");
            stage.api
                    .send("POST", "/computations", stage.owner, "", text("{}"))
                    .refused(415, "unsupported-media-type");
        }
    }

    @Nested
    class AProposal {
        private Api.Answer create(Json envelope) {
            return stage.api.post(
                    "/computations",
                    stage.owner,
                    Json.object().put("proposal", envelope).put("enrolments", List.of()).build());
        }

        @Test
        void thatSomebodyElseSignedIsRefused() {
            var other = new Cast();
            create(
                            new TestKey()
                                    .sign(Proposal.TYPE, other.proposal(Cast.RUNTIME, Cast.OWNER))
                                    .toJson())
                    .refused(400, "not-authentic");
            create(other.proposal.toJson()).expect(201);
        }

        @Test
        void ofAnotherOwnerIsRefused() {
            var other = new Cast();
            create(
                            other.key(Cast.OWNER)
                                    .sign(Proposal.TYPE, other.proposal(Cast.RUNTIME, Cast.ERIN))
                                    .toJson())
                    .refused(403, "forbidden");
        }

        @Test
        void withARuntimeThatIsNotOfferedIsRefused() {
            var other = new Cast();
            var runtime = new RuntimeRef("bare", Sha256.of(new byte[1]));
            create(
                            other.key(Cast.OWNER)
                                    .sign(Proposal.TYPE, other.proposal(runtime, Cast.OWNER))
                                    .toJson())
                    .refused(422, "runtime-not-offered");
        }

        @Test
        void underAnIdThatIsTakenIsRefused() {
            var changed = cast.proposal(Cast.RUNTIME, Cast.OWNER);
            var renamed =
                    new Proposal(
                            changed.computation(),
                            "another title",
                            changed.owner(),
                            changed.ownerKey(),
                            changed.roster(),
                            changed.runtime(),
                            changed.measurements(),
                            changed.terms(),
                            changed.issuedAt());
            create(cast.key(Cast.OWNER).sign(Proposal.TYPE, renamed).toJson())
                    .refused(409, "computation.exists");
        }

        @Test
        void whoseEnrolmentsDoNotFitIsRefused() {
            var other = new Cast();
            String hash = Accounts.hash("a fresh token").toString();
            for (List<Json> enrolments :
                    List.of(
                            List.<Json>of(enrolment("stranger@example.org", hash)),
                            List.<Json>of(
                                    enrolment("erin@example.org", hash),
                                    enrolment("erin@example.org", hash)),
                            List.<Json>of(
                                    enrolment("erin@example.org", hash),
                                    enrolment("frank@example.org", hash)),
                            List.<Json>of(enrolment("Erin@example.org", hash)),
                            List.<Json>of(enrolment("erin@example.org", "sha256:0")))) {
                stage.api
                        .post(
                                "/computations",
                                stage.owner,
                                Json.object()
                                        .put("proposal", other.proposal.toJson())
                                        .put("enrolments", enrolments)
                                        .build())
                        .refused(400, "invalid-field");
            }
        }

        private static Json enrolment(String email, String hash) {
            return Json.object().put("email", email).put("tokenHash", hash).build();
        }
    }

    @Nested
    class ABlob {
        private String path() {
            return Stage.blob(cast, DATA);
        }

        private Api.Answer put(String at, byte[] content) {
            return stage.api.put(at, carol, content);
        }

        @Test
        void thatIsEmptyIsRefused() {
            put(Stage.blob(cast, new byte[0]), new byte[0]).refused(400, "empty-body");
        }

        @Test
        void thatDoesNotHashToItsNameIsRefused() {
            byte[] changed = DATA.clone();
            changed[0] ^= 1;
            put(path(), changed).refused(400, "digest-mismatch");
            stage.api.get(path(), carol).refused(404, "not-found");
        }

        @Test
        void ofAnotherMediaTypeIsRefused() {
            stage.api
                    .send("PUT", path(), carol, "application/json", bytes(DATA))
                    .refused(415, "unsupported-media-type");
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "0",
                    "..%2f..%2fetc%2fpasswd",
                    "%2e%2e",
                    "ABCDEF",
                    "-rf",
                    "a%20b",
                    "%00"
                })
        void underANameThatIsNoDigestIsRefused(String name) {
            Api.Answer answer = put(Stage.at(cast, "/blobs/" + name), DATA);
            assertTrue(answer.status() == 400 || answer.status() == 404, answer::text);
        }

        @Test
        void thatEndsEarlyLeavesNothing() throws IOException {
            try (var socket = new Socket(InetAddress.getLoopbackAddress(), stage.server().port())) {
                socket.getOutputStream()
                        .write(
                                ("PUT /api/v1"
                                                + path()
                                                + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
                                                + carol
                                                + "\r\n"
                                                + "Content-Type: application/octet-stream\r\n"
                                                + "Content-Length: 15\r\n\r\n"
                                                + "some ci")
                                        .getBytes(StandardCharsets.US_ASCII));
                socket.getOutputStream().flush();
                socket.shutdownOutput();
                drain(socket.getInputStream());
            }
            Stage.await(() -> stage.logged().contains("incomplete-body"), stage::logged);
            stage.api.get(path(), carol).refused(404, "not-found");
        }

        @Test
        void thatIsStoredTwiceIsStoredOnce() {
            put(path(), DATA).expect(201);
            put(path(), DATA).expect(200);
            assertEquals(
                    1,
                    ((Json.Arr) stage.api.get(Stage.at(cast, "/blobs"), carol).at("blobs"))
                            .elements()
                            .size());
        }

        @Test
        void isInvisibleToEverybodyElse() {
            put(path(), DATA).expect(201);
            stage.api.get(path(), cast.accessToken(Cast.DAVE)).refused(404, "not-found");
            stage.api.get(path(), cast.accessToken(Cast.CODER)).refused(404, "not-found");
            stage.api.get(path(), stage.owner).refused(403, "forbidden");
            stage.api.put(path(), cast.accessToken(Cast.DAVE), DATA).expect(201);
            stage.api.delete(path(), cast.accessToken(Cast.DAVE)).expect(204);
            stage.api.get(path(), carol).expect(200);
        }

        @Test
        void thatIsDeletedTwiceIsNotFoundTheSecondTime() {
            put(path(), DATA).expect(201);
            stage.api.delete(path(), carol).expect(204);
            stage.api.delete(path(), carol).refused(404, "not-found");
        }

        @Test
        void thatIsTheCurrentBundleIsNotDeleted() {
            Cast other = stage.gather(new Cast());
            String coder = other.accessToken(Cast.CODER);
            stage.api.delete(Stage.blob(other, Cast.BUNDLE), coder).refused(409, "blob-in-use");
            stage.api.delete(Stage.at(other, "/code"), coder).expect(204);
            stage.api.delete(Stage.blob(other, Cast.BUNDLE), coder).expect(204);
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "bytes=15-",
                    "bytes=2-1",
                    "bytes=-0",
                    "bytes=a-b",
                    "bytes=0-1,3-4",
                    "lines=1-2",
                    "bytes=-"
                })
        void isNotSentInARangeItDoesNotHave(String range) {
            put(path(), DATA).expect(201);
            stage.api.get(path(), carol, "Range", range).refused(416, "range-not-satisfiable");
            assertEquals(
                    "text", stage.api.get(path(), carol, "Range", "bytes=-4").expect(206).text());
        }
    }

    private static void drain(InputStream in) throws IOException {
        in.readAllBytes();
    }

    @Nested
    class ACard {
        @Test
        void ofSomebodyElseIsRefused() {
            stage.api
                    .post(Stage.at(cast, "/cards"), carol, cast.registration(Cast.DAVE))
                    .refused(403, "forbidden");
        }

        @Test
        void thatIsASecondOneIsRefused() {
            stage.api
                    .post(Stage.at(cast, "/cards"), carol, cast.registration(Cast.CAROL))
                    .expect(201);
            var other =
                    Json.object()
                            .put("card", cast.card(Cast.CAROL).toJson())
                            .put("tag", "cd".repeat(32))
                            .build();
            stage.api.post(Stage.at(cast, "/cards"), carol, other).refused(409, "card.exists");
        }

        @Test
        void withATagThatIsNoneIsRefused() {
            var other =
                    Json.object()
                            .put("card", cast.card(Cast.CAROL).toJson())
                            .put("tag", "AB".repeat(32))
                            .build();
            stage.api.post(Stage.at(cast, "/cards"), carol, other).refused(400, "invalid-field");
        }
    }

    @Nested
    class TheWrongMoment {
        @Test
        void forCodeIsBeforeItsBundleAndBeforeItsCard() {
            String coder = cast.accessToken(Cast.CODER);
            String code = Stage.at(cast, "/code");
            stage.api.put(code, coder, cast.code().toJson()).refused(422, "blob-missing");
            stage.api.put(Stage.blob(cast, Cast.BUNDLE), coder, Cast.BUNDLE).expect(201);
            stage.api.put(code, coder, cast.code().toJson()).refused(409, "wrong-state");
            stage.api.get(code, coder).refused(404, "not-found");
            stage.api.get(Stage.at(cast, "/code/bundle"), coder).refused(404, "not-found");
        }

        @Test
        void forAnAgreementIsBeforeEveryoneJoined() {
            Api.Answer answer =
                    stage.api.put(
                            Stage.at(cast, "/agreement"), stage.owner, cast.agreement().toJson());
            assertTrue(answer.status() == 422 || answer.status() == 409, answer::text);
            stage.api.get(Stage.at(cast, "/agreement"), stage.owner).refused(404, "not-found");
        }

        @Test
        void forAnEnclaveIsBeforeAnAgreement() {
            stage.api.post(Stage.at(cast, "/enclaves"), stage.owner).refused(409, "wrong-state");
            stage.api
                    .put(Stage.at(cast, "/enclaves/" + "0".repeat(64) + "/grant"), carol, DATA)
                    .refused(404, "not-found");
        }

        @Test
        void forUploadsIsAfterTheEnd() {
            var reason = Json.object().put("reason", "done").build();
            stage.api
                    .post(Stage.at(cast, "/withdraw"), cast.accessToken(Cast.DAVE), reason)
                    .expect(200);
            stage.api.put(Stage.blob(cast, DATA), carol, DATA).refused(409, "wrong-state");
        }

        @Test
        void forLeavingNeedsAReasonOfBoundedLength() {
            String path = Stage.at(cast, "/decline");
            stage.api.post(path, carol, Json.object().build()).refused(400, "invalid-field");
            stage.api
                    .post(path, carol, Json.object().put("reason", "x".repeat(501)).build())
                    .refused(400, "invalid-field");
            stage.api
                    .post(path, carol, Json.object().put("reason", "").build())
                    .refused(400, "invalid-field");
        }
    }

    @Nested
    class Requests {
        @Test
        void toNoPathAreNotFoundAndWithAnotherMethodNotAllowed() {
            stage.api.get("/nothing", stage.owner).refused(404, "not-found");
            stage.api.delete("/me", stage.owner).refused(405, "method-not-allowed");
        }

        @Test
        void withParametersOutOfBoundsAreRefused() {
            stage.api.get("/computations?limit=0", stage.owner).refused(400, "invalid-field");
            stage.api.get("/computations?limit=201", stage.owner).refused(400, "invalid-field");
            stage.api
                    .get("/computations?limit=1&limit=2", stage.owner)
                    .refused(400, "invalid-field");
            stage.api.get("/computations?cursor=x", stage.owner).refused(400, "invalid-field");
            stage.api
                    .get("/computations?archived=maybe", stage.owner)
                    .refused(400, "invalid-field");
            stage.api
                    .get(Stage.at(cast, "/events?after=-1"), stage.owner)
                    .refused(400, "invalid-field");
            stage.api
                    .get(
                            Stage.at(cast, "/events"),
                            stage.owner,
                            "Accept",
                            "text/event-stream",
                            "Last-Event-ID",
                            "x")
                    .refused(400, "invalid-field");
        }

        @Test
        void carryTheirIdBackAndIntoTheLog() {
            Api.Answer answer = stage.api.get("/info", "", "Request-Id", "my-own_Id-1");
            assertEquals("my-own_Id-1", answer.header("Request-Id"));
            assertTrue(stage.logged().contains("my-own_Id-1"));
            Api.Answer odd = stage.api.get("/info", "", "Request-Id", "with blanks and \u00fc");
            assertTrue(odd.header("Request-Id").matches("[0-9a-f]{16}"));
        }

        @Test
        void thatAreNoHttpAreToldSo() throws IOException {
            try (var socket = new Socket(InetAddress.getLoopbackAddress(), stage.server().port())) {
                socket.getOutputStream()
                        .write("GET / \u0001\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                socket.getOutputStream().flush();
                String answer =
                        new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                assertTrue(answer.contains("application/problem+json"), answer);
            }
        }

        @Test
        void leaveNoSecretInTheLog() {
            stage.api.get("/me", carol).expect(200);
            stage.api.get("/me", "a-token-nobody-has-ever-made").refused(401, "unauthenticated");
            String logged = stage.logged();
            assertTrue(logged.contains("\"route\":\"me\""));
            for (String secret :
                    List.of(
                            carol,
                            stage.owner,
                            "a-token-nobody-has-ever-made",
                            "enrol-" + cast.id,
                            Accounts.hash(carol).hex())) {
                assertFalse(logged.contains(secret));
            }
        }
    }

    @Nested
    class AQuota {
        @Test
        void ofBytesCountsEverythingStoredInTheOwnersComputations(@TempDir Path own)
                throws Exception {
            try (var small = new Stage(own, (_, _, _) -> {})) {
                setQuota(own, new Accounts.Quota(40, 10));
                Cast people = small.open(new Cast());
                String first = people.accessToken(Cast.CAROL);
                String second = people.accessToken(Cast.DAVE);
                byte[] more = new byte[30];
                small.api.put(Stage.blob(people, DATA), first, DATA).expect(201);
                small.api
                        .put(Stage.blob(people, more), second, more)
                        .refused(403, "quota-exceeded");
                small.api.get(Stage.blob(people, more), second).refused(404, "not-found");
                small.api.delete(Stage.blob(people, DATA), first).expect(204);
                small.api.put(Stage.blob(people, more), second, more).expect(201);
                assertEquals("30", small.api.get("/me", small.owner).at("quota.bytesUsed").text());
            }
        }

        @Test
        void ofComputationsCountsThoseNotArchived(@TempDir Path own) throws Exception {
            try (var small = new Stage(own, (_, _, _) -> {})) {
                setQuota(own, new Accounts.Quota(1 << 20, 1));
                Cast people = small.open(new Cast());
                small.api
                        .post("/computations", small.owner, new Cast().creation())
                        .refused(403, "quota-exceeded");
                small.api.post("/computations", small.owner, people.creation()).expect(200);
                small.api.post(Stage.at(people, "/archive"), small.owner).expect(200);
                small.open(new Cast());
            }
        }

        private static void setQuota(Path data, Accounts.Quota quota) throws SetupException {
            try (Accounts accounts =
                    Accounts.open(
                            data, new java.security.SecureRandom(), java.time.Clock.systemUTC())) {
                accounts.setQuota(Cast.OWNER, quota);
            }
        }
    }
}
