package io.cloister.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.protocol.Sha256;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;

/// A server killed at any instant, and one whose disk is full.
final class CrashTest {
    private static final int ROUNDS = 4;

    @TempDir Path folder = Path.of("");

    private Path data() {
        return folder.resolve("data");
    }

    private Api api(ServerProcess process, Contract contract) {
        return new Api(URI.create("http://127.0.0.1:" + process.port()), contract);
    }

    @Test
    void losesNoUploadItAcknowledgedAndKeepsNoHalfOfAnother() throws Exception {
        String owner = Stage.addAccount(data(), Cast.OWNER, Accounts.Quota.DEFAULT);
        var contract = new Contract();
        var cast = new Cast();
        Map<String, byte[]> acknowledged = new ConcurrentHashMap<>();
        var random = new Random(7);
        for (int round = 0; round < ROUNDS; round++) {
            try (var process = new ServerProcess(data(), folder.resolve("port"), "")) {
                Api api = api(process, contract);
                if (round == 0) {
                    api.post("/computations", owner, cast.creation()).expect(201);
                    api.post("/enrolments", "", cast.enrolment(Cast.CAROL)).expect(201);
                }
                requireAll(api, cast, acknowledged);
                uploadUntilKilled(process, cast, acknowledged, random);
            }
        }
        assertFalse(acknowledged.isEmpty());
        try (var process = new ServerProcess(data(), folder.resolve("port"), "")) {
            requireAll(api(process, contract), cast, acknowledged);
            assertEquals(0, files("temporary"));
            String log = Files.readString(folder.resolve("server.log"));
            assertTrue(log.contains("\"missing\":0"), log);
        }
    }

    private static void requireAll(Api api, Cast cast, Map<String, byte[]> acknowledged) {
        acknowledged.forEach((path, content) ->
                assertArrayEquals(
                        content, api.get(path, cast.accessToken(Cast.CAROL)).expect(200).body()));
    }

    private static void uploadUntilKilled(
            ServerProcess process, Cast cast, Map<String, byte[]> acknowledged, Random random)
            throws Exception {
        URI base = URI.create("http://127.0.0.1:" + process.port() + "/api/v1");
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
                HttpClient http = HttpClient.newHttpClient()) {
            List<Future<?>> uploads = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                long seed = random.nextLong();
                uploads.add(
                        threads.submit(
                                () -> upload(http, base, cast, acknowledged, new Random(seed))));
            }
            int enough = acknowledged.size() + 4 + random.nextInt(8);
            Stage.await(() -> acknowledged.size() >= enough, () -> "uploads");
            process.kill();
            for (Future<?> upload : uploads) {
                upload.get();
            }
            http.shutdownNow();
        }
    }

    private static void upload(
            HttpClient http, URI base, Cast cast, Map<String, byte[]> acknowledged, Random random) {
        while (true) {
            byte[] content = new byte[1 + random.nextInt(600_000)];
            random.nextBytes(content);
            String path = Stage.blob(cast, content);
            HttpRequest request =
                    HttpRequest.newBuilder(URI.create(base + path))
                            .header("Authorization", "Bearer " + cast.accessToken(Cast.CAROL))
                            .header("Content-Type", "application/octet-stream")
                            .PUT(BodyPublishers.ofByteArray(content))
                            .build();
            try {
                if (http.send(request, BodyHandlers.discarding()).statusCode() == 201) {
                    acknowledged.put(path, content);
                }
            } catch (java.io.IOException _) {
                return;
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private long files(String below) throws java.io.IOException {
        try (Stream<Path> all = Files.walk(data().resolve(below))) {
            return all.filter(Files::isRegularFile).count();
        }
    }

    @Test
    void goesOnWithAComputationWhoseEnclaveDiedWithIt() throws Exception {
        String owner = Stage.addAccount(data(), Cast.OWNER, Accounts.Quota.DEFAULT);
        var contract = new Contract();
        var cast = new Cast();
        try (var process = new ServerProcess(data(), folder.resolve("port"), "")) {
            Api api = api(process, contract);
            api.post("/computations", owner, cast.creation()).expect(201);
            cast.roster
                    .people()
                    .forEach(person -> {
                        api.post("/enrolments", "", cast.enrolment(person)).expect(201);
                        api.post(
                                        Stage.at(cast, "/cards"),
                                        cast.accessToken(person),
                                        cast.registration(person))
                                .expect(201);
                    });
            api.put(Stage.blob(cast, Cast.BUNDLE), cast.accessToken(Cast.CODER), Cast.BUNDLE)
                    .expect(201);
            api.put(Stage.at(cast, "/code"), cast.accessToken(Cast.CODER), cast.code().toJson())
                    .expect(201);
            api.put(Stage.at(cast, "/agreement"), owner, cast.agreement().toJson()).expect(201);
            Stage.await(() -> api.get(Stage.at(cast), owner).has("enclave"), () -> "an enclave");
        }
        try (var process = new ServerProcess(data(), folder.resolve("port"), "")) {
            Api api = api(process, contract);
            Stage.await(
                    () -> api.get(Stage.at(cast), owner).has("enclave"), () -> "another enclave");
            Api.Answer enclaves = api.get(Stage.at(cast, "/enclaves"), owner);
            assertEquals("2", enclaves.at("enclaves.0.number").text());
            assertEquals("server-stopped", enclaves.textAt("enclaves.1.reason"));
        }
    }

    /// A limit on the size of files stands for the full disk: the system refuses to write more,
    /// whoever asks.
    @Test
    void saysThatItsDiskIsFullAndKeepsNothingOfTheUpload() throws Exception {
        String owner = Stage.addAccount(data(), Cast.OWNER, Accounts.Quota.DEFAULT);
        var contract = new Contract();
        var cast = new Cast();
        byte[] small = new byte[100_000];
        byte[] large = new byte[60 << 20];
        try (var process = new ServerProcess(data(), folder.resolve("port"), "ulimit -f 40000; ")) {
            Api api = api(process, contract);
            api.post("/computations", owner, cast.creation()).expect(201);
            api.post("/enrolments", "", cast.enrolment(Cast.CAROL)).expect(201);
            String carol = cast.accessToken(Cast.CAROL);
            api.put(Stage.blob(cast, large), carol, large).refused(507, "storage-full");
            assertEquals(0, files("temporary"));
            assertEquals(0, files("blobs"));
            api.put(Stage.blob(cast, small), carol, small).expect(201);
            assertEquals(
                    Sha256.of(small).toString(),
                    api.get(Stage.at(cast, "/blobs"), carol).textAt("blobs.0.digest"));
        }
    }
}
