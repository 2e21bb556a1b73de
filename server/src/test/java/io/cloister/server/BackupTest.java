package io.cloister.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// A backup made beside a running server is a data folder that a server goes on with.
final class BackupTest {
    private static final byte[] RESULT = "a result's ciphertext".getBytes(StandardCharsets.UTF_8);
    private static final byte[] LATER = "came after the backup".getBytes(StandardCharsets.UTF_8);

    @TempDir Path folder = Path.of("");

    private static void script(FakeAgent agent) throws Exception {
        agent.publish();
        agent.acceptGrants(5);
        agent.run(1, Map.of(Cast.ERIN, RESULT));
        agent.end("exhausted");
    }

    private static FakeLauncher.Script script() {
        return (_, in, out) -> {
            try (var agent = new FakeAgent(in, out)) {
                script(agent);
            }
        };
    }

    @Test
    void bringsEverythingBackThatWasThere() throws Exception {
        Path copy = folder.resolve("copy");
        Cast cast;
        String identity;
        String owner;
        try (var stage = new Stage(folder.resolve("data"), script())) {
            owner = stage.owner;
            cast = stage.agree(new Cast());
            identity = stage.awaitEnclave(cast);
            stage.grantAll(cast, identity);
            stage.awaitState(cast, "completed");
            assertEquals(new Backup.Report(1, 2, 0), Backup.write(stage.data, copy));
            stage.api.put(Stage.blob(cast, LATER), cast.accessToken(Cast.CAROL), LATER).expect(201);
            stage.api.delete(Stage.at(cast, "/code"), cast.accessToken(Cast.CODER)).expect(204);
            stage.api
                    .delete(Stage.blob(cast, Cast.BUNDLE), cast.accessToken(Cast.CODER))
                    .expect(204);
        }
        var launcher = new FakeLauncher(script());
        try (var server = CloisterServer.start(ServerSettings.of(copy), launcher)) {
            var api = new Api(server.uri(), new Contract());
            assertEquals("completed", api.get(Stage.at(cast), owner).textAt("state"));
            assertArrayEquals(
                    Cast.BUNDLE, api.get(Stage.at(cast, "/code/bundle"), owner).expect(200).body());
            assertArrayEquals(
                    FakeAgent.whole(Cast.ERIN, RESULT),
                    api.get(
                                    Stage.at(cast, "/runs/" + identity + "/1/outputs/1"),
                                    cast.accessToken(Cast.ERIN))
                            .expect(200)
                            .body());
            api.get(Stage.blob(cast, LATER), cast.accessToken(Cast.CAROL))
                    .refused(404, "not-found");
        }
    }

    @Test
    void isWhatALostDatabaseNeedsForTheServerSaysWhatIsGoneAndDeletesNothing() throws Exception {
        Cast cast;
        byte[] content;
        try (var stage = new Stage(folder.resolve("data"), script())) {
            cast = stage.gather(new Cast());
        }
        try (Stream<Path> files = Files.list(folder.resolve("data"))) {
            for (Path file :
                    files.filter(path -> path.toString().contains("cloister.db")).toList()) {
                Files.delete(file);
            }
        }
        try (var stage = new Stage(folder.resolve("data"), script())) {
            assertTrue(
                    stage.logged()
                            .contains(
                                    "\"computation\":\""
                                            + cast.id
                                            + "\",\"event\":\"computation-gone\""),
                    stage::logged);
            content =
                    Files.readAllBytes(
                            stage.data
                                    .resolve("blobs")
                                    .resolve(cast.id.toString())
                                    .resolve("0")
                                    .resolve(io.cloister.protocol.Sha256.of(Cast.BUNDLE).hex()));
        }
        assertArrayEquals(Cast.BUNDLE, content);
    }

    @Test
    void isRefusedWithoutADataFolderAndOntoSomethingThatIsThere() throws Exception {
        try (var stage = new Stage(folder.resolve("data"), (_, _, _) -> {})) {
            assertThrows(
                    SetupException.class,
                    () -> Backup.write(folder.resolve("nothing"), folder.resolve("copy")));
            assertFalse(Files.exists(folder.resolve("nothing")));
            Files.createDirectory(folder.resolve("there"));
            assertThrows(
                    SetupException.class, () -> Backup.write(stage.data, folder.resolve("there")));
            try (Stream<Path> files = Files.list(folder)) {
                List<String> names =
                        files.map(path -> path.getFileName().toString()).sorted().toList();
                assertEquals(List.of("data", "there"), names);
            }
            assertTrue(stage.api.get("/health/ready", "").status() == 200);
        }
    }
}
