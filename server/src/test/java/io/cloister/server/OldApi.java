package io.cloister.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.Email;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.document.Role;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import java.io.ByteArrayOutputStream;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The requests of the Cosmian dialect, as its client makes them.
final class OldApi {
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final URI base;

    OldApi(URI base) {
        this.base = base;
    }

    /// What came back.
    record Answer(int status, String type, Bytes content) {
        String text() {
            return new String(content.toArray(), StandardCharsets.UTF_8);
        }

        Json json() {
            try {
                return Json.parse(content.toArray(), JsonLimits.DOCUMENT, "answer");
            } catch (MalformedException e) {
                throw new AssertionError(text(), e);
            }
        }

        Json at(String path) {
            return new Api.Answer(status, Map.of(), content).at(path);
        }

        Answer expect(int expected) {
            assertEquals(expected, status, this::text);
            return this;
        }

        /// Expects a problem that says `why`.
        Answer refused(int expected, String why) {
            expect(expected);
            assertTrue(text().contains(why), this::text);
            return this;
        }
    }

    private Answer send(String method, String path, String token, String type, BodyPublisher body) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(base.resolve(path))
                        .timeout(Duration.ofSeconds(60))
                        .method(method, body);
        if (!token.isEmpty()) {
            request.header("Authorization", "Bearer " + token);
        }
        if (!type.isEmpty()) {
            request.header("Content-Type", type);
        }
        try {
            HttpResponse<byte[]> answer = http.send(request.build(), BodyHandlers.ofByteArray());
            return new Answer(
                    answer.statusCode(),
                    answer.headers().firstValue("Content-Type").orElse(""),
                    Bytes.copyOf(answer.body()));
        } catch (IOException e) {
            throw new AssertionError(method + " " + path, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    Answer get(String path, String token) {
        return send("GET", path, token, "", BodyPublishers.noBody());
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

    /// Uploads a file as the client does.
    Answer upload(String path, String token, String name, byte[] content) {
        var form = new ByteArrayOutputStream();
        form.writeBytes(
                ("--b0undary\r\nContent-Disposition: form-data; name=\"file\"; filename=\""
                                + name
                                + "\"\r\nContent-Type: application/octet-stream\r\nExpires:"
                                + " 0\r\n\r\n")
                        .getBytes(StandardCharsets.UTF_8));
        form.writeBytes(content);
        form.writeBytes("\r\n--b0undary--\r\n".getBytes(StandardCharsets.UTF_8));
        return send(
                "POST",
                path,
                token,
                "multipart/form-data; boundary=b0undary",
                BodyPublishers.ofByteArray(form.toByteArray()));
    }

    /// An access token for an account's token.
    String accessToken(String refreshToken) {
        Answer answer =
                post(
                                "/oauth/token",
                                "",
                                Json.object()
                                        .put("type", "refresh_token")
                                        .put("refresh_token", refreshToken)
                                        .build())
                        .expect(200);
        return answer.at("access_token") instanceof Json.Str(var token) ? token : "";
    }

    static Json creation(Email coder, List<Email> providers, List<Email> consumers) {
        return Json.object()
                .put("name", "a test")
                .put("code_provider_email", coder.value())
                .put("data_providers_emails", emails(providers))
                .put("result_consumers_emails", emails(consumers))
                .put("dev_mode", false)
                .build();
    }

    private static List<Json> emails(List<Email> people) {
        return people.stream().map(person -> Json.of(person.value())).toList();
    }

    static Json registration(Role role, TestKey key) {
        return Json.object()
                .put("public_key", key.publicKey().value().hex())
                .put("side", CosmianIds.of(role))
                .build();
    }

    /// A blob of 176 bytes that begin with `first`.
    static Json provisioning(Role role, int first, int second) {
        List<Json> octets = new ArrayList<>();
        for (int i = 0; i < CosmianKeyOperations.BLOB_BYTES; i++) {
            octets.add(Json.of(i == 0 ? first : i == 1 ? second : role.word().length()));
        }
        return Json.object()
                .put("role", CosmianIds.of(role))
                .put("sealed_symmetric_key", octets)
                .build();
    }
}
