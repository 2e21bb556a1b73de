package io.cloister.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Email;
import io.cloister.protocol.document.Role;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/// The routes of the Cosmian dialect from creation to results, and every refusal on the way.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class CosmianLifeTest {
    private static final byte[] FILE = new byte[64];
    private static final byte[] CODE = Tars.code("a module");

    private Path data = Path.of("");
    private Stage stage;
    private OldApi api;
    private final Map<Email, String> tokens = new LinkedHashMap<>();

    @BeforeAll
    void open(@TempDir Path folder) throws SetupException {
        data = folder;
        stage =
                new Stage(
                        data,
                        (_, in, out) -> FakeCosmianAgent.serve(in, out),
                        settings ->
                                settings.withLimits(manyEnclaves())
                                        .allowCosmianDialect(ServerSettings.Cosmian.usual()));
        api = new OldApi(stage.server().uri());
        tokens.put(Cast.OWNER, api.accessToken(stage.owner));
        for (Email person : List.of(Cast.CODER, Cast.CAROL, Cast.DAVE, Cast.ERIN, Cast.FRANK)) {
            tokens.put(person, newcomer(person));
        }
    }

    private static ServerSettings.Limits manyEnclaves() {
        var usual = ServerSettings.Limits.DEFAULT;
        return new ServerSettings.Limits(
                64,
                usual.blobBytes(),
                usual.startLimit(),
                usual.idleLimit(),
                usual.overrunGrace(),
                usual.enrolmentLife(),
                usual.guestLife(),
                usual.restarts());
    }

    @AfterAll
    void close() {
        stage.close();
    }

    private String newcomer(Email person) throws SetupException {
        return api.accessToken(Stage.addAccount(data, person, Accounts.Quota.DEFAULT));
    }

    /// One computation and its people.
    private static final class Play {
        final Stage stage;
        final OldApi api;
        final Map<Email, String> tokens;
        String uuid = "";

        Play(CosmianLifeTest test) {
            this(test.stage, test.api, test.tokens);
        }

        Play(Stage stage, OldApi api, Map<Email, String> tokens) {
            this.stage = stage;
            this.api = api;
            this.tokens = tokens;
        }

        String token(Email person) {
            return Optional.ofNullable(tokens.get(person)).orElseThrow();
        }

        String at(String below) {
            return "/computations/" + uuid + below;
        }

        Play created() {
            OldApi.Answer answer =
                    api.post(
                                    "/computations",
                                    token(Cast.OWNER),
                                    OldApi.creation(
                                            Cast.CODER,
                                            List.of(Cast.CAROL, Cast.DAVE),
                                            List.of(Cast.ERIN, Cast.FRANK)))
                            .expect(200);
            uuid = answer.at("uuid") instanceof Json.Str(var text) ? text : "";
            return this;
        }

        OldApi.Answer register(Email person, Role role) {
            return api.post(
                    at("/register"), token(person), OldApi.registration(role, new TestKey()));
        }

        Play registered() {
            created();
            register(Cast.CODER, Role.CODE_PROVIDER).expect(200);
            register(Cast.CAROL, Role.DATA_PROVIDER).expect(200);
            register(Cast.DAVE, Role.DATA_PROVIDER).expect(200);
            register(Cast.ERIN, Role.RESULT_CONSUMER).expect(200);
            register(Cast.FRANK, Role.RESULT_CONSUMER).expect(200);
            return this;
        }

        OldApi.Answer code(byte[] tar) {
            return api.upload(at("/code"), token(Cast.CODER), "code.tar", tar);
        }

        Play ready() {
            registered();
            code(CODE).expect(200);
            awaitState("SetupInput");
            return this;
        }

        OldApi.Answer upload(Email person, String name) {
            return upload(person, name, FILE);
        }

        OldApi.Answer upload(Email person, String name, byte[] content) {
            return api.upload(at("/data"), token(person), name, content);
        }

        OldApi.Answer takeBack(Email person) {
            return api.delete(at("/data"), token(person));
        }

        OldApi.Answer done(Email person) {
            return api.post(at("/data/done"), token(person));
        }

        void allData() {
            upload(Cast.CAROL, "c1.enc").expect(200);
            upload(Cast.DAVE, "d1.enc").expect(200);
            upload(Cast.CAROL, "c2.enc").expect(200);
            done(Cast.CAROL).expect(200);
            done(Cast.DAVE).expect(200);
        }

        OldApi.Answer provision(Email person, Role role, int first, int second) {
            return api.post(
                    at("/key/provisioning"),
                    token(person),
                    OldApi.provisioning(role, first, second));
        }

        void allKeys(int second) {
            provision(Cast.CODER, Role.CODE_PROVIDER, 1, second).expect(200);
            provision(Cast.CAROL, Role.DATA_PROVIDER, 2, second).expect(200);
            provision(Cast.DAVE, Role.DATA_PROVIDER, 3, second).expect(200);
            provision(Cast.ERIN, Role.RESULT_CONSUMER, 4, second).expect(200);
            provision(Cast.FRANK, Role.RESULT_CONSUMER, 5, second).expect(200);
        }

        String state() {
            Json status = api.get(at("/status"), token(Cast.ERIN)).expect(200).json();
            Json started =
                    status instanceof Json.Obj(var members) ? members.get("Started") : status;
            return started instanceof Json.Obj(var one)
                    ? one.keySet().iterator().next()
                    : started instanceof Json.Str(var word) ? word : "?";
        }

        void awaitState(String state) {
            Stage.await(() -> state().equals(state), () -> state + ", not " + state());
        }

        OldApi.Answer show() {
            return api.get(at(""), token(Cast.OWNER)).expect(200);
        }
    }

    @Test
    void aConsumerTheCodeWroteNothingForIsToldSo() {
        var play = new Play(this).ready();
        play.upload(Cast.CAROL, FakeCosmianAgent.nothingFor(Cast.FRANK)).expect(200);
        play.allData();
        play.allKeys(0);
        play.awaitState("Success");
        play.api.get(play.at("/results"), play.token(Cast.ERIN)).expect(200);
        play.api
                .get(play.at("/results"), play.token(Cast.FRANK))
                .refused(404, "\"code\":\"no-result\"");
    }

    @Test
    void aFileThatDoesNotComeInItsFormIsRefused() {
        var play = new Play(this).ready();
        play.api
                .post(play.at("/data"), play.token(Cast.CAROL), Json.object().build())
                .refused(400, "\"code\":\"malformed-form\"");
    }

    @Test
    void goesTheWholeWayAndServesEachConsumerTheOwnResult() throws Exception {
        var play = new Play(this).created();
        assertEquals("Init", play.state());
        assertEquals(new Json.Null(), play.show().at("enclave.identity"));
        play.register(Cast.CODER, Role.CODE_PROVIDER).expect(200);
        play.register(Cast.CAROL, Role.DATA_PROVIDER).expect(200);
        play.upload(Cast.CAROL, "c1.enc").expect(200);
        play.register(Cast.DAVE, Role.DATA_PROVIDER).expect(200);
        play.register(Cast.ERIN, Role.RESULT_CONSUMER).expect(200);
        play.code(CODE).expect(200);
        assertEquals("Init", play.state());
        play.register(Cast.FRANK, Role.RESULT_CONSUMER).expect(200);
        play.awaitState("SetupInput");
        assertEquals(
                CODE.length,
                play.api
                        .get(play.at("/code"), play.token(Cast.ERIN))
                        .expect(200)
                        .content()
                        .length());
        play.allData();
        play.api.get(play.at("/results"), play.token(Cast.ERIN)).expect(202);
        play.allKeys(0);
        play.awaitState("Success");
        List<String> inputs = List.of("c1.enc", "d1.enc", "c2.enc");
        for (Email consumer : List.of(Cast.ERIN, Cast.FRANK)) {
            OldApi.Answer result =
                    play.api.get(play.at("/results"), play.token(consumer)).expect(200);
            assertArrayEquals(
                    FakeCosmianAgent.served(consumer, inputs), result.content().toArray());
            assertEquals(
                    "application/octet-stream;charset=iso-8859-1",
                    result.type().toLowerCase(Locale.ROOT));
        }
        // Noted once the last byte is on its way.
        Stage.await(
                () ->
                        !new Json.Null()
                                .equals(play.show().at("result_consumers.1.result_downloaded_at")),
                () -> "the download is noted");
        OldApi.Answer shown = play.show();
        assertEquals(Json.of(0), shown.at("runs.0.exit_code"));
        assertNotEquals(new Json.Null(), shown.at("code_provider.symmetric_key_uploaded_at"));
    }

    @Test
    void showsAComputationInTheShapeItsClientReads() throws Exception {
        var play = new Play(this).ready();
        play.upload(Cast.CAROL, "c1.enc").expect(200);
        OldApi.Answer shown = play.show();
        assertEquals(Json.of(play.uuid), shown.at("uuid"));
        assertEquals(Json.of("a test"), shown.at("name"));
        assertEquals(Json.array(List.of(Json.of("ComputationOwner"))), shown.at("my_roles"));
        assertEquals(Json.of(Cast.CODER.value()), shown.at("code_provider.email"));
        assertEquals(8, size(shown.at("code_provider.public_key.fingerprint")));
        assertNotEquals(new Json.Null(), shown.at("code_provider.code_uploaded_at"));
        assertEquals(new Json.Null(), shown.at("code_provider.symmetric_key_uploaded_at"));
        assertNotEquals(new Json.Null(), shown.at("data_providers.0.starting_uploading_at"));
        assertEquals(new Json.Null(), shown.at("data_providers.0.done_uploading_at"));
        assertEquals(new Json.Null(), shown.at("data_providers.1.starting_uploading_at"));
        assertEquals(new Json.Null(), shown.at("result_consumers.0.result_downloaded_at"));
        assertEquals(32, size(shown.at("enclave.identity.public_key")));
        assertTrue(
                shown.at("enclave.identity.manifest").text().contains("assertedBy"), shown::text);
        assertEquals(0, size(shown.at("runs")));
        OldApi.Answer list = play.api.get("/computations", play.token(Cast.CAROL)).expect(200);
        assertEquals(Json.of(play.uuid), list.at("0.uuid"));
        assertEquals(new Json.Null(), list.at("0.enclave.identity.manifest"));
        assertEquals(
                "[]",
                play.api
                        .get(
                                "/computations",
                                play.api.accessToken(
                                        Stage.addAccount(
                                                data,
                                                new Email("nobody@example.org"),
                                                Accounts.Quota.DEFAULT)))
                        .text());
        assertEquals(
                "{\"Started\":{\"SetupInput\":{\"cp\":false,\"dps\":[[false,false],"
                        + "[false,false]],\"rcs\":[false,false]}}}",
                play.api.get(play.at("/status"), play.token(Cast.CAROL)).text());
    }

    private static int size(Json list) {
        return list instanceof Json.Arr(var elements) ? elements.size() : -1;
    }

    @Test
    void knowsAnInvitedPersonOnceThereIsAnAccountOfThatAddress() throws Exception {
        var newcomer = new Email("newcomer@example.org");
        var play = new Play(this);
        OldApi.Answer created =
                play.api
                        .post(
                                "/computations",
                                play.token(Cast.OWNER),
                                OldApi.creation(Cast.CODER, List.of(newcomer), List.of(Cast.ERIN)))
                        .expect(200);
        assertEquals(new Json.Null(), created.at("data_providers.0.uuid"));
        play.uuid = created.at("uuid") instanceof Json.Str(var text) ? text : "";
        String token =
                play.api.accessToken(Stage.addAccount(data, newcomer, Accounts.Quota.DEFAULT));
        play.api
                .post(
                        play.at("/register"),
                        token,
                        OldApi.registration(Role.DATA_PROVIDER, new TestKey()))
                .expect(200);
        assertNotEquals(new Json.Null(), play.show().at("data_providers.0.uuid"));
    }

    @Test
    void takesTheSameAgainForWhatIsSoAlready() throws Exception {
        var play = new Play(this).created();
        Json registration = OldApi.registration(Role.CODE_PROVIDER, new TestKey());
        for (int i = 0; i < 2; i++) {
            play.api.post(play.at("/register"), play.token(Cast.CODER), registration).expect(200);
            play.code(CODE).expect(200);
        }
        play.register(Cast.CAROL, Role.DATA_PROVIDER).expect(200);
        play.register(Cast.DAVE, Role.DATA_PROVIDER).expect(200);
        play.register(Cast.ERIN, Role.RESULT_CONSUMER).expect(200);
        play.register(Cast.FRANK, Role.RESULT_CONSUMER).expect(200);
        play.awaitState("SetupInput");
        for (int i = 0; i < 2; i++) {
            play.upload(Cast.CAROL, "c1.enc").expect(200);
        }
        for (int i = 0; i < 2; i++) {
            play.done(Cast.CAROL).expect(200);
            play.upload(Cast.CAROL, "c1.enc").expect(200);
            play.provision(Cast.CAROL, Role.DATA_PROVIDER, 2, 0).expect(200);
        }
        play.upload(Cast.DAVE, "d1.enc").expect(200);
        play.done(Cast.DAVE).expect(200);
        play.allKeys(0);
        play.awaitState("Success");
        assertArrayEquals(
                FakeCosmianAgent.served(Cast.ERIN, List.of("c1.enc", "d1.enc")),
                play.api.get(play.at("/results"), play.token(Cast.ERIN)).content().toArray());
    }

    @Test
    void startsAnewAfterAResetOfTheCode() throws Exception {
        var play = new Play(this).ready();
        play.allData();
        play.allKeys(0);
        play.awaitState("Success");
        Json before = play.show().at("enclave.identity.public_key");
        play.api.delete(play.at("/code"), play.token(Cast.CODER)).expect(200);
        assertEquals("Init", play.state());
        assertEquals(new Json.Null(), play.show().at("enclave.identity"));
        play.api.get(play.at("/code"), play.token(Cast.CODER)).refused(404, "no code");
        play.api.get(play.at("/results"), play.token(Cast.ERIN)).expect(202);
        play.code(Tars.code("another module")).expect(200);
        play.awaitState("SetupInput");
        assertNotEquals(before, play.show().at("enclave.identity.public_key"));
        play.allKeys(1);
        play.awaitState("Success");
        assertEquals(2, size(play.show().at("runs")));
    }

    /// The client sends the request for the code's reset when a Data Provider wants its own.
    @Test
    void resetsOnlyTheDataOfADataProviderWhoAsksForTheCodesReset() throws Exception {
        var play = new Play(this).ready();
        play.allData();
        play.allKeys(0);
        play.awaitState("Success");
        play.api.delete(play.at("/code"), play.token(Cast.CAROL)).expect(200);
        play.awaitState("SetupInput");
        play.upload(Cast.CAROL, "c3.enc").expect(200);
        play.done(Cast.CAROL).expect(200);
        play.awaitState("Success");
        assertArrayEquals(
                FakeCosmianAgent.served(Cast.ERIN, List.of("d1.enc", "c3.enc")),
                play.api.get(play.at("/results"), play.token(Cast.ERIN)).content().toArray());
        play.api.delete(play.at("/data"), play.token(Cast.DAVE)).expect(200);
        play.awaitState("SetupInput");
        play.api
                .delete(play.at("/code"), play.token(Cast.ERIN))
                .refused(403, "code-provider or data-provider");
        play.api.delete(play.at("/data"), play.token(Cast.CODER)).refused(403, "data-provider");
    }

    @Test
    void saysWhyARunFailed() throws Exception {
        var play = new Play(this).registered();
        byte[] odd = Arrays.copyOf(CODE, CODE.length + 1);
        play.code(odd).expect(200);
        play.awaitState("SetupInput");
        play.allData();
        play.allKeys(0);
        play.awaitState("Failure");
        OldApi.Answer status = play.api.get(play.at("/status"), play.token(Cast.ERIN));
        assertEquals(Json.of("exception"), status.at("Started.Failure.cause"));
        assertEquals(Json.of(1), play.show().at("runs.0.exit_code"));
        play.api.get(play.at("/results"), play.token(Cast.ERIN)).expect(202);
    }

    @Test
    void passesOnTheEnclavesOneTextForAWrongKeyAndGoesOn() throws Exception {
        var play = new Play(this).ready();
        play.allData();
        for (int i = 0; i < 3; i++) {
            // The same blob again is the same mistake.
            play.provision(Cast.CODER, Role.CODE_PROVIDER, 0, 1)
                    .refused(422, FakeCosmianAgent.ONE_TEXT);
        }
        play.provision(Cast.CAROL, Role.DATA_PROVIDER, 0, 2)
                .refused(422, FakeCosmianAgent.ONE_TEXT);
        play.allKeys(0);
        play.awaitState("Success");
    }

    @Test
    void staysAFailureOnceTheEnclaveGaveUpUntilTheCodeIsReset() throws Exception {
        var play = new Play(this).ready();
        for (int i = 1; i <= 5; i++) {
            play.provision(Cast.CODER, Role.CODE_PROVIDER, 0, i)
                    .refused(422, FakeCosmianAgent.ONE_TEXT);
        }
        play.awaitState("Failure");
        play.provision(Cast.CODER, Role.CODE_PROVIDER, 1, 1).refused(409, "no enclave yet");
        assertEquals("Failure", play.state());
        play.api.delete(play.at("/code"), play.token(Cast.CODER)).expect(200);
        play.code(Tars.code("again")).expect(200);
        play.awaitState("SetupInput");
    }

    @Test
    void ordersAnEnclaveInPlaceOfOneThatIsGoneAndWantsKeysForThatOne() throws Exception {
        var play = new Play(this).ready();
        play.allData();
        play.show();
        Json before = play.show().at("enclave.identity.public_key");
        play.api.get(play.at(""), play.token(Cast.CODER)).expect(200);
        play.provision(Cast.CODER, Role.CODE_PROVIDER, 1, 0).expect(200);
        play.stage.launcher.started.getLast().stop(Duration.ZERO);
        Stage.await(
                () -> {
                    Json now = play.show().at("enclave.identity");
                    return now instanceof Json.Obj(var members)
                            && !before.equals(members.get("public_key"));
                },
                () -> "another enclave");
        play.provision(Cast.CODER, Role.CODE_PROVIDER, 1, 0).refused(409, "was replaced");
        play.api.get(play.at(""), play.token(Cast.CODER)).expect(200);
        play.provision(Cast.CODER, Role.CODE_PROVIDER, 1, 0).refused(409, "was replaced");
        play.allKeys(7);
        play.awaitState("Success");
    }

    /// A play on a stage of its own.
    private Play apart(Path folder, FakeLauncher.Script script, Clock clock) throws SetupException {
        var own =
                new Stage(
                        folder,
                        script,
                        settings ->
                                settings.withClock(clock)
                                        .allowCosmianDialect(ServerSettings.Cosmian.usual()));
        var ownApi = new OldApi(own.server().uri());
        var ownTokens = new LinkedHashMap<Email, String>();
        ownTokens.put(Cast.OWNER, ownApi.accessToken(own.owner));
        for (Email person : List.of(Cast.CODER, Cast.CAROL, Cast.DAVE, Cast.ERIN, Cast.FRANK)) {
            ownTokens.put(
                    person,
                    ownApi.accessToken(Stage.addAccount(folder, person, Accounts.Quota.DEFAULT)));
        }
        return new Play(own, ownApi, ownTokens);
    }

    @Test
    void runsOnTheDataThatIsThereWhenTheLastKeyIsGoodThoughABadOneCameBefore() throws Exception {
        var play = new Play(this).ready();
        play.allData();
        play.provision(Cast.CODER, Role.CODE_PROVIDER, 1, 0).expect(200);
        play.provision(Cast.CAROL, Role.DATA_PROVIDER, 2, 0).expect(200);
        play.provision(Cast.DAVE, Role.DATA_PROVIDER, 3, 0).expect(200);
        play.provision(Cast.ERIN, Role.RESULT_CONSUMER, 4, 0).expect(200);
        play.provision(Cast.FRANK, Role.RESULT_CONSUMER, 0, 0)
                .refused(422, FakeCosmianAgent.ONE_TEXT);
        play.takeBack(Cast.CAROL).expect(200);
        play.upload(Cast.CAROL, "other.enc").expect(200);
        play.done(Cast.CAROL).expect(200);
        play.provision(Cast.FRANK, Role.RESULT_CONSUMER, 5, 0).expect(200);
        play.awaitState("Success");
        assertArrayEquals(
                FakeCosmianAgent.served(Cast.ERIN, List.of("d1.enc", "other.enc")),
                play.api.get(play.at("/results"), play.token(Cast.ERIN)).content().toArray());
    }

    /// An enclave that takes its time has the list that was handed first taken out of its hands.
    @Test
    void handsACorrectedListAtOnceAndLetsNoRunStartOnAnother(@TempDir Path folder)
            throws Exception {
        var slow = new FakeCosmianAgent.Slow();
        var play = apart(folder, (_, in, out) -> slow.serve(in, out), Clock.systemUTC());
        try (play.stage) {
            play.ready();
            play.allData();
            play.allKeys(0);
            slow.listen();
            assertEquals(List.of("c1.enc", "d1.enc", "c2.enc"), slow.awaitTold());
            slow.miss();
            slow.listen();
            play.takeBack(Cast.CAROL).expect(200);
            assertEquals(List.of("d1.enc"), slow.awaitTold());
            assertEquals("wrong-state", slow.tryToStart());
            play.upload(Cast.CAROL, "other.enc").expect(200);
            play.done(Cast.CAROL).expect(200);
            assertEquals("wrong-state", slow.tryToStart());
            slow.listen();
            assertEquals(List.of("d1.enc", "other.enc"), slow.awaitTold());
            // What was missed once, and is there when asked for again, is the list that was taken.
            slow.miss();
            assertEquals("", slow.tryToStart());
            play.awaitState("Running");
        }
    }

    @Test
    void keepsNoFileOfDataThatWasTakenBackWhileMoreCame() throws Exception {
        var play = new Play(this).registered();
        for (int round = 0; round < 12; round++) {
            byte[] content = Arrays.copyOf(FILE, FILE.length + round);
            String name = "c" + round + ".enc";
            var uploading =
                    CompletableFuture.runAsync(
                            () -> play.upload(Cast.CAROL, name, content).expect(200));
            for (int i = 0; i < 4; i++) {
                play.takeBack(Cast.CAROL).expect(200);
            }
            uploading.get(20, TimeUnit.SECONDS);
        }
        play.takeBack(Cast.CAROL).expect(200);
        assertEquals(0, stored(play));
    }

    @Test
    void countsAWrongKeyOnceThoughItIsSentManyTimesAtOnce() throws Exception {
        var play = new Play(this).ready();
        play.allData();
        for (int blob = 1; blob <= 4; blob++) {
            int second = blob;
            List<CompletableFuture<Void>> all = new ArrayList<>();
            try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
                for (int i = 0; i < 6; i++) {
                    all.add(
                            CompletableFuture.runAsync(
                                    () -> {
                                        for (int again = 0; again < 3; again++) {
                                            play.provision(
                                                            Cast.CODER,
                                                            Role.CODE_PROVIDER,
                                                            0,
                                                            second)
                                                    .refused(422, FakeCosmianAgent.ONE_TEXT);
                                        }
                                    },
                                    threads));
                }
            }
            for (CompletableFuture<Void> one : all) {
                one.get(20, TimeUnit.SECONDS);
            }
        }
        play.allKeys(0);
        play.awaitState("Success");
    }

    @Test
    void ordersNoEnclaveInPlaceOfAnIdleOneForSomebodyWhoOnlyAsksForTheStatus(@TempDir Path folder)
            throws Exception {
        var clock = new SetClock(Instant.now());
        var play = apart(folder, (_, in, out) -> FakeCosmianAgent.serve(in, out), clock);
        try (play.stage) {
            play.ready();
            List<Runnable> acts =
                    List.of(
                            () -> play.show(),
                            () -> play.upload(Cast.CAROL, "c1.enc").expect(200),
                            () -> play.done(Cast.CAROL).expect(200),
                            () ->
                                    play.provision(Cast.CODER, Role.CODE_PROVIDER, 1, 0)
                                            .refused(409, "no enclave yet"),
                            () -> play.takeBack(Cast.CAROL).expect(200));
            int enclaves = 1;
            for (Runnable act : acts) {
                clock.advance(ServerSettings.Limits.DEFAULT.idleLimit().plusSeconds(1));
                play.awaitState("IdentityProcessing");
                assertEquals("IdentityProcessing", play.state());
                assertEquals(enclaves, play.stage.launcher.started.size());
                act.run();
                play.awaitState("SetupInput");
                enclaves++;
                assertEquals(enclaves, play.stage.launcher.started.size());
            }
        }
    }

    @Test
    void countsTheEnclavesOfTheCodeThatIsThereOnly() throws Exception {
        var play = new Play(this).ready();
        var id = ComputationId.parse(play.uuid.replace("-", ""), "uuid");
        try (Database database = Database.open(data.resolve(DataFolder.DATABASE))) {
            assertEquals(1, enclaves(database, id));
            play.stage.launcher.started.getLast().stop(Duration.ZERO);
            Stage.await(() -> enclaves(database, id) == 2, () -> "another enclave");
            play.awaitState("SetupInput");
            play.api.delete(play.at("/code"), play.token(Cast.CODER)).expect(200);
            assertEquals(0, enclaves(database, id));
            play.code(Tars.code("again")).expect(200);
            play.awaitState("SetupInput");
            assertEquals(1, enclaves(database, id));
        }
    }

    private static long enclaves(Database database, ComputationId id) {
        return database.read(handle -> ComputationTable.enclavesSinceCodeReset(handle, id));
    }

    @Test
    void refusesCreationsThatDontDo() throws Exception {
        var play = new Play(this);
        String good = OldApi.creation(Cast.CODER, List.of(Cast.CAROL), List.of(Cast.ERIN)).text();
        for (Map.Entry<String, String> wrong :
                Map.of(
                                "\"name\":\"a test\"", "\"name\":\"\"",
                                "bob@example.org", "bob",
                                "[\"carol@example.org\"]", "[]",
                                "[\"erin@example.org\"]",
                                        "[\"erin@example.org\",\"erin@example.org\"]",
                                "false", "0",
                                "\"dev_mode\"", "\"mode\"")
                        .entrySet()) {
            String body = good.replace(wrong.getKey(), wrong.getValue());
            assertNotEquals(good, body);
            play.api
                    .post(
                            "/computations",
                            play.token(Cast.OWNER),
                            Json.parse(
                                    body.getBytes(StandardCharsets.UTF_8),
                                    JsonLimits.MESSAGE,
                                    "body"))
                    .expect(400);
        }
        var none = new Email("none@example.org");
        String token =
                play.api.accessToken(Stage.addAccount(data, none, new Accounts.Quota(1 << 20, 1)));
        Json creation = OldApi.creation(none, List.of(none), List.of(none));
        play.api.post("/computations", token, creation).expect(200);
        play.api.post("/computations", token, creation).refused(403, "quota-exceeded");
    }

    @Test
    void refusesRegistrationsThatDontDo() throws Exception {
        var play = new Play(this).created();
        var key = new TestKey();
        String path = play.at("/register");
        Json good = OldApi.registration(Role.DATA_PROVIDER, key);
        play.api.post(path, play.token(Cast.CODER), good).refused(403, "no DataProvider");
        play.api.post(path, play.token(Cast.OWNER), good).refused(403, "role");
        play.api.post(path, play.token(Cast.CAROL), good).expect(200);
        play.api.post(path, play.token(Cast.DAVE), good).refused(422, "another role");
        for (String wrong : new String[] {"00".repeat(32), "AB".repeat(32), "zz".repeat(32), ""}) {
            play.api
                    .post(
                            path,
                            play.token(Cast.CAROL),
                            Json.object()
                                    .put("public_key", wrong)
                                    .put("side", "DataProvider")
                                    .build())
                    .refused(400, "public_key");
        }
        play.api
                .post(
                        path,
                        play.token(Cast.CAROL),
                        Json.object()
                                .put("public_key", key.publicKey().value().hex())
                                .put("side", "data-provider")
                                .build())
                .refused(400, "DataProvider");
        play.registered();
        play.code(CODE).expect(200);
        play.awaitState("SetupInput");
        play.register(Cast.CAROL, Role.DATA_PROVIDER).refused(409, "can't take keys");
    }

    @Test
    void refusesCodeThatDoesNotDo() throws Exception {
        var play = new Play(this).registered();
        play.api
                .upload(play.at("/code"), play.token(Cast.CAROL), "code.tar", CODE)
                .refused(403, "code-provider");
        play.code(new Tars().file("other.py", "").end()).refused(400, "run.py");
        play.code("no tar".getBytes(StandardCharsets.UTF_8)).refused(400, "tar");
        play.code(new byte[0]).refused(400, "at least one byte");
        play.api
                .upload(play.at("/code"), play.token(Cast.CODER), "../code.tar", CODE)
                .refused(400, "filename");
        play.api
                .post(play.at("/code"), play.token(Cast.CODER), Json.of("x"))
                .refused(400, "multipart/form-data");
        assertEquals(0, stored(play));
        play.code(CODE).expect(200);
        play.code(Tars.code("other")).refused(409, "reset it first");
        play.awaitState("SetupInput");
        play.code(Tars.code("other")).refused(409, "reset it first");
        assertEquals(1, stored(play));
    }

    private long stored(Play play) throws IOException {
        Path folder = data.resolve("blobs").resolve(play.uuid.replace("-", ""));
        if (!Files.exists(folder)) {
            return 0;
        }
        try (var files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile).count();
        }
    }

    @Test
    void fetchesNoCodeFromARepository() throws Exception {
        var play = new Play(this).registered();
        Json body =
                Json.object()
                        .put(
                                "github",
                                Json.object()
                                        .put("repository_url", "https://git.example.org/a/b")
                                        .put("ref_name", new Json.Null())
                                        .build())
                        .build();
        String path = play.at("/repository");
        play.api.post(path, play.token(Cast.CODER), body).refused(403, "upload the folder");
        play.api.post(path, play.token(Cast.CAROL), body).refused(403, "code-provider");
        play.api
                .post(path, play.token(Cast.CODER), Json.object().build())
                .refused(400, "body.github");
    }

    @Test
    void refusesDataThatDoesNotDo() throws Exception {
        var play = new Play(this).created();
        play.upload(Cast.CAROL, "c1.enc").refused(422, "registered no key");
        play.done(Cast.CAROL).refused(422, "registered no key");
        play.register(Cast.CAROL, Role.DATA_PROVIDER).expect(200);
        play.done(Cast.CAROL).refused(422, "no data");
        play.upload(Cast.CODER, "c1.enc").refused(403, "data-provider");
        play.done(Cast.CODER).refused(403, "data-provider");
        play.upload(Cast.CAROL, "c1.csv").refused(400, "ends in .enc");
        play.upload(Cast.CAROL, ".enc").refused(400, "ends in .enc");
        play.upload(Cast.CAROL, "..enc").refused(400, "ends in .enc");
        play.upload(Cast.CAROL, "...enc").refused(400, "ends in .enc");
        play.api
                .upload(play.at("/data"), play.token(Cast.CAROL), "c1.enc", new byte[39])
                .refused(400, "40 bytes or more");
        assertEquals(0, stored(play));
        play.upload(Cast.CAROL, "c1.enc").expect(200);
        play.done(Cast.CAROL).expect(200);
        play.upload(Cast.CAROL, "c2.enc").refused(422, "reset the data");
        play.api.delete(play.at("/data"), play.token(Cast.CAROL)).expect(200);
        assertEquals(0, stored(play));
    }

    @Test
    void refusesKeysThatDontDo() throws Exception {
        var play = new Play(this).registered();
        String path = play.at("/key/provisioning");
        play.provision(Cast.CODER, Role.CODE_PROVIDER, 1, 0).refused(409, "no enclave yet");
        play.code(CODE).expect(200);
        play.awaitState("SetupInput");
        play.provision(Cast.CODER, Role.DATA_PROVIDER, 1, 0).refused(403, "no DataProvider");
        play.provision(Cast.OWNER, Role.DATA_PROVIDER, 1, 0).refused(403, "role");
        String good = OldApi.provisioning(Role.CODE_PROVIDER, 1, 0).text();
        for (String wrong :
                List.of(
                        good.replace("[1,0,", "[1,"),
                        good.replace("[1,0,", "[1,0,0,"),
                        good.replace("[1,0,", "[1,256,"),
                        good.replace("[1,0,", "[1,-1,"),
                        good.replace("[1,0,", "[1,\"0\","),
                        good.replace("CodeProvider", "Coder"),
                        good.replace("\"role\"", "\"side\""))) {
            play.api
                    .post(
                            path,
                            play.token(Cast.CODER),
                            Json.parse(
                                    wrong.getBytes(StandardCharsets.UTF_8),
                                    JsonLimits.MESSAGE,
                                    "body"))
                    .expect(400);
        }
    }

    @Test
    void letsInOnlyWhoBelongsThere() throws Exception {
        var play = new Play(this).ready();
        String stranger =
                play.api.accessToken(
                        Stage.addAccount(
                                data, new Email("mallory@example.org"), Accounts.Quota.DEFAULT));
        for (String path : List.of("", "/status", "/code", "/results")) {
            play.api.get(play.at(path), stranger).refused(404, "not-found");
            play.api.get(play.at(path), "").refused(401, "unauthenticated");
            play.api.get(play.at(path), stranger + "x").refused(401, "opens nothing");
            play.api.get(play.at(path), play.stage.owner).refused(401, "opens nothing");
        }
        play.api.get(play.at("/results"), play.token(Cast.CODER)).refused(403, "result-consumer");
        play.api
                .get("/computations/" + play.uuid.replace("-", ""), play.token(Cast.OWNER))
                .refused(404, "not-found");
        var leaver = new Email("leaver@example.org");
        String left = newcomer(leaver);
        play.api.get("/computations", left).expect(200);
        try (Accounts accounts = Accounts.open(data, new SecureRandom(), Clock.systemUTC())) {
            accounts.revokeTokens(leaver);
        }
        play.api.get("/computations", left).refused(401, "opens nothing");
    }

    @Test
    void isSeenThroughOurOwnInterfaceAndChangedThereByNobody() throws Exception {
        var play = new Play(this).ready();
        Stage stage = play.stage;
        String id = "/computations/" + play.uuid.replace("-", "");
        assertEquals("cosmian/1", stage.api.get(id, stage.owner).expect(200).textAt("dialect"));
        assertEquals(
                "cosmian/1",
                stage.api
                        .get("/computations", stage.owner)
                        .expect(200)
                        .textAt("computations.0.dialect"));
        assertEquals(
                "server",
                stage.api
                        .get(id + "/cosmian-agreement", stage.owner)
                        .expect(200)
                        .textAt("assertedBy"));
        assertArrayEquals(CODE, stage.api.get(id + "/code/bundle", stage.owner).expect(200).body());
        stage.api.get(id + "/events", stage.owner).expect(200);
        stage.api.get(id + "/enclaves", stage.owner).expect(200);
        for (String path : List.of("/proposal", "/cards", "/code", "/agreement")) {
            stage.api.get(id + path, stage.owner).refused(409, "cosmian-dialect");
        }
        stage.api.post(id + "/enclaves", stage.owner).refused(409, "cosmian-dialect");
        stage.api
                .put(id + "/agreement", stage.owner, Json.object().build())
                .refused(409, "cosmian-dialect");
        stage.api.post(id + "/archive", stage.owner).expect(200);
        assertEquals(
                "\"Archived\"", play.api.get(play.at("/status"), play.token(Cast.ERIN)).text());
        Cast cast = stage.open(new Cast());
        play.api
                .get(
                        CosmianIds.of(cast.id).transform("/computations/"::concat),
                        play.token(Cast.OWNER))
                .refused(404, "not-found");
        assertFalse(
                play.api
                        .get("/computations", play.token(Cast.OWNER))
                        .expect(200)
                        .text()
                        .contains(CosmianIds.of(cast.id)));
    }
}
