package io.cloister.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;

/// Exit codes and hints for what a server answers.
final class FailuresTest {
    @TempDir private Path folder;

    private record Answer(int status, String code) {}

    private final AtomicReference<Answer> answer = new AtomicReference<>(new Answer(500, "none"));
    private HttpServer server;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext(
                "/",
                exchange -> {
                    Answer given = Objects.requireNonNull(answer.get());
                    byte[] body =
                            """
                            {"type":"urn:cloister:problem:%1$s","title":"t","status":%2$d,"code":"%1$s",\
                            "detail":"d","requestId":"r"}\
                            """
                                    .formatted(given.code(), given.status())
                                    .getBytes(StandardCharsets.UTF_8);
                    exchange.getResponseHeaders().set("Content-Type", "application/problem+json");
                    exchange.sendResponseHeaders(given.status(), body.length);
                    try (exchange) {
                        exchange.getResponseBody().write(body);
                    }
                });
        server.start();
        Files.writeString(folder.resolve("token"), "cloister_token");
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private CommandLineRun loginAnswered(int status, String code) {
        answer.set(new Answer(status, code));
        CommandLineRun run =
                CommandLineRun.in(
                        folder,
                        "login",
                        "http://127.0.0.1:" + server.getAddress().getPort(),
                        "--token-file",
                        "token");
        assertTrue(run.err().contains("(" + code + ")"), run::toString);
        return run;
    }

    @ParameterizedTest
    @CsvSource({
        "400, DENIED",
        "403, DENIED",
        "404, NOT_FOUND",
        "409, STATE",
        "422, DENIED",
        "429, DENIED",
        "500, UNREACHABLE",
        "502, UNREACHABLE",
        "507, UNREACHABLE"
    })
    void aServerThatFailedHasNotRefused(int status, Exit exit) {
        assertEquals(exit.code(), loginAnswered(status, "some-code").exit());
    }

    @Test
    void saysWhatMakesRoomAndWhatToTryAgain() {
        assertTrue(loginAnswered(403, "quota-exceeded").err().contains("computation archive"));
        assertTrue(loginAnswered(507, "storage-full").err().contains("hint: only the operator"));
        assertTrue(loginAnswered(429, "too-many-requests").err().contains("try again later"));
    }
}
