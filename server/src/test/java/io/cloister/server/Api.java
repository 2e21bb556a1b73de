package io.cloister.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// A caller of the API whose every answer is held against the contract.
final class Api {
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final URI base;
    private final Contract contract;

    Api(URI base, Contract contract) {
        this.base = base;
        this.contract = contract;
    }

    /// What came back.
    record Answer(int status, Map<String, List<String>> headers, Bytes content) {
        byte[] body() {
            return content.toArray();
        }

        String text() {
            return new String(body(), StandardCharsets.UTF_8);
        }

        Json json() {
            try {
                return Json.parse(body(), JsonLimits.DOCUMENT, "answer");
            } catch (MalformedException e) {
                throw new AssertionError(text(), e);
            }
        }

        String header(String name) {
            return headers.entrySet().stream()
                    .filter(entry -> entry.getKey().equalsIgnoreCase(name))
                    .map(entry -> entry.getValue().getFirst())
                    .findFirst()
                    .orElse("");
        }

        /// A member of the answer, members of members with dots between.
        Json at(String path) {
            Json value = json();
            for (String name : path.split("\\.")) {
                value =
                        switch (value) {
                            case Json.Obj(var members) when members.containsKey(name) ->
                                    members.get(name);
                            case Json.Arr(var elements) -> elements.get(Integer.parseInt(name));
                            default -> throw new AssertionError("no " + path + " in " + text());
                        };
            }
            return value;
        }

        String textAt(String path) {
            if (at(path) instanceof Json.Str(var value)) {
                return value;
            }
            throw new AssertionError(path + " is no string in " + text());
        }

        boolean has(String name) {
            return json() instanceof Json.Obj(var members) && members.containsKey(name);
        }

        Answer expect(int expected) {
            assertEquals(expected, status, this::text);
            return this;
        }

        /// Expects a problem with this status and code.
        Answer refused(int expected, String code) {
            expect(expected);
            assertEquals(code, textAt("code"), this::text);
            return this;
        }
    }

    Answer get(String path, String token, String... headers) {
        return send("GET", path, token, "", BodyPublishers.noBody(), headers);
    }

    Answer head(String path, String token) {
        return send("HEAD", path, token, "", BodyPublishers.noBody());
    }

    Answer delete(String path, String token) {
        return send("DELETE", path, token, "", BodyPublishers.noBody());
    }

    Answer post(String path, String token) {
        return send("POST", path, token, "", BodyPublishers.noBody());
    }

    Answer post(String path, String token, Json body) {
        return send(
                "POST",
                path,
                token,
                "application/json",
                BodyPublishers.ofByteArray(body.canonical()));
    }

    Answer put(String path, String token, Json body) {
        return send(
                "PUT",
                path,
                token,
                "application/json",
                BodyPublishers.ofByteArray(body.canonical()));
    }

    Answer put(String path, String token, byte[] body) {
        return send(
                "PUT", path, token, "application/octet-stream", BodyPublishers.ofByteArray(body));
    }

    /// Sends anything; no token if it is empty, no type if it is empty.
    Answer send(
            String method,
            String path,
            String token,
            String type,
            BodyPublisher body,
            String... headers) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(base.resolve("/api/v1" + path))
                        .timeout(Duration.ofSeconds(60))
                        .method(method, body);
        if (!token.isEmpty()) {
            request.header("Authorization", "Bearer " + token);
        }
        if (!type.isEmpty()) {
            request.header("Content-Type", type);
        }
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        try {
            HttpResponse<byte[]> response = http.send(request.build(), BodyHandlers.ofByteArray());
            contract.judge(
                    method,
                    path.split("\\?", 2)[0],
                    response.statusCode(),
                    response.headers().firstValue("Content-Type").orElse(""),
                    response.body());
            return new Answer(
                    response.statusCode(), response.headers().map(), Bytes.copyOf(response.body()));
        } catch (IOException e) {
            throw new AssertionError(method + " " + path, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }
}
