package io.cloister.client.server;

import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Shown;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/// Requests to one control plane, with one access token or none. Answers are bounded, redirects
/// refused, requests retried only where sending them twice is the same as sending them once (RFC
/// 9110 §9.2.2). Safe for use by several threads.
final class Http implements AutoCloseable {
    private static final Duration CONNECT = Duration.ofSeconds(10);
    private static final Duration ANSWER = Duration.ofSeconds(60);
    private static final Duration STALL = Duration.ofSeconds(60);
    private static final Duration EVENT_STALL = Duration.ofSeconds(45);
    private static final long SLOWEST_UPLOAD = 32 << 10;
    private static final int MAX_PROBLEM = 64 << 10;
    private static final int ATTEMPTS = 4;
    private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
    private static final Set<String> REPEATABLE = Set.of("GET", "PUT", "DELETE");

    private final Endpoint endpoint;
    private final Optional<String> token;
    private final HttpClient client;
    private final Stalls stalls = new Stalls();

    Http(Endpoint endpoint, Optional<String> token) {
        this.endpoint = endpoint;
        this.token = token;
        HttpClient.Builder builder =
                HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .connectTimeout(CONNECT)
                        .followRedirects(HttpClient.Redirect.NEVER);
        endpoint.pin().ifPresent(pin -> builder.sslContext(PinnedCertificate.context(pin)));
        this.client = builder.build();
    }

    /// The JSON answer to a GET.
    Json get(String path, JsonLimits limits) throws ServerException, InterruptedException {
        return json("GET", path, BodyPublishers.noBody(), "application/json", limits);
    }

    /// Sends JSON.
    Json send(String method, String path, Json body, JsonLimits limits)
            throws ServerException, InterruptedException {
        return json(
                method,
                path,
                BodyPublishers.ofByteArray(body.canonical()),
                "application/json",
                limits);
    }

    /// The JSON answer to a POST without content.
    Json post(String path, JsonLimits limits) throws ServerException, InterruptedException {
        return json("POST", path, BodyPublishers.noBody(), "application/json", limits);
    }

    /// Sends a small binary body.
    Json sendBytes(String path, byte[] body) throws ServerException, InterruptedException {
        return json(
                "PUT",
                path,
                BodyPublishers.ofByteArray(body),
                "application/octet-stream",
                JsonLimits.MESSAGE);
    }

    /// Sends a request whose answer has no content.
    void done(String method, String path, Optional<Json> body)
            throws ServerException, InterruptedException {
        HttpRequest.Builder request =
                body.isPresent()
                        ? request(path)
                                .header("Content-Type", "application/json")
                                .method(method, BodyPublishers.ofByteArray(body.get().canonical()))
                        : request(path).method(method, BodyPublishers.noBody());
        try (InputStream in = answer(method, request.timeout(ANSWER).build()).body()) {
            bounded(in, MAX_PROBLEM, method + " " + path);
        } catch (IOException e) {
            throw unreachable(e);
        }
    }

    /// Uploads a file in one stream.
    Json upload(String path, Path file, String what, Progress progress)
            throws ServerException, InterruptedException {
        long size;
        try {
            size = Files.size(file);
        } catch (IOException e) {
            throw new UnreachableException("can't read " + Shown.bounded(file.toString()), e);
        }
        HttpRequest request =
                request(path)
                        .header("Content-Type", "application/octet-stream")
                        .timeout(ANSWER.plusSeconds(size / SLOWEST_UPLOAD))
                        .PUT(new FilePublisher(file, what, size, progress))
                        .build();
        return read("PUT", path, request, JsonLimits.MESSAGE);
    }

    /// The body of a GET as a stream, from byte `from` on; the caller bounds and closes it.
    InputStream download(String path, long from) throws ServerException, InterruptedException {
        HttpRequest.Builder request = request(path).timeout(ANSWER).GET();
        if (from > 0) {
            request.header("Range", "bytes=" + from + "-");
        }
        HttpResponse<InputStream> response = answer("GET", request.build());
        if (response.statusCode() != (from > 0 ? 206 : 200)) {
            close(response.body());
            throw new BadAnswerException(
                    "the server answers a request for bytes "
                            + from
                            + "- with status "
                            + response.statusCode());
        }
        return stalls.guarded(response.body(), STALL);
    }

    /// The server-sent events after number `last`; not repeated here.
    InputStream events(String path, long last) throws ServerException, InterruptedException {
        HttpRequest request =
                request(path)
                        .timeout(ANSWER)
                        .setHeader("Accept", "text/event-stream")
                        .header("Last-Event-ID", Long.toString(last))
                        .GET()
                        .build();
        HttpResponse<InputStream> response = refuse("GET", once(request));
        return new BufferedInputStream(stalls.guarded(response.body(), EVENT_STALL));
    }

    private Json json(
            String method, String path, BodyPublisher body, String type, JsonLimits limits)
            throws ServerException, InterruptedException {
        HttpRequest.Builder request = request(path).timeout(ANSWER);
        if (body.contentLength() > 0) {
            request.header("Content-Type", type);
        }
        return read(method, path, request.method(method, body).build(), limits);
    }

    private Json read(String method, String path, HttpRequest request, JsonLimits limits)
            throws ServerException, InterruptedException {
        String what = method + " " + path;
        try (InputStream in = stalls.guarded(answer(method, request).body(), STALL)) {
            return Json.parse(bounded(in, limits.maxBytes(), what), limits, "answer");
        } catch (MalformedException e) {
            throw new BadAnswerException(what, e);
        } catch (IOException e) {
            throw unreachable(e);
        }
    }

    private HttpRequest.Builder request(String path) {
        HttpRequest.Builder builder =
                HttpRequest.newBuilder(endpoint.url().api(path))
                        .header("Accept", "application/json, */*;q=0.1");
        token.ifPresent(it -> builder.header("Authorization", "Bearer " + it));
        return builder;
    }

    /// A successful answer.
    private HttpResponse<InputStream> answer(String method, HttpRequest request)
            throws ServerException, InterruptedException {
        return refuse(method, sendRepeatedly(method, request));
    }

    private static HttpResponse<InputStream> refuse(
            String method, HttpResponse<InputStream> response) throws ServerException {
        int status = response.statusCode();
        if (status >= 200 && status < 300) {
            return response;
        }
        String what = method + " " + response.request().uri().getPath();
        try (InputStream in = response.body()) {
            if (status < 400 || status > 599) {
                throw new BadAnswerException(
                        "the server answers " + what + " with status " + status);
            }
            throw new ServerProblemException(Problem.parse(status, bounded(in, MAX_PROBLEM, what)));
        } catch (MalformedException _) {
            throw new BadAnswerException(
                    "something that is no Cloister server answers "
                            + what
                            + " with status "
                            + status);
        } catch (IOException e) {
            throw unreachable(e);
        }
    }

    private HttpResponse<InputStream> sendRepeatedly(String method, HttpRequest request)
            throws ServerException, InterruptedException {
        Duration pause = FIRST_PAUSE;
        for (int attempt = 1; ; attempt++) {
            try {
                HttpResponse<InputStream> response = once(request);
                if (response.statusCode() != 503
                        || attempt == ATTEMPTS
                        || !REPEATABLE.contains(method)) {
                    return response;
                }
                close(response.body());
            } catch (UnreachableException e) {
                if (attempt == ATTEMPTS || !REPEATABLE.contains(method) || isCertificate(e)) {
                    throw e;
                }
            }
            Thread.sleep(pause);
            pause = pause.multipliedBy(3);
        }
    }

    private HttpResponse<InputStream> once(HttpRequest request)
            throws UnreachableException, InterruptedException {
        try {
            return client.send(request, BodyHandlers.ofInputStream());
        } catch (IOException e) {
            throw unreachable(e);
        }
    }

    private static boolean isCertificate(UnreachableException e) {
        return e.getCause() instanceof javax.net.ssl.SSLException;
    }

    static UnreachableException unreachable(IOException e) {
        String message = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        return new UnreachableException("no answer from the server: " + Shown.bounded(message), e);
    }

    private static byte[] bounded(InputStream in, int max, String what)
            throws IOException, BadAnswerException {
        byte[] bytes = in.readNBytes(max + 1);
        if (bytes.length > max) {
            throw new BadAnswerException(
                    "the server's answer to " + what + " is longer than " + max + " bytes");
        }
        return bytes;
    }

    private static void close(InputStream in) throws UnreachableException {
        try {
            in.close();
        } catch (IOException e) {
            throw unreachable(e);
        }
    }

    /// Ends open connections.
    @Override
    public void close() {
        client.shutdownNow();
        stalls.close();
    }
}
