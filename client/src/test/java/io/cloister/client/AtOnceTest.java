package io.cloister.client;

import static io.cloister.client.Finding.Kind.NOT_ACCEPTABLE;
import static io.cloister.client.Verdicts.accepted;
import static io.cloister.client.Verdicts.refused;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.client.server.Published;
import io.cloister.crypto.SigningKey;
import io.cloister.crypto.keystore.KeyName;
import io.cloister.crypto.keystore.KeyStore;
import io.cloister.crypto.keystore.PassphraseSource;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.Email;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.EnclaveIdentity;
import io.cloister.protocol.document.FileName;
import io.cloister.protocol.json.Json;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// Two clients of one person on one key store, at once, and an operator who shows each another
/// enclave.
class AtOnceTest {
    private static final int ROUNDS = 8;
    private static final int PROCESSES = 3;
    private static final int CHANGES = 30;

    private final ScriptedServer server = new ScriptedServer();
    private final Play play = new Play(server.url());
    private final String base = "/computations/" + play.computation;

    @TempDir private Path folder;

    @AfterEach
    void close() {
        server.close();
    }

    /// Another client on the key store in `home`: it shares nothing with others but the folder.
    private static Cloister client(Path home) throws Exception {
        return new Cloister(
                new Vault(KeyStore.open(home, PassphraseSource.none())),
                Clock.fixed(Play.NOW, ZoneOffset.UTC),
                Play.RANDOM);
    }

    private Place home(Path home, Email person, Membership.History history) throws Exception {
        KeyStore store = KeyStore.create(home);
        Membership membership = play.membership(person).with(history);
        Place place = membership.place();
        store.add(
                new KeyName(place.server().value(), place.computation()),
                Play.of(person, play.keys));
        new Cloister(new Vault(store), Clock.systemUTC(), Play.RANDOM).save(membership);
        return place;
    }

    private EnclaveIdentity anotherEnclave() {
        return play.identity(
                play.computation,
                play.agreement.digest(),
                play.runtime,
                SigningKey.generate(Play.RANDOM));
    }

    private String grantTo(EnclaveIdentity enclave) {
        return "PUT " + base + "/enclaves/" + enclave.digest().hex() + "/grant";
    }

    /// From now on this is the enclave that takes grants.
    private void show(EnclaveIdentity enclave) {
        Published published = play.published(enclave);
        server.on(
                "GET " + base + "/enclaves/" + enclave.digest().hex(),
                Json.object()
                        .put("identity", published.identity().base64())
                        .put("evidence", published.evidence().base64())
                        .build()
                        .text());
        server.on("GET " + base + "/agreement", play.agreement.envelope().toJson().text());
        server.on(
                "GET " + base + "/code/bundle",
                exchange ->
                        ScriptedServer.send(
                                exchange, 200, "application/octet-stream", play.bundle.toArray()));
        server.on(grantTo(enclave), "{\"digest\":\"" + play.agreement.digest() + "\"}");
        server.on(
                "GET " + base,
                Json.object()
                        .put("id", play.computation.toString())
                        .put("state", "granting")
                        .put("archived", false)
                        .put("dialect", "cloister/1")
                        .put("createdAt", "2026-01-01T00:00:00Z")
                        .put("owner", Play.OWNER.value())
                        .put("proposal", play.signedProposal.digest().toString())
                        .put("code", play.code.digest().toString())
                        .put("agreement", play.agreement.digest().toString())
                        .put("enclave", enclave.digest().toString())
                        .put("participants", List.of())
                        .put("pendingActions", List.of())
                        .put("lastEvent", 1)
                        .build()
                        .text());
    }

    /// Runs all at once, each in a thread of its own, and gives what each came to.
    private static <T> List<Future<T>> atOnce(List<Callable<T>> tasks) throws Exception {
        var start = new CyclicBarrier(tasks.size());
        try (var threads = Executors.newFixedThreadPool(tasks.size())) {
            return threads.invokeAll(
                    tasks.stream()
                            .<Callable<T>>map(task ->
                                    () -> {
                                        start.await();
                                        return task.call();
                                    })
                            .toList());
        }
    }

    private ApprovalDesk.Request request(boolean again) {
        return new ApprovalDesk.Request(play.policy(), Optional.empty(), Optional.empty(), again);
    }

    @Test
    void ofTwoApprovalsOfDifferentEnclavesOnlyOneGrantsUnlessAFurtherOneIsMeant() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            Path home = folder.resolve("home-" + round);
            Place place = home(home, Play.CONSUMER, play.membership(Play.CONSUMER).history());
            EnclaveIdentity first = anotherEnclave();
            EnclaveIdentity second = anotherEnclave();
            try (Seat one = client(home).seat(place);
                    Seat two = client(home).seat(place)) {
                show(first);
                Approvable forFirst = accepted(one.approval().prepare(request(false)));
                show(second);
                Approvable forSecond = accepted(two.approval().prepare(request(false)));

                List<Future<GrantRecord>> outcomes =
                        atOnce(
                                List.of(
                                        () -> one.approval().grant(forFirst),
                                        () -> two.approval().grant(forSecond)));

                assertOneGranted(outcomes);
                assertEquals(1, one.grants().size());
                assertEquals(1, server.count(grantTo(first)) + server.count(grantTo(second)));
                // The same once more, meant: it passes, and says how many runs that makes in all.
                EnclaveIdentity left =
                        one.grants().getFirst().identity().equals(first.digest()) ? second : first;
                show(left);
                refused(two.approval().prepare(request(false)), NOT_ACCEPTABLE, "granted-before");
                Approvable meant = accepted(two.approval().prepare(request(true)));
                assertEquals(2, meant.possibleRuns());
                two.approval().grant(meant);
                assertEquals(2, one.grants().size());
            }
        }
    }

    private static void assertOneGranted(List<Future<GrantRecord>> outcomes) throws Exception {
        int granted = 0;
        for (Future<GrantRecord> outcome : outcomes) {
            try {
                outcome.get();
                granted++;
            } catch (ExecutionException e) {
                assertTrue(e.getCause() instanceof ClientException, () -> "" + e.getCause());
                var refusal = (ClientException) e.getCause();
                assertEquals(ClientException.Kind.STATE, refusal.kind());
                assertEquals(
                        "this client granted to another enclave of this computation in the"
                                + " meantime, so nothing was granted",
                        refusal.getMessage());
            }
        }
        assertEquals(1, granted);
    }

    @Test
    void twoSubmissionsForOneRunAreTheSameList() throws Exception {
        GrantRecord granted = play.grant(Play.PROVIDER);
        var forTwoRuns =
                new GrantRecord(
                        granted.agreement(),
                        granted.identity(),
                        granted.identityBytes(),
                        granted.grant(),
                        granted.inputList(),
                        granted.shown(),
                        2,
                        granted.notAfter(),
                        granted.issuedAt(),
                        granted.measurement(),
                        granted.policy(),
                        granted.sealed(),
                        true);
        var history =
                play.membership(Play.PROVIDER)
                        .history()
                        .withInputs(
                                List.of(
                                        new StoredInput(
                                                new FileName("data.csv"),
                                                Sha256.of(Bytes.utf8("ciphertext")),
                                                100,
                                                10,
                                                Optional.empty())))
                        .with(forTwoRuns);
        show(play.identity);
        server.on("GET " + base + "/runs", "{\"runs\":[]}");
        server.on(
                "PUT " + base + "/enclaves/" + play.identity.digest().hex() + "/inputs/2",
                "{\"digest\":\"" + play.agreement.digest() + "\"}");
        for (int round = 0; round < ROUNDS; round++) {
            Path home = folder.resolve("home-" + round);
            Place place = home(home, Play.PROVIDER, history);
            try (Seat one = client(home).seat(place);
                    Seat two = client(home).seat(place)) {
                Set<Sha256> lists = new HashSet<>();
                List<Callable<SubmittedInputs>> both =
                        List.of(() -> one.data().submit(2), () -> two.data().submit(2));
                for (Future<SubmittedInputs> outcome : atOnce(both)) {
                    lists.add(outcome.get().list());
                }
                assertEquals(1, lists.size());
                assertEquals(1, one.membership().history().submitted().size());
            }
        }
    }

    @Test
    void processesChangeTheRecordsOneAfterTheOther() throws Exception {
        Path home = folder.resolve("home");
        Place place = home(home, Play.PROVIDER, play.membership(Play.PROVIDER).history());
        List<Process> processes = new ArrayList<>();
        for (int i = 0; i < PROCESSES; i++) {
            processes.add(
                    new ProcessBuilder(
                                    ProcessHandle.current().info().command().orElseThrow(),
                                    "-XX:TieredStopAtLevel=1",
                                    "-cp",
                                    System.getProperty("java.class.path"),
                                    AtOnceTest.class.getName(),
                                    home.toString(),
                                    "process-" + i)
                            .redirectErrorStream(true)
                            .start());
        }
        for (Process process : processes) {
            String output =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertEquals(0, process.waitFor(), output);
        }
        try (Seat seat = client(home).seat(place)) {
            // One read before another's write would have lost an input.
            assertEquals(PROCESSES * CHANGES, seat.data().list().size());
        }
    }

    /// What each process does: adds inputs to the record, one by one.
    public static void main(String[] arguments) throws Exception {
        Cloister client = client(Path.of(arguments[0]));
        try (Seat seat = client.seat(client.places().getFirst())) {
            for (int i = 0; i < CHANGES; i++) {
                var input =
                        new StoredInput(
                                new FileName(arguments[1] + "-" + i),
                                Sha256.of(Bytes.utf8("ciphertext")),
                                100,
                                10,
                                Optional.empty());
                seat.change(before -> {
                    List<StoredInput> inputs = new ArrayList<>(before.history().inputs());
                    inputs.add(input);
                    return before.with(before.history().withInputs(inputs));
                });
            }
        }
    }
}
