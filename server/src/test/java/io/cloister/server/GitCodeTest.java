package io.cloister.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.transport.PacketLineOut;
import org.eclipse.jgit.transport.RefAdvertiser;
import org.eclipse.jgit.transport.UploadPack;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;

/// Fetching over HTTP, from a server that may be up to something.
final class GitCodeTest {
    private static final GitAddress ADDRESS = new GitAddress("git.example.org", "/code");
    private static final GitCode.Bounds BOUNDS =
            new GitCode.Bounds(64 << 10, 100, 32 << 10, 64 << 10, Duration.ofSeconds(30));

    @TempDir private Path folder;
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private HttpServer http;
    private GitSample sample;

    @BeforeEach
    void open() throws IOException {
        sample =
                new GitSample(folder.resolve("code.git"))
                        .file("run.py", GitSample.RUN)
                        .commit(Constants.R_HEADS + "main", 1);
        http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        http.createContext("/code/", exchange -> serve(exchange));
        http.start();
    }

    @AfterEach
    void close() {
        http.stop(0);
        sample.close();
    }

    private void serve(HttpExchange exchange) throws IOException {
        asked.add(exchange.getRequestURI().toString());
        var out = new ByteArrayOutputStream();
        var pack = new UploadPack(sample.repository());
        pack.setBiDirectionalPipe(false);
        String kind = "result";
        if (exchange.getRequestMethod().equals("GET")) {
            kind = "advertisement";
            var lines = new PacketLineOut(out);
            lines.writeString("# service=git-upload-pack\n");
            lines.end();
            pack.sendAdvertisedRefs(new RefAdvertiser.PacketLineOutRefAdvertiser(lines));
        } else {
            boolean zipped =
                    "gzip".equals(exchange.getRequestHeaders().getFirst("Content-Encoding"));
            pack.upload(
                    zipped
                            ? new GZIPInputStream(exchange.getRequestBody())
                            : exchange.getRequestBody(),
                    out,
                    null);
        }
        exchange.getResponseHeaders().add("Content-Type", "application/x-git-upload-pack-" + kind);
        answer(exchange, 200, out.toByteArray());
    }

    private static void answer(HttpExchange exchange, int status, byte[] body) throws IOException {
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    private URI at(String path) {
        return URI.create("http://127.0.0.1:" + http.getAddress().getPort() + path);
    }

    private long fetch(String path, GitCode.Bounds bounds) throws Exception {
        var git =
                new GitCode(
                        (local, _, budget, limits) -> GitCode.http(local, at(path), budget, limits),
                        bounds);
        Path tar = folder.resolve("code.tar");
        try {
            git.fetch(ADDRESS, Optional.empty(), tar, folder.resolve("scratch"));
            return Files.size(tar);
        } finally {
            Files.deleteIfExists(tar);
            assertFalse(Files.exists(folder.resolve("scratch")));
        }
    }

    private void refused(String code, String path, GitCode.Bounds bounds) {
        assertEquals(code, assertThrows(Problem.class, () -> fetch(path, bounds)).code());
    }

    @Test
    void fetchesOverHttpWithoutHistory() throws Exception {
        assertEquals(10_240, fetch("/code", BOUNDS));
        assertTrue(asked.size() >= 2, asked::toString);
    }

    @Test
    void followsNoRedirect() {
        http.createContext(
                "/moved/",
                exchange -> {
                    asked.add("moved");
                    exchange.getResponseHeaders()
                            .add(
                                    "Location",
                                    exchange.getRequestURI()
                                            .toString()
                                            .replace("/moved/", "/code/"));
                    answer(exchange, 302, new byte[0]);
                });
        refused("git-unreachable", "/moved", BOUNDS);
        assertEquals(List.of("moved"), asked);
    }

    @Test
    void fetchesNoFilesOneByOne() {
        http.createContext(
                "/dumb/",
                exchange -> {
                    asked.add(exchange.getRequestURI().toString());
                    exchange.getResponseHeaders().add("Content-Type", "text/plain");
                    answer(
                            exchange,
                            200,
                            ("0".repeat(40) + "\trefs/heads/main\n")
                                    .getBytes(StandardCharsets.US_ASCII));
                });
        refused("git-unreachable", "/dumb", BOUNDS);
        assertEquals(List.of("/dumb/info/refs?service=git-upload-pack"), asked);
    }

    @Test
    void refusesMoreThanIsAllowed() throws Exception {
        sample.file("half.py", "x".repeat(20 << 10))
                .file("rest.py", "y".repeat(20 << 10))
                .commit(Constants.R_HEADS + "main", 2);
        fetch("/code", BOUNDS);
        Duration time = BOUNDS.time();
        refused("git-too-large", "/code", new GitCode.Bounds(100, 100, 32 << 10, 64 << 10, time));
        refused(
                "git-too-large",
                "/code",
                new GitCode.Bounds(64 << 10, 3, 32 << 10, 64 << 10, time));
        refused(
                "git-too-large",
                "/code",
                new GitCode.Bounds(64 << 10, 100, 16 << 10, 64 << 10, time));
        refused(
                "git-too-large",
                "/code",
                new GitCode.Bounds(64 << 10, 100, 32 << 10, 32 << 10, time));
        refused(
                "git-too-slow",
                "/code",
                new GitCode.Bounds(64 << 10, 100, 32 << 10, 64 << 10, Duration.ZERO));
    }

    @Test
    void fetchesForTwoAtOnceOnly() throws Exception {
        var busy = new CountDownLatch(2);
        var go = new CountDownLatch(1);
        var git =
                new GitCode(
                        (local, _, budget, limits) -> {
                            busy.countDown();
                            awaitQuietly(go);
                            return GitCode.http(local, at("/code"), budget, limits);
                        },
                        BOUNDS);
        try (var others = Executors.newVirtualThreadPerTaskExecutor()) {
            var first = others.submit(() -> fetch(git, "1"));
            var second = others.submit(() -> fetch(git, "2"));
            try {
                assertTrue(busy.await(30, TimeUnit.SECONDS));
                assertEquals("git-busy", assertThrows(Problem.class, () -> fetch(git, "3")).code());
            } finally {
                go.countDown();
            }
            assertTrue(first.get() && second.get());
        }
        assertTrue(fetch(git, "3"));
    }

    private boolean fetch(GitCode git, String name) throws Problem, IOException {
        Path tar = folder.resolve(name + ".tar");
        git.fetch(ADDRESS, Optional.empty(), tar, folder.resolve(name));
        return Files.size(tar) == 10_240;
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
