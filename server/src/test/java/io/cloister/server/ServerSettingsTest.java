package io.cloister.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/// No token goes over a network in clear, and one folder belongs to one server.
final class ServerSettingsTest {
    private final FakeLauncher launcher = new FakeLauncher((_, _, _) -> {});

    @TempDir Path folder = Path.of("");

    private ServerSettings settings() {
        return ServerSettings.of(folder.resolve("data"));
    }

    @Test
    void refuseToListenBeyondLoopbackInClear() throws Exception {
        ServerSettings open = settings().withAddress("0.0.0.0", 0);
        var refused =
                assertThrows(SetupException.class, () -> CloisterServer.start(open, launcher));
        assertTrue(String.valueOf(refused.getMessage()).contains("--behind-proxy"));
        try (var server = CloisterServer.start(open.allowClearBehindProxy(), launcher)) {
            assertTrue(server.port() > 0);
        }
        try (var server = CloisterServer.start(settings().withAddress("127.0.0.1", 0), launcher)) {
            assertTrue(server.port() > 0);
        }
    }

    @Test
    void refuseAHostThatIsNone() {
        assertThrows(
                SetupException.class,
                () ->
                        CloisterServer.start(
                                settings().withAddress("no.such.host.invalid", 0), launcher));
    }

    @Test
    void refuseAFolderAnotherServerUses() throws Exception {
        try (var server = CloisterServer.start(settings(), launcher)) {
            var refused =
                    assertThrows(
                            SetupException.class, () -> CloisterServer.start(settings(), launcher));
            assertTrue(String.valueOf(refused.getMessage()).contains("another server"));
            assertTrue(server.port() > 0);
        }
        CloisterServer.start(settings(), launcher).close();
    }

    @Test
    void refuseAPortThatIsTaken() throws Exception {
        try (var server = CloisterServer.start(settings(), launcher)) {
            ServerSettings second =
                    ServerSettings.of(folder.resolve("other"))
                            .withAddress("127.0.0.1", server.port());
            assertThrows(SetupException.class, () -> CloisterServer.start(second, launcher));
        }
    }

    @Test
    void refuseADialectsRuntimeThatIsNotOnOfferAndLeaveNothingOpen() throws Exception {
        var other = new ServerSettings.Cosmian(Optional.of("no-such-runtime"), List.of());
        var refused =
                assertThrows(
                        SetupException.class,
                        () ->
                                CloisterServer.start(
                                        settings().allowCosmianDialect(other), launcher));
        assertTrue(String.valueOf(refused.getMessage()).contains("no-such-runtime"));
        // SQLite keeps it for as long as anybody has the database open.
        assertFalse(Files.exists(folder.resolve("data").resolve(DataFolder.DATABASE + "-wal")));
        CloisterServer.start(
                        settings().allowCosmianDialect(ServerSettings.Cosmian.usual()), launcher)
                .close();
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 65_536})
    void refuseAPortThereIsNot(int port) {
        assertThrows(
                IllegalArgumentException.class, () -> settings().withAddress("127.0.0.1", port));
    }

    @Test
    void refuseLimitsOfNothing() {
        Duration day = Duration.ofDays(1);
        assertEquals(1, limits(1, 1, List.of(day, day, day, day, day), 0).enclaves());
        refused(() -> limits(0, 1, List.of(day, day, day, day, day), 0));
        refused(() -> limits(1, 0, List.of(day, day, day, day, day), 0));
        refused(() -> limits(1, 1, List.of(day, day, day, day, day), -1));
        for (int i = 0; i < 5; i++) {
            for (Duration nothing : List.of(Duration.ZERO, Duration.ofNanos(-1))) {
                List<Duration> times = new ArrayList<>(Collections.nCopies(5, day));
                times.set(i, nothing);
                refused(() -> limits(1, 1, times, 0));
            }
        }
    }

    private static void refused(Executable making) {
        assertThrows(IllegalArgumentException.class, making);
    }

    private static ServerSettings.Limits limits(
            int enclaves, long blobBytes, List<Duration> times, int restarts) {
        return new ServerSettings.Limits(
                enclaves,
                blobBytes,
                times.get(0),
                times.get(1),
                times.get(2),
                times.get(3),
                times.get(4),
                restarts);
    }

    @Test
    void makeItSpeakTlsWithAPemCertificateAndKey() throws Exception {
        KeyStore store = selfSigned();
        Path certificate = folder.resolve("cert.pem");
        Path key = folder.resolve("key.pem");
        Files.writeString(certificate, pem("CERTIFICATE", store.getCertificate("it").getEncoded()));
        Files.writeString(
                key, pem("PRIVATE KEY", store.getKey("it", "secret".toCharArray()).getEncoded()));
        ServerSettings tls =
                settings()
                        .withAddress("0.0.0.0", 0)
                        .withTls(new ServerSettings.Tls(certificate, key));
        try (var server = CloisterServer.start(tls, launcher);
                HttpClient http = HttpClient.newBuilder().sslContext(trusting(store)).build()) {
            var request =
                    HttpRequest.newBuilder(
                                    URI.create(
                                            "https://localhost:"
                                                    + server.port()
                                                    + "/api/v1/health/live"))
                            .build();
            assertEquals(200, http.send(request, BodyHandlers.ofString()).statusCode());
        }
        Files.writeString(key, "nothing");
        assertThrows(SetupException.class, () -> CloisterServer.start(tls, launcher));
    }

    private static String pem(String what, byte[] der) {
        return "-----BEGIN "
                + what
                + "-----\n"
                + Base64.getMimeEncoder().encodeToString(der)
                + "\n-----END "
                + what
                + "-----\n";
    }

    private static SSLContext trusting(KeyStore store) throws Exception {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("it", store.getCertificate("it"));
        var managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        managers.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, managers.getTrustManagers(), null);
        return context;
    }

    /// The JDK makes certificates with `keytool` only.
    private KeyStore selfSigned() throws Exception {
        Path file = folder.resolve("it.p12");
        var keytool =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "keytool")
                                        .toString(),
                                "-genkeypair",
                                "-alias",
                                "it",
                                "-keyalg",
                                "EC",
                                "-dname",
                                "CN=localhost",
                                "-ext",
                                "SAN=dns:localhost",
                                "-storetype",
                                "PKCS12",
                                "-storepass",
                                "secret",
                                "-keystore",
                                file.toString())
                        .redirectErrorStream(true)
                        .start();
        keytool.getInputStream().readAllBytes();
        if (keytool.waitFor() != 0) {
            throw new IOException("keytool failed");
        }
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, "secret".toCharArray());
        }
        return store;
    }
}
