package io.cloister.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.client.server.BadAnswerException;
import io.cloister.client.server.ControlPlane;
import io.cloister.client.server.EventStream;
import io.cloister.client.server.ServerException;
import io.cloister.client.server.ServerProblemException;
import io.cloister.client.server.UnreachableException;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.json.Json;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

class ControlPlaneTest {
    private static final ComputationId ID = new ComputationId(Bytes.utf8("0123456789abcdef"));
    private static final String ME =
            "{\"email\":\"a@example.org\",\"kind\":\"account\",\"expires\":\"2027-01-01T00:00:00Z\"}";

    private final ScriptedServer server = new ScriptedServer();
    private final ControlPlane client = new ControlPlane(server.endpoint(), Optional.of("token"));

    @AfterEach
    void close() {
        client.close();
        server.close();
    }

    @Test
    void sendsTheTokenAndReadsTheAnswer() throws ServerException, InterruptedException {
        server.on(
                "GET /me",
                exchange -> {
                    assertEquals(
                            "Bearer token", exchange.getRequestHeaders().getFirst("Authorization"));
                    ScriptedServer.send(
                            exchange, 200, "application/json", ME.getBytes(StandardCharsets.UTF_8));
                });
        assertEquals("a@example.org", client.me().email().value());
    }

    private static String computation(String id) {
        return Json.object()
                .put("id", id)
                .put("state", "granting")
                .put("archived", false)
                .put("dialect", "cloister/1")
                .put("createdAt", "2026-01-01T00:00:00Z")
                .put("owner", "a@example.org")
                .put("proposal", Sha256.of(Bytes.utf8("proposal")).toString())
                .put("participants", List.of())
                .put("pendingActions", List.of())
                .put("lastEvent", 1)
                .build()
                .text();
    }

    @Test
    void takesNoAnswerAboutAnotherComputation() throws ServerException, InterruptedException {
        String path = "/computations/" + ID;
        List<String> asked =
                List.of(
                        "GET " + path,
                        "POST " + path + "/archive",
                        "POST " + path + "/decline",
                        "POST " + path + "/withdraw");
        asked.forEach(one -> server.on(one, computation(ID.toString())));
        assertEquals(ID, client.computationOf(ID).id());
        assertEquals(ID, client.archive(ID).id());
        assertEquals(ID, client.decline(ID, "no").id());
        assertEquals(ID, client.withdraw(ID, "no").id());

        String last = ID.toString().endsWith("0") ? "1" : "0";
        String other = ID.toString().substring(0, 31) + last;
        asked.forEach(one -> server.on(one, computation(other)));
        assertThrows(BadAnswerException.class, () -> client.computationOf(ID));
        assertThrows(BadAnswerException.class, () -> client.archive(ID));
        assertThrows(BadAnswerException.class, () -> client.decline(ID, "no"));
        assertThrows(BadAnswerException.class, () -> client.withdraw(ID, "no"));
    }

    @Test
    void reportsAProblemWithItsCodeAndNoTerminalEscapes() {
        server.on("GET /me", exchange -> ScriptedServer.problem(exchange, 401, "token-expired"));
        var problem = assertThrows(ServerProblemException.class, client::me);
        assertTrue(problem.is("token-expired"));
        assertFalse(String.valueOf(problem.getMessage()).contains("\u001b"));
    }

    @Test
    void refusesAnAnswerWithAMemberTheApiDoesNotKnow() {
        server.on("GET /me", ME.replace("{\"email\"", "{\"more\":1,\"email\""));
        assertThrows(BadAnswerException.class, client::me);
    }

    @Test
    void refusesAnAnswerThatIsNoJson() {
        server.on("GET /me", "<html>");
        assertThrows(BadAnswerException.class, client::me);
    }

    @Test
    void refusesAnAnswerLongerThanAllowed() {
        server.on(
                "GET /me",
                exchange -> {
                    exchange.sendResponseHeaders(200, 0);
                    byte[] blanks = " ".repeat(1 << 16).getBytes(StandardCharsets.UTF_8);
                    try (exchange) {
                        for (int i = 0; i < 100; i++) {
                            exchange.getResponseBody().write(blanks);
                        }
                    } catch (IOException _) {
                        // The client has read enough.
                    }
                });
        assertThrows(BadAnswerException.class, client::me);
    }

    @Test
    void followsNoRedirect() {
        server.on(
                "GET /me",
                exchange -> {
                    exchange.getResponseHeaders().set("Location", server.url() + "/api/v1/other");
                    ScriptedServer.send(exchange, 302, "text/plain", new byte[0]);
                });
        server.on("GET /other", ME);
        assertThrows(BadAnswerException.class, client::me);
        assertEquals(0, server.count("GET /other"));
    }

    @Test
    void asksAgainWhereAskingTwiceIsTheSame() throws ServerException, InterruptedException {
        var times = new AtomicInteger();
        server.on(
                "GET /me",
                exchange -> {
                    if (times.incrementAndGet() < 3) {
                        ScriptedServer.problem(exchange, 503, "not-ready");
                    } else {
                        ScriptedServer.send(
                                exchange,
                                200,
                                "application/json",
                                ME.getBytes(StandardCharsets.UTF_8));
                    }
                });
        assertEquals("a@example.org", client.me().email().value());
    }

    @Test
    void asksOnceWhereTwiceIsAnother() {
        server.on(
                "POST /computations/" + ID + "/decline",
                exchange -> ScriptedServer.problem(exchange, 503, "not-ready"));
        assertThrows(ServerProblemException.class, () -> client.decline(ID, "no"));
        assertEquals(1, server.count("POST /computations/" + ID + "/decline"));
    }

    @Test
    void uploadsAFileAndTellsHowFarItIs(@TempDir Path folder)
            throws IOException, ServerException, InterruptedException {
        byte[] content = new byte[300_000];
        Path file = Files.write(folder.resolve("file"), content);
        Sha256 digest = Sha256.of(content);
        String request = "PUT /computations/" + ID + "/blobs/" + digest.hex();
        server.on(
                request,
                "{\"digest\":\""
                        + digest
                        + "\",\"size\":300000,\"storedAt\":\"2026-01-01T00:00:00Z\"}");
        var furthest = new AtomicInteger();
        client.putBlob(ID, digest, file, "upload", (what, done, total) -> furthest.set((int) done));
        assertEquals(300_000, server.body(request).length);
        assertEquals(300_000, furthest.get());
    }

    @Test
    void saysThatNobodyAnswers() {
        server.close();
        assertThrows(UnreachableException.class, client::me);
    }

    @Test
    void followsEventsAcrossALostConnectionWithoutRepeatingOne()
            throws ServerException, InterruptedException {
        var times = new AtomicInteger();
        server.on(
                "GET /computations/" + ID + "/events",
                exchange -> {
                    int time = times.incrementAndGet();
                    String last = exchange.getRequestHeaders().getFirst("Last-Event-ID");
                    assertEquals(time == 1 ? "0" : "1", last);
                    String stream =
                            ": hello\n\n"
                                    + event(1)
                                    + (time == 1 ? "id: 2\ndata: {\"num" : event(2));
                    ScriptedServer.send(
                            exchange,
                            200,
                            "text/event-stream",
                            stream.getBytes(StandardCharsets.UTF_8));
                });
        try (EventStream events = client.follow(ID, 0)) {
            assertEquals(1, events.next().number());
            assertEquals(2, events.next().number());
        }
    }

    private static String event(int number) {
        return "id: "
                + number
                + "\nevent: t\ndata: {\"number\":"
                + number
                + ",\"at\":\"2026-01-01T00:00:00Z\",\"type\":\"t\",\"data\":{}}\n\n";
    }
}
