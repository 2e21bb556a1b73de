package io.cloister.e2e.operator;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/// The operator's place between everyone's client and the real control plane: passes everything on
/// as it is until told to alter something. Bodies are streamed unless an alteration wants them
/// whole.
public final class HostileProxy implements AutoCloseable {
    private static final Set<String> NOT_PASSED_ON =
            Set.of(
                    "connection",
                    "content-length",
                    "host",
                    "transfer-encoding",
                    "upgrade",
                    "http2-settings",
                    "expect");

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpClient upstream =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final List<Alteration> alterations = new CopyOnWriteArrayList<>();
    private final List<Call> calls = new CopyOnWriteArrayList<>();
    private final AtomicLong recorded = new AtomicLong();
    private volatile URI target;
    private volatile Optional<Path> record = Optional.empty();

    private HostileProxy(HttpServer server, URI target) {
        this.server = server;
        this.target = target;
    }

    /// One call that came by.
    ///
    /// @param method such as `GET`
    /// @param path with the query, as in `/api/v1/computations`
    public record Call(String method, String path) {
        /// Whether this is `method` on a path that `pattern` matches in full, the query left out.
        public boolean is(String wantedMethod, String pattern) {
            int query = path.indexOf('?');
            String bare = query < 0 ? path : path.substring(0, query);
            return method.equals(wantedMethod) && Pattern.matches(pattern, bare);
        }
    }

    /// An answer, whole.
    ///
    /// @param status HTTP status
    /// @param body its bytes
    @SuppressWarnings("ArrayRecordComponent") // handed over once, never compared
    public record Answer(int status, byte[] body) {}

    /// What the operator makes of an honest answer.
    @FunctionalInterface
    public interface Rewrite {
        /// The answer the client gets.
        Answer rewrite(Call call, Answer honest) throws IOException;
    }

    /// What the operator makes of a client's request body.
    @FunctionalInterface
    public interface RewriteRequest {
        /// The body the control plane gets.
        byte[] rewrite(Call call, byte[] sent) throws IOException;
    }

    private sealed interface Alteration {
        Predicate<Call> which();
    }

    private record OfAnswer(Predicate<Call> which, Rewrite how) implements Alteration {}

    private record Instead(Predicate<Call> which, Answer answer) implements Alteration {}

    private record OfRequest(Predicate<Call> which, RewriteRequest how) implements Alteration {}

    /// Starts on a free loopback port, in front of `target`.
    public static HostileProxy before(URI target) throws IOException {
        var http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        var proxy = new HostileProxy(http, target);
        http.setExecutor(proxy.threads);
        http.createContext("/", proxy::handle);
        http.start();
        return proxy;
    }

    /// Where clients find it.
    public URI uri() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    /// From now on passes on to another control plane.
    public void redirect(URI newTarget) {
        target = newTarget;
    }

    /// From now on keeps a copy of every request's and answer's body as it was passed on, each in a
    /// file of its own in `folder`. Access tokens are in headers, which are not kept.
    public void recordInto(Path folder) throws IOException {
        record = Optional.of(Files.createDirectories(folder));
    }

    /// Alters every answer to the calls `which` picks; of several alterations of one call all
    /// apply, in order.
    public void answer(Predicate<Call> which, Rewrite how) {
        alterations.add(new OfAnswer(which, how));
    }

    /// Answers the calls `which` picks without asking the control plane.
    public void replace(Predicate<Call> which, Answer answer) {
        alterations.add(new Instead(which, answer));
    }

    /// Alters every request body of the calls `which` picks.
    public void request(Predicate<Call> which, RewriteRequest how) {
        alterations.add(new OfRequest(which, how));
    }

    /// Is honest again.
    public void behave() {
        alterations.clear();
    }

    /// All calls that came by, in order.
    public List<Call> calls() {
        return List.copyOf(calls);
    }

    private void handle(HttpExchange exchange) throws IOException {
        var call = new Call(exchange.getRequestMethod(), exchange.getRequestURI().toString());
        calls.add(call);
        try (exchange) {
            String number = Long.toString(recorded.incrementAndGet());
            if (record.isPresent()) {
                exchange.setStreams(
                        new Copying(exchange.getRequestBody(), copy(number + "-request")), null);
            }
            Optional<Answer> instead =
                    alterations.stream()
                            .filter(one -> one instanceof Instead && one.which().test(call))
                            .map(one -> ((Instead) one).answer())
                            .findFirst();
            if (instead.isPresent()) {
                exchange.getRequestBody().readAllBytes();
                answerAltered(exchange, call, List.of(), instead.get());
                return;
            }
            HttpResponse<InputStream> honest = passOn(call, exchange);
            List<Rewrite> rewrites =
                    alterations.stream()
                            .filter(one -> one instanceof OfAnswer && one.which().test(call))
                            .map(one -> ((OfAnswer) one).how())
                            .toList();
            honest.headers()
                    .map()
                    .forEach((name, values) -> {
                        if (!name.startsWith(":")
                                && !NOT_PASSED_ON.contains(name.toLowerCase(Locale.ROOT))) {
                            exchange.getResponseHeaders().put(name, values);
                        }
                    });
            try (InputStream body =
                    record.isPresent()
                            ? new Copying(honest.body(), copy(number + "-answer"))
                            : honest.body()) {
                if (rewrites.isEmpty()) {
                    stream(exchange, honest, body);
                } else {
                    answerAltered(
                            exchange,
                            call,
                            rewrites,
                            new Answer(honest.statusCode(), body.readAllBytes()));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private OutputStream copy(String name) throws IOException {
        return Files.newOutputStream(record.orElseThrow().resolve(name));
    }

    /// Copies what is read through it.
    private static final class Copying extends FilterInputStream {
        private final OutputStream copy;

        Copying(InputStream in, OutputStream copy) {
            super(in);
            this.copy = copy;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            int read = super.read(buffer, offset, length);
            if (read > 0) {
                copy.write(buffer, offset, read);
            }
            return read;
        }

        @Override
        public void close() throws IOException {
            copy.close();
            super.close();
        }
    }

    private HttpResponse<InputStream> passOn(Call call, HttpExchange exchange)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(target.resolve(call.path()));
        exchange.getRequestHeaders()
                .forEach((name, values) -> {
                    if (!NOT_PASSED_ON.contains(name.toLowerCase(Locale.ROOT))) {
                        values.forEach(value -> request.header(name, value));
                    }
                });
        request.method(call.method(), requestBody(call, exchange));
        return upstream.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
    }

    private HttpRequest.BodyPublisher requestBody(Call call, HttpExchange exchange)
            throws IOException {
        List<RewriteRequest> rewrites =
                alterations.stream()
                        .filter(one -> one instanceof OfRequest && one.which().test(call))
                        .map(one -> ((OfRequest) one).how())
                        .toList();
        String length = exchange.getRequestHeaders().getFirst("Content-Length");
        if (!rewrites.isEmpty()) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            for (RewriteRequest rewrite : rewrites) {
                body = rewrite.rewrite(call, body);
            }
            return HttpRequest.BodyPublishers.ofByteArray(body);
        }
        HttpRequest.BodyPublisher streamed =
                HttpRequest.BodyPublishers.ofInputStream(exchange::getRequestBody);
        if (length != null) {
            long bytes = Long.parseLong(length);
            return bytes == 0
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.fromPublisher(streamed, bytes);
        }
        return exchange.getRequestHeaders().containsKey("Transfer-Encoding")
                ? streamed
                : HttpRequest.BodyPublishers.noBody();
    }

    private static void stream(
            HttpExchange exchange, HttpResponse<InputStream> honest, InputStream body)
            throws IOException {
        boolean bodyless =
                exchange.getRequestMethod().equals("HEAD")
                        || honest.statusCode() == 204
                        || honest.statusCode() == 304;
        if (bodyless) {
            exchange.sendResponseHeaders(honest.statusCode(), -1);
            return;
        }
        exchange.sendResponseHeaders(
                honest.statusCode(), honest.headers().firstValueAsLong("content-length").orElse(0));
        try (OutputStream out = exchange.getResponseBody()) {
            byte[] buffer = new byte[64 << 10];
            for (int read = body.read(buffer); read >= 0; read = body.read(buffer)) {
                out.write(buffer, 0, read);
                out.flush();
            }
        }
    }

    private static void answerAltered(
            HttpExchange exchange, Call call, List<Rewrite> rewrites, Answer honest)
            throws IOException {
        Answer answer = honest;
        for (Rewrite rewrite : rewrites) {
            answer = rewrite.rewrite(call, answer);
        }
        exchange.sendResponseHeaders(
                answer.status(), answer.body().length == 0 ? -1 : answer.body().length);
        if (answer.body().length > 0) {
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(answer.body());
            }
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
        upstream.shutdownNow();
    }
}
