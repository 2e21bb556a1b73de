package io.cloister.server;

import com.code_intelligence.jazzer.api.BugDetectors;
import com.code_intelligence.jazzer.junit.FuzzTest;

import io.cloister.fuzz.FuzzTime;
import io.cloister.protocol.Email;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/// Bodies of requests that no computation needs to be there for: whatever they are, the server
/// answers, and not that something went wrong inside it. An input is the request's number and its
/// body.
final class RequestBodiesFuzzTest {
    private static final List<String> PATHS = List.of("/enrolments", "/computations");
    private static final Email OWNER = new Email("owner@example.org");

    @TempDir private Path data;

    private final HttpClient http = HttpClient.newHttpClient();
    private String token = "";
    private CloisterServer server;

    @BeforeEach
    void start() throws SetupException {
        try (Accounts accounts = Accounts.open(data, new SecureRandom(), Clock.systemUTC())) {
            accounts.add(OWNER, Accounts.Quota.DEFAULT);
            token = accounts.newToken(OWNER, Duration.ofDays(1));
        }
        var log = new PrintStream(OutputStream.nullOutputStream());
        server = CloisterServer.start(ServerSettings.of(data).withLog(log), new NoEnclaves());
    }

    @AfterEach
    void stop() {
        server.close();
        http.close();
    }

    @FuzzTest(maxDuration = FuzzTime.EACH)
    void bodiesOfAnyKindAreTakenOrRefused(byte[] input) throws IOException, InterruptedException {
        if (input.length == 0) {
            return;
        }
        URI path =
                URI.create(
                        server.uri()
                                + "/api/v1"
                                + PATHS.get(Math.floorMod(input[0] - '0', PATHS.size())));
        HttpRequest request =
                HttpRequest.newBuilder(path)
                        .header("Content-Type", "application/json")
                        .header("Authorization", "Bearer " + token)
                        .POST(
                                HttpRequest.BodyPublishers.ofByteArray(
                                        Arrays.copyOfRange(input, 1, input.length)))
                        .build();
        HttpResponse<String> answer;
        try (var _ = BugDetectors.allowNetworkConnections()) {
            answer = http.send(request, HttpResponse.BodyHandlers.ofString());
        }
        if (answer.statusCode() >= 500 || answer.statusCode() == 404) {
            throw new AssertionError(answer.statusCode() + " " + answer.body());
        }
    }
}
