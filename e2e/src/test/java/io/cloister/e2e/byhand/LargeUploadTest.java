package io.cloister.e2e.byhand;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.e2e.operator.Answers;
import io.cloister.e2e.stage.Checkout;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// An input almost five times as large as all the memory that the client and the server may use for
/// objects.
@Timeout(value = 8, unit = TimeUnit.MINUTES)
final class LargeUploadTest {
    private static final String HEAP = "-Xmx64m -XX:+ExitOnOutOfMemoryError";
    private static final long BYTES = 300L << 20;

    @Test
    void clientAndServerPassOnMoreThanFitsIntoTheirMemory(@TempDir Path folder) throws Exception {
        Checkout.runtime("bare");
        Shell start = Shell.in(folder.resolve("s")).export("CLOISTER_JAVA_OPTIONS", HEAP);
        start.run("./cloister server account add owner@example.org --data ~/d");
        start.run("./cloister server account token owner@example.org --data ~/d > token");
        try (Shell.Background server =
                start.start(
                        "server", "./cloister server start --data ~/d --port 0 --runtime bare")) {
            String address = server.awaitLine("Listening on ").replaceFirst("\\.$", "");
            Shell owner = start.export("CLOISTER_HOME", folder.resolve("owner").toString());
            owner.run("./cloister login " + address + " --token-file token");
            Json created =
                    say(
                            owner,
                            "computation create Large --runtime bare"
                                    + " --code-provider coder@example.org"
                                    + " --data-provider alice@example.org"
                                    + " --result-consumer carol@example.org");
            Shell alice = start.export("CLOISTER_HOME", folder.resolve("alice").toString());
            alice.run("./cloister join " + invitation(created, "alice@example.org"));
            try (var file = new RandomAccessFile(start.folder().resolve("large").toFile(), "rw")) {
                file.setLength(BYTES);
            }
            Files.writeString(start.folder().resolve("small"), "small");
            Json small = pushedUntilKilled(alice);
            List<Json> inputs = elements(say(alice, "data push small large"), "inputs");
            assertEquals(2, inputs.size());
            assertEquals(small, inputs.getFirst());
            Json input = inputs.getLast();
            assertEquals(Json.of(BYTES), Answers.member(input, "bytes"));
            String digest = Answers.text(input, "ciphertext").substring("sha256:".length());
            assertTrue(size(start.folder().resolve("d"), digest) > BYTES);
            assertTrue(alice.run("./cloister data list").err().isEmpty(), "the server has it not");
            assertEquals(143, server.end("TERM"), server.printed());
            assertFalse(server.printed().contains("OutOfMemory"), server.printed());
        }
    }

    /// Kills a push of both files once the server has the first, and gives that one.
    private static Json pushedUntilKilled(Shell alice) throws Exception {
        try (var pushing = alice.start("push", "./cloister data push small large")) {
            long deadline = System.nanoTime() + Shell.PATIENCE.toNanos();
            while (true) {
                List<Json> inputs = elements(say(alice, "data list"), "inputs");
                if (!inputs.isEmpty()) {
                    assertEquals(137, pushing.end("KILL"), pushing.printed());
                    return inputs.getFirst();
                }
                assertTrue(System.nanoTime() < deadline, pushing.printed());
            }
        }
    }

    private static Json say(Shell shell, String command) throws Exception {
        return Json.parse(
                shell.run("./cloister " + command + " --json")
                        .out()
                        .getBytes(StandardCharsets.UTF_8),
                JsonLimits.DOCUMENT,
                "output");
    }

    private static List<Json> elements(Json json, String member) {
        return ((Json.Arr) Answers.member(json, member)).elements();
    }

    private static String invitation(Json created, String email) {
        return elements(created, "invitations").stream()
                .filter(one -> Answers.text(one, "email").equals(email))
                .map(one -> Answers.text(one, "invitation"))
                .findFirst()
                .orElseThrow();
    }

    private static long size(Path folder, String name) throws Exception {
        try (Stream<Path> files = Files.walk(folder)) {
            return Files.size(
                    files.filter(file -> file.getFileName().toString().contains(name))
                            .findFirst()
                            .orElseThrow());
        }
    }
}
