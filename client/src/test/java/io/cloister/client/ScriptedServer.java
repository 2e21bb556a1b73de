package io.cloister.client;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import io.cloister.client.server.Endpoint;
import io.cloister.client.server.ServerUrl;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// An HTTP server that answers what a test says.
final class ScriptedServer implements AutoCloseable {
    private final HttpServer server;
    private final Map<String, Answer> answers = new ConcurrentHashMap<>();
    private final Map<String, Answer> starting = new ConcurrentHashMap<>();
    private final List<String> asked = Collections.synchronizedList(new ArrayList<>());
    private final Map<String, byte[]> bodies = new ConcurrentHashMap<>();

    /// What to do with a request.
    @FunctionalInterface
    interface Answer {
        void answer(HttpExchange exchange) throws IOException;
    }

    ScriptedServer() {
        try {
            server =
                    HttpServer.create(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.createContext("/", this::handle);
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    Endpoint endpoint() {
        return Endpoint.of(new ServerUrl(url()));
    }

    /// Answers `request`, as in `GET /info`.
    ScriptedServer on(String request, Answer answer) {
        answers.put(request, answer);
        return this;
    }

    /// Answers `request` with JSON.
    ScriptedServer on(String request, String json) {
        return on(
                request,
                exchange ->
                        send(
                                exchange,
                                200,
                                "application/json",
                                json.getBytes(StandardCharsets.UTF_8)));
    }

    /// Answers every request that begins with `start` and has no answer of its own.
    ScriptedServer onAny(String start, Answer answer) {
        starting.put(start, answer);
        return this;
    }

    /// Every request so far, as in `GET /info`.
    List<String> asked() {
        return List.copyOf(asked);
    }

    /// The last body sent with `request`.
    byte[] body(String request) {
        return bodies.getOrDefault(request, new byte[0]).clone();
    }

    /// How often `request` was made.
    long count(String request) {
        return asked().stream().filter(request::equals).count();
    }

    private void handle(HttpExchange exchange) throws IOException {
        String request =
                exchange.getRequestMethod()
                        + " "
                        + exchange.getRequestURI().getPath().replaceFirst("^/api/v1", "");
        asked.add(request);
        bodies.put(request, exchange.getRequestBody().readAllBytes());
        Answer answer = answers.get(request);
        if (answer == null) {
            answer = starting(request);
        }
        if (answer == null) {
            problem(exchange, 404, "not-found");
        } else {
            answer.answer(exchange);
        }
    }

    private @Nullable Answer starting(String request) {
        return starting.entrySet().stream()
                .filter(one -> request.startsWith(one.getKey()))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse(null);
    }

    static void problem(HttpExchange exchange, int status, String code) throws IOException {
        String json =
                "{\"type\":\"urn:cloister:problem:"
                        + code
                        + "\",\"title\":\"t\",\"status\":"
                        + status
                        + ",\"code\":\""
                        + code
                        + "\",\"detail\":\"no\\u001b[2J\",\"requestId\":\"r1\"}";
        send(exchange, status, "application/problem+json", json.getBytes(StandardCharsets.UTF_8));
    }

    static void send(HttpExchange exchange, int status, String type, byte[] body)
            throws IOException {
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        if (body.length > 0) {
            exchange.getResponseBody().write(body);
        }
        exchange.close();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
