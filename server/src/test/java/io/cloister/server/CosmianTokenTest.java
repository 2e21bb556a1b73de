package io.cloister.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.protocol.json.Json;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;

/// `/oauth/token`: for whom it makes a token, and for whom not.
final class CosmianTokenTest {
    @TempDir Path data = Path.of("");

    private final HttpClient http = HttpClient.newHttpClient();
    private final SetClock clock = new SetClock(Clock.systemUTC().instant());

    private Stage stage() throws SetupException {
        return new Stage(
                data,
                (_, _, _) -> {},
                settings ->
                        settings.withClock(clock)
                                .allowCosmianDialect(ServerSettings.Cosmian.usual()));
    }

    private HttpResponse<String> ask(Stage stage, String body) throws Exception {
        URI uri = stage.server().uri().resolve("/oauth/token");
        return http.send(
                HttpRequest.newBuilder(uri)
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    private static String request(String token) {
        return Json.object()
                .put("type", "refresh_token")
                .put("refresh_token", token)
                .build()
                .text();
    }

    private void refuses(Stage stage, int status, String why, String body) throws Exception {
        HttpResponse<String> answer = ask(stage, body);
        assertEquals(status, answer.statusCode(), answer::body);
        assertTrue(answer.body().contains(why), answer::body);
    }

    @Test
    void givesAnAccessTokenForTheTokenOfAnAccount() throws Exception {
        try (var stage = stage()) {
            HttpResponse<String> answer = ask(stage, request(stage.owner));
            assertEquals(200, answer.statusCode());
            assertEquals("application/json", answer.headers().firstValue("Content-Type").get());
            String token = answer.body().replaceAll(".*\"access_token\":\"([^\"]+)\".*", "$1");
            assertEquals(3, token.split("\\.").length, token);
        }
    }

    @Test
    void isNotThereUnlessTheOperatorAllowsTheDialect() throws Exception {
        try (var stage = new Stage(data, (_, _, _) -> {})) {
            refuses(stage, 404, "not-found", request(stage.owner));
        }
    }

    @Test
    void refusesATokenNobodyHas() throws Exception {
        try (var stage = stage()) {
            refuses(stage, 401, "opens nothing", request(stage.owner + "x"));
        }
    }

    @Test
    void refusesATokenThatEnded() throws Exception {
        try (var stage = stage()) {
            clock.advance(Duration.ofDays(366));
            refuses(stage, 401, "ended at", request(stage.owner));
        }
    }

    @Test
    void refusesATokenThatWasRevoked() throws Exception {
        try (var stage = stage()) {
            try (Accounts accounts = Accounts.open(data, new SecureRandom(), clock)) {
                assertEquals(1, accounts.revokeTokens(Cast.OWNER));
            }
            refuses(stage, 401, "opens nothing", request(stage.owner));
        }
    }

    @Test
    void refusesAGuestsToken() throws Exception {
        try (var stage = stage()) {
            var cast = stage.open(new Cast());
            refuses(stage, 401, "opens nothing", request(cast.accessToken(Cast.CAROL)));
        }
    }

    @Test
    void refusesAnotherForm() throws Exception {
        try (var stage = stage()) {
            String good = request(stage.owner);
            refuses(
                    stage,
                    400,
                    "type",
                    good.replace("\"type\":\"refresh_token\"", "\"type\":\"password\""));
            refuses(stage, 400, "more", good.replace("{", "{\"more\":1,"));
            refuses(stage, 400, "refresh_token", "{\"type\":\"refresh_token\"}");
            refuses(stage, 400, "refresh_token", request(""));
            refuses(stage, 400, "malformed-json", "{");
            refuses(stage, 400, "empty-body", "");
            refuses(stage, 413, "body-too-large", request("x".repeat(5_000)));
        }
    }
}
