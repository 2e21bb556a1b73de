package io.cloister.server;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.cloister.fuzz.FuzzTime;
import io.cloister.link.Link;
import io.cloister.link.LinkSettings;
import io.cloister.link.LinkStream;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.document.Agreement;
import io.cloister.protocol.document.VerifiedAgreement;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.dsse.Signed;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;
import io.cloister.protocol.state.Event;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;

/// Whatever an agent asks of its control plane is done or refused, and nothing goes wrong inside
/// it. An input is the request's header to the line's end, and its body.
final class AgentOperationsFuzzTest {
    private static final Path VECTORS =
            Path.of(System.getProperty("cloister.root", ".."), "spec/vectors/grant.json");
    private static final LinkSettings SETTINGS =
            new LinkSettings(64 << 10, 4, Duration.ofSeconds(5), Duration.ofSeconds(30));

    @TempDir private Path folder;

    private final ByteArrayOutputStream log = new ByteArrayOutputStream();
    private Database database;
    private Control control;
    private VerifiedAgreement agreement;

    @BeforeEach
    void propose() throws Exception {
        Fields vectors =
                Fields.of(
                        Json.parse(Files.readAllBytes(VECTORS), JsonLimits.DOCUMENT, "vectors"),
                        "vectors");
        Envelope signed = Envelope.read(vectors.any("agreement"), "agreement");
        agreement = VerifiedAgreement.verify(signed);
        DataFolder data = DataFolder.open(folder.resolve("data"));
        database = Database.open(data.database());
        var settings =
                ServerSettings.of(folder.resolve("data"))
                        .withLog(new PrintStream(log, true, StandardCharsets.UTF_8));
        control =
                CloisterServer.control(
                        settings,
                        new NoEnclaves(),
                        data,
                        database,
                        new JsonLog(settings.log(), settings.clock()));
        control.registry()
                .create(
                        agreement.computation(),
                        new Event.Created(Signed.readUnverified(signed, Agreement.TYPE).proposal()),
                        (_, _) -> {});
    }

    @AfterEach
    void close() {
        database.close();
    }

    @FuzzTest(maxDuration = FuzzTime.EACH)
    void operationsOfAnyKindAreDoneOrRefused(byte[] input) throws Exception {
        int end = 0;
        while (end < input.length && input[end] != '\n') {
            end++;
        }
        Json header;
        try {
            header = Json.parse(Arrays.copyOf(input, end), JsonLimits.MESSAGE, "header");
        } catch (MalformedException _) {
            return;
        }
        if (header instanceof Json.Obj request) {
            ask(request, Arrays.copyOfRange(input, Math.min(end + 1, input.length), input.length));
        }
    }

    private void ask(Json.Obj request, byte[] body) throws IOException, InterruptedException {
        var session = new AgentSession(control, agreement.computation(), 1, agreement);
        // So that nothing waits for what does not come.
        session.askToStop("the test ends");
        Path path = folder.resolve("link");
        var address = UnixDomainSocketAddress.of(path);
        try (var listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(address);
                var agent = SocketChannel.open(address);
                var plane = listener.accept()) {
            Thread serving = Thread.ofVirtual().start(() -> serve(plane, session));
            try (Link link =
                    Link.connect(
                            Channels.newInputStream(agent),
                            Channels.newOutputStream(agent),
                            new SecureRandom(),
                            SETTINGS)) {
                answer(link, Json.object().put("op", "job").build(), new byte[0]);
                answer(link, request, body);
            }
            serving.join();
        } finally {
            Files.deleteIfExists(path);
        }
        String logged = log.toString(StandardCharsets.UTF_8);
        log.reset();
        if (logged.contains("agent-operation-failed")) {
            throw new AssertionError(logged);
        }
    }

    private static void serve(SocketChannel plane, AgentSession session) {
        try (Link link =
                Link.accept(
                        Channels.newInputStream(plane),
                        Channels.newOutputStream(plane),
                        SETTINGS)) {
            for (var stream = link.next(); stream.isPresent(); stream = link.next()) {
                session.serve(stream.get());
            }
        } catch (IOException _) {
            // The agent has left.
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private static void answer(Link link, Json.Obj request, byte[] body) throws IOException {
        try (LinkStream stream = link.open(request)) {
            try (OutputStream out = stream.output()) {
                out.write(body);
            } catch (IOException _) {
                // Refused before all of it was read.
            }
            stream.awaitAnswer(Duration.ofSeconds(20));
            stream.input().readAllBytes();
        }
    }
}
