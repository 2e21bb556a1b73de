package io.cloister.server;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.protocol.Email;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.json.Json;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;

/// A running server with an account for the owner, and shortcuts through a computation's life.
final class Stage implements AutoCloseable {
    final Path data;
    final FakeLauncher launcher;
    final Contract contract = new Contract();
    final ByteArrayOutputStream log = new ByteArrayOutputStream();
    final ServerSettings settings;
    private final GitCode.Remote git;
    private CloisterServer server;
    Api api;
    String owner;

    Stage(Path data, FakeLauncher.Script script) throws SetupException {
        this(data, script, settings -> settings);
    }

    Stage(Path data, FakeLauncher.Script script, UnaryOperator<ServerSettings> change)
            throws SetupException {
        this(data, script, change, GitCode::https);
    }

    Stage(
            Path data,
            FakeLauncher.Script script,
            UnaryOperator<ServerSettings> change,
            GitCode.Remote git)
            throws SetupException {
        this.git = git;
        this.data = data;
        this.launcher = new FakeLauncher(script);
        this.settings =
                change.apply(
                        ServerSettings.of(data)
                                .withLog(new PrintStream(log, true, StandardCharsets.UTF_8)));
        owner = addAccount(data, Cast.OWNER, Accounts.Quota.DEFAULT);
        server = CloisterServer.start(settings, launcher, git);
        api = new Api(server.uri(), contract);
    }

    static String addAccount(Path data, Email email, Accounts.Quota quota) throws SetupException {
        try (Accounts accounts = Accounts.open(data, new SecureRandom(), Clock.systemUTC())) {
            accounts.add(email, quota);
            return accounts.newToken(email, Duration.ofDays(365));
        }
    }

    CloisterServer server() {
        return server;
    }

    void restart() throws SetupException {
        restart(_ -> {});
    }

    /// What happens to the data folder while no server runs.
    @FunctionalInterface
    interface Meanwhile {
        void happens(Control control) throws Refusal;
    }

    /// Restarts, after `meanwhile` has happened. What it appends has no effects: so it is after a
    /// server that died between an event and what is to follow it.
    void restart(Meanwhile meanwhile) throws SetupException {
        server.close();
        launcher.close();
        DataFolder folder = DataFolder.open(data);
        try (Database database = Database.open(folder.database())) {
            meanwhile.happens(
                    CloisterServer.control(
                            settings,
                            launcher,
                            folder,
                            database,
                            new JsonLog(settings.log(), settings.clock())));
        } catch (Refusal e) {
            throw new AssertionError(e);
        }
        server = CloisterServer.start(settings, launcher, git);
        api = new Api(server.uri(), contract);
    }

    String logged() {
        return log.toString(StandardCharsets.UTF_8);
    }

    static String at(Cast cast) {
        return "/computations/" + cast.id;
    }

    static String at(Cast cast, String below) {
        return at(cast) + below;
    }

    static String blob(Cast cast, byte[] content) {
        return at(cast, "/blobs/" + Sha256.of(content).hex());
    }

    /// Created, everybody let in.
    Cast open(Cast cast) {
        api.post("/computations", owner, cast.creation()).expect(201);
        for (Email person : cast.roster.people()) {
            api.post("/enrolments", "", cast.enrolment(person)).expect(201);
        }
        return cast;
    }

    /// Cards and code are there.
    Cast gather(Cast cast) {
        open(cast);
        for (Email person : cast.roster.people()) {
            api.post(at(cast, "/cards"), cast.accessToken(person), cast.registration(person))
                    .expect(201);
        }
        String coder = cast.accessToken(Cast.CODER);
        api.put(blob(cast, Cast.BUNDLE), coder, Cast.BUNDLE).expect(201);
        api.put(at(cast, "/code"), coder, cast.code().toJson()).expect(201);
        return cast;
    }

    /// The agreement is signed, an enclave ordered.
    Cast agree(Cast cast) {
        gather(cast);
        api.put(at(cast, "/agreement"), owner, cast.agreement().toJson()).expect(201);
        return cast;
    }

    String state(Cast cast) {
        return api.get(at(cast), owner).expect(200).textAt("state");
    }

    void awaitState(Cast cast, String state) {
        await(() -> state(cast).equals(state), () -> "state " + state + ", not " + state(cast));
    }

    /// The identity of the enclave that takes grants, 64 digits, once there is one.
    String awaitEnclave(Cast cast) {
        await(() -> api.get(at(cast), owner).expect(200).has("enclave"), () -> "an enclave");
        return api.get(at(cast), owner).textAt("enclave").substring("sha256:".length());
    }

    void grantAll(Cast cast, String identity) {
        for (Email person : cast.roster.people()) {
            grant(cast, identity, person).expect(201);
        }
    }

    Api.Answer grant(Cast cast, String identity, Email person) {
        return api.put(
                at(cast, "/enclaves/" + identity + "/grant"),
                cast.accessToken(person),
                ("sealed grant of " + person).getBytes(StandardCharsets.UTF_8));
    }

    /// Types of all events so far.
    java.util.List<String> eventTypes(Cast cast) {
        Json events = api.get(at(cast, "/events"), owner).expect(200).at("events");
        if (events instanceof Json.Arr(var elements)) {
            return elements.stream()
                    .map(event ->
                            event instanceof Json.Obj(var members)
                                            && members.get("type") instanceof Json.Str(var type)
                                    ? type
                                    : "?")
                    .toList();
        }
        throw new AssertionError(events.text());
    }

    static void await(BooleanSupplier condition, java.util.function.Supplier<String> what) {
        long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < deadline, () -> "waited in vain for " + what.get());
            java.util.concurrent.locks.LockSupport.parkNanos(10_000_000);
        }
    }

    @Override
    public void close() {
        server.close();
        launcher.close();
    }
}
