package io.cloister.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.protocol.Email;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Server-sent events: pushed as they happen, resumed where they stopped, ended with the access.
final class EventStreamTest {
    @TempDir Path data = Path.of("");

    private static final class Stream implements AutoCloseable {
        private final HttpClient http = HttpClient.newHttpClient();
        private final BufferedReader lines;

        Stream(Stage stage, Cast cast, String token, String last) throws Exception {
            HttpRequest.Builder request =
                    HttpRequest.newBuilder(
                                    stage.server()
                                            .uri()
                                            .resolve("/api/v1" + Stage.at(cast, "/events")))
                            .header("Authorization", "Bearer " + token)
                            .header("Accept", "text/event-stream");
            if (!last.isEmpty()) {
                request.header("Last-Event-ID", last);
            }
            var response = http.send(request.build(), BodyHandlers.ofInputStream());
            assertEquals(200, response.statusCode());
            assertTrue(
                    response.headers()
                            .firstValue("Content-Type")
                            .orElse("")
                            .startsWith("text/event-stream"));
            lines =
                    new BufferedReader(
                            new InputStreamReader(response.body(), StandardCharsets.UTF_8));
        }

        /// The next event as `id type`; empty at the end of the stream.
        String next() throws IOException {
            String id = "";
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("id: ")) {
                    id = line.substring(4);
                } else if (line.startsWith("event: ")) {
                    return id + " " + line.substring(7);
                }
            }
            return "";
        }

        @Override
        public void close() throws IOException {
            http.shutdownNow();
            lines.close();
        }
    }

    @Test
    void pushesWhatHappensAndGoesOnWhereItStopped() throws Exception {
        try (var stage = new Stage(data, (_, _, _) -> {})) {
            Cast cast = stage.open(new Cast());
            try (var stream = new Stream(stage, cast, stage.owner, "")) {
                assertEquals("1 created", stream.next());
                register(stage, cast, Cast.CAROL);
                assertEquals("2 card-registered", stream.next());
            }
            register(stage, cast, Cast.DAVE);
            register(stage, cast, Cast.ERIN);
            try (var stream = new Stream(stage, cast, cast.accessToken(Cast.FRANK), "2")) {
                List<String> seen = new ArrayList<>();
                seen.add(stream.next());
                seen.add(stream.next());
                assertEquals(List.of("3 card-registered", "4 card-registered"), seen);
            }
        }
    }

    private static void register(Stage stage, Cast cast, Email person) {
        stage.api
                .post(Stage.at(cast, "/cards"), cast.accessToken(person), cast.registration(person))
                .expect(201);
    }

    @Test
    void endsWhenTheAccessEndsAndWhenTheServerStops() throws Exception {
        var stage = new Stage(data, (_, _, _) -> {});
        Cast cast = stage.open(new Cast());
        try (var erin = new Stream(stage, cast, cast.accessToken(Cast.ERIN), "");
                var frank = new Stream(stage, cast, cast.accessToken(Cast.FRANK), "")) {
            assertEquals("1 created", erin.next());
            assertEquals("1 created", frank.next());
            stage.api
                    .post(Stage.at(cast, "/invitations/erin%40example.org/revoke"), stage.owner)
                    .expect(204);
            register(stage, cast, Cast.CAROL);
            assertEquals("", erin.next());
            assertEquals("2 card-registered", frank.next());
            stage.close();
            assertEquals("", frank.next());
        }
    }
}
