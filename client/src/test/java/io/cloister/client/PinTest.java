package io.cloister.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;

import io.cloister.client.server.ControlPlane;
import io.cloister.client.server.Endpoint;
import io.cloister.client.server.ServerException;
import io.cloister.client.server.ServerUrl;
import io.cloister.client.server.UnreachableException;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.Sha256;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Optional;

import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/// A server whose certificate no authority vouches for.
class PinTest {
    private static final char[] PASSWORD = "changeit".toCharArray();

    @TempDir private Path folder;

    private HttpsServer server;
    private Sha256 certificate;

    @BeforeEach
    void start() throws IOException, GeneralSecurityException, InterruptedException {
        KeyStore store = keyStore();
        certificate = Sha256.of(store.getCertificate("server").getEncoded());
        KeyManagerFactory keys =
                KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, PASSWORD);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(context));
        byte[] me =
                "{\"email\":\"a@example.org\",\"kind\":\"account\",\"expires\":\"2027-01-01T00:00:00Z\"}"
                        .getBytes(StandardCharsets.UTF_8);
        server.createContext(
                "/", exchange -> ScriptedServer.send(exchange, 200, "application/json", me));
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private KeyStore keyStore() throws IOException, GeneralSecurityException, InterruptedException {
        Path file = folder.resolve("server.p12");
        Path keytool = Path.of(System.getProperty("java.home"), "bin", "keytool");
        Process made =
                new ProcessBuilder(
                                keytool.toString(),
                                "-genkeypair",
                                "-alias",
                                "server",
                                "-keyalg",
                                "EC",
                                "-dname",
                                "CN=not-this-host",
                                "-keystore",
                                file.toString(),
                                "-storepass",
                                new String(PASSWORD))
                        .redirectErrorStream(true)
                        .redirectOutput(folder.resolve("keytool.log").toFile())
                        .start();
        assertEquals(0, made.waitFor());
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, PASSWORD);
        }
        return store;
    }

    private ControlPlane client(Optional<Sha256> pin) {
        var url = new ServerUrl("https://127.0.0.1:" + server.getAddress().getPort());
        return new ControlPlane(new Endpoint(url, pin), Optional.of("token"));
    }

    @Test
    void acceptsThePinnedCertificateWhateverItsNameAndIssuer()
            throws ServerException, InterruptedException {
        try (ControlPlane client = client(Optional.of(certificate))) {
            assertEquals("a@example.org", client.me().email().value());
        }
    }

    @Test
    void refusesAnotherCertificateThanPinned() {
        try (ControlPlane client = client(Optional.of(Sha256.of(Bytes.utf8("another"))))) {
            assertThrows(UnreachableException.class, client::me);
        }
    }

    @Test
    void refusesACertificateNobodyVouchesForWithoutAPin() {
        try (ControlPlane client = client(Optional.empty())) {
            assertThrows(UnreachableException.class, client::me);
        }
    }
}
