package io.cloister.server;

import io.cloister.protocol.MalformedException;
import io.javalin.Javalin;
import io.javalin.compression.CompressionStrategy;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;

import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.ssl.SslContextFactory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

import javax.net.ssl.SSLContext;

/// HTTP around the operations: one way in, one way every failure becomes a problem, one line of log
/// per request.
final class Web {
    private static final String PROBLEM_TYPE = "application/problem+json";
    private static final Pattern REQUEST_ID = Pattern.compile("[A-Za-z0-9_-]{1,64}");
    private static final int HEADERS = 16 << 10;
    private static final int BUFFER = 64 << 10;
    private static final Duration IDLE = Duration.ofSeconds(60);

    private final SecureRandom random;
    private final JsonLog log;

    /// Operations below one path, let in by one gate.
    ///
    /// @param base what their paths are below
    /// @param gate who decides who may call them
    /// @param routes the operations
    record Interface(String base, Gate gate, List<Route> routes) {}

    Web(SecureRandom random, JsonLog log) {
        this.random = random;
        this.log = log;
    }

    /// Listens.
    Javalin start(ServerSettings settings, Optional<SSLContext> tls, List<Interface> interfaces) {
        return Javalin.start(config -> configure(config, settings, tls, interfaces));
    }

    private void configure(
            JavalinConfig config,
            ServerSettings settings,
            Optional<SSLContext> tls,
            List<Interface> interfaces) {
        config.startup.showJavalinBanner = false;
        config.startup.showOldJavalinVersionWarning = false;
        config.startup.startupWatcherEnabled = false;
        config.concurrency.useVirtualThreads = true;
        config.http.compressionStrategy = CompressionStrategy.NONE;
        config.http.prefer405over404 = true;
        config.http.generateEtags = false;
        config.router.ignoreTrailingSlashes = false;
        config.jetty.addConnector((server, http) -> connector(server, http, settings, tls));
        config.jetty.modifyServer(server -> {
            server.setStopTimeout(Duration.ofSeconds(5).toMillis());
            server.setErrorHandler(this::jettyError);
        });
        for (Interface one : interfaces) {
            for (Route route : one.routes()) {
                config.routes.addHttpHandler(
                        route.method(),
                        one.base() + route.path(),
                        context -> handle(context, one.gate(), route));
            }
        }
        config.routes.exception(HttpResponseException.class, this::unrouted);
        config.routes.exception(
                Exception.class,
                (e, context) -> {
                    String id = requestId(context);
                    log.error("unexpected").with("requestId", id).because(e).write();
                    answer(context, id, internal());
                });
    }

    private static Connector connector(
            Server server,
            HttpConfiguration http,
            ServerSettings settings,
            Optional<SSLContext> tls) {
        http.setSendServerVersion(false);
        http.setSendDateHeader(true);
        http.setRequestHeaderSize(HEADERS);
        http.setOutputBufferSize(BUFFER);
        http.setOutputAggregationSize(BUFFER);
        var plain = new HttpConnectionFactory(http);
        plain.setInputBufferSize(BUFFER);
        ServerConnector connector;
        if (tls.isPresent()) {
            http.addCustomizer(new SecureRequestCustomizer(false));
            var factory = new SslContextFactory.Server();
            factory.setSslContext(tls.get());
            connector =
                    new ServerConnector(
                            server, new SslConnectionFactory(factory, "http/1.1"), plain);
        } else {
            connector = new ServerConnector(server, plain);
        }
        connector.setHost(settings.host());
        connector.setPort(settings.port());
        connector.setIdleTimeout(IDLE.toMillis());
        return connector;
    }

    private void handle(Context context, Gate gate, Route route) {
        long started = System.nanoTime();
        String id = requestId(context);
        context.header("Request-Id", id);
        context.header("Cache-Control", "no-store");
        context.header("X-Content-Type-Options", "nosniff");
        Optional<Call> call = Optional.empty();
        String failure = "";
        try {
            Call admitted = gate.admit(context, route, id);
            call = Optional.of(admitted);
            route.action().run(admitted);
        } catch (Exception e) {
            Problem problem = problem(e, id);
            failure = problem.code();
            // Nothing can follow an answer under way. One of fixed length is cut short, which its
            // reader sees; who left an event stream needs no answer.
            if (!context.res().isCommitted()) {
                answer(context, id, problem);
            }
        }
        logRequest(context, route, id, call, failure, started);
    }

    /// What `failure` is for whoever asked.
    Problem problem(Exception failure, String id) {
        return switch (failure) {
            case Problem problem -> problem;
            case Refusal refusal -> Problem.refusal(refusal);
            case MalformedException malformed -> Problem.malformed(malformed);
            case EofException _ ->
                    Problem.of(400, "incomplete-body", "the connection ended before the body did");
            case MultipartFile.BrokenFormException broken ->
                    Problem.of(400, "malformed-form", String.valueOf(broken.getMessage()));
            case PacedBody.TooSlowException slow ->
                    Problem.of(408, "body-too-slow", String.valueOf(slow.getMessage()));
            case Exception full when Storage.isFull(full) -> {
                log.error("storage-full").with("requestId", id).because(full).write();
                yield Problem.storageFull();
            }
            case IOException broken -> {
                log.warning("input-output-failed").with("requestId", id).because(broken).write();
                yield brokenRequest(broken) ? incomplete() : internal();
            }
            default -> {
                log.error("unexpected").with("requestId", id).because(failure).write();
                yield internal();
            }
        };
    }

    /// Jetty's word for a body that ended early or stalled is no type of its own.
    private static boolean brokenRequest(IOException broken) {
        return broken.getStackTrace().length > 0
                && broken.getStackTrace()[0].getClassName().startsWith("org.eclipse.jetty");
    }

    private static Problem incomplete() {
        return Problem.of(
                400, "incomplete-body", "the body ended or stalled before it was complete");
    }

    private static Problem internal() {
        return Problem.of(
                500, "internal", "the server failed; its log says more under this request id");
    }

    private static void answer(Context context, String id, Problem problem) {
        context.res().resetBuffer();
        context.res().setHeader("Content-Length", null);
        context.res().setHeader("Content-Range", null);
        if (problem.status() == 401) {
            context.header("WWW-Authenticate", "Bearer");
        }
        context.header("Request-Id", id);
        context.status(problem.status());
        context.contentType(PROBLEM_TYPE);
        context.result(problem.json(id).canonical());
    }

    private void unrouted(HttpResponseException e, Context context) {
        String id = requestId(context);
        Problem problem =
                switch (e.getStatus()) {
                    case 404 -> Problem.notFound();
                    case 405 ->
                            Problem.of(
                                    405,
                                    "method-not-allowed",
                                    "this path does not know this method");
                    default ->
                            Problem.of(
                                    e.getStatus(),
                                    "invalid-field",
                                    "this request can't be taken as it is");
                };
        log.info("request")
                .with("requestId", id)
                .with("method", context.req().getMethod())
                .with("route", "none")
                .with("status", problem.status())
                .write();
        answer(context, id, problem);
    }

    /// What does not even reach a route, such as a request line that can't be read.
    private boolean jettyError(Request request, Response response, Callback callback) {
        String id = freshId();
        int status = response.getStatus() < 400 ? 500 : response.getStatus();
        Problem problem =
                status < 500
                        ? Problem.of(status, "invalid-field", "this request can't be read as HTTP")
                        : Problem.of(status, "internal", "the server failed");
        response.getHeaders().put("Content-Type", PROBLEM_TYPE);
        response.getHeaders().put("Request-Id", id);
        log.info("unreadable-request").with("requestId", id).with("status", status).write();
        response.write(true, ByteBuffer.wrap(problem.json(id).canonical()), callback);
        return true;
    }

    private String requestId(Context context) {
        String sent = context.header("Request-Id");
        if (sent != null && REQUEST_ID.matcher(sent).matches()) {
            return sent;
        }
        String given = context.res().getHeader("Request-Id");
        return given != null ? given : freshId();
    }

    private String freshId() {
        byte[] id = new byte[8];
        random.nextBytes(id);
        return HexFormat.of().formatHex(id);
    }

    private void logRequest(
            Context context,
            Route route,
            String id,
            Optional<Call> call,
            String failure,
            long started) {
        JsonLog.Line line =
                log.info("request")
                        .with("requestId", id)
                        .with("method", route.method().name())
                        .with("route", route.operation())
                        .with("status", context.status().getCode())
                        .with("millis", (System.nanoTime() - started) / 1_000_000);
        if (!failure.isEmpty()) {
            line.with("problem", failure);
        }
        if (route.ofComputation()) {
            line.with("computation", context.pathParam("id"));
        }
        call.filter(admitted -> !(admitted.caller() instanceof Caller.Anonymous))
                .ifPresent(admitted -> line.with("caller", admitted.email()));
        line.write();
    }
}
