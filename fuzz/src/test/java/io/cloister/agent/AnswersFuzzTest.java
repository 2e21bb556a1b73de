package io.cloister.agent;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.cloister.fuzz.FuzzTime;
import io.cloister.link.Link;
import io.cloister.link.LinkSettings;
import io.cloister.link.LinkStream;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.Email;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.Receipt;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;

/// Whatever a control plane answers is taken, or ends in an [IOException].
///
/// An input is the operation's number, the answer's header to the line's end, and its body.
final class AnswersFuzzTest {
    private static final int OPERATIONS = 7;
    private static final Bytes BYTES = Bytes.utf8("{}");
    private static final LinkSettings SETTINGS =
            new LinkSettings(64 << 10, 4, Duration.ofSeconds(5), Duration.ofSeconds(30));
    private static final ControlPlane.Patience PATIENCE =
            new ControlPlane.Patience(
                    Duration.ofSeconds(20), Duration.ofSeconds(20), Duration.ofSeconds(20));

    @TempDir private Path folder;

    private record Answer(int operation, Json.Obj header, Bytes body) {
        static Optional<Answer> of(byte[] input) {
            int end = 1;
            while (end < input.length && input[end] != '\n') {
                end++;
            }
            if (end >= input.length) {
                return Optional.empty();
            }
            try {
                byte[] header = Arrays.copyOfRange(input, 1, end);
                return Json.parse(header, JsonLimits.MESSAGE, "header") instanceof Json.Obj object
                        ? Optional.of(
                                new Answer(
                                        Math.floorMod(input[0] - '0', OPERATIONS),
                                        object,
                                        Bytes.copyOf(
                                                Arrays.copyOfRange(input, end + 1, input.length))))
                        : Optional.empty();
            } catch (MalformedException _) {
                return Optional.empty();
            }
        }

        void give(Link link) throws IOException, InterruptedException {
            Optional<LinkStream> asked = link.next();
            if (asked.isEmpty()) {
                return;
            }
            try (LinkStream stream = asked.get()) {
                stream.input().readAllBytes();
                stream.answer(header);
                try (OutputStream out = stream.output()) {
                    out.write(body.toArray());
                }
            }
            link.awaitClosed();
        }
    }

    @FuzzTest(maxDuration = FuzzTime.EACH)
    void answersOfAnyKindAreTakenOrRefused(byte[] input) throws Exception {
        Optional<Answer> answer = Answer.of(input);
        if (answer.isPresent()) {
            check(answer.get());
        }
    }

    private void check(Answer answer) throws IOException, InterruptedException {
        Path path = folder.resolve("link");
        var address = UnixDomainSocketAddress.of(path);
        try (var listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(address);
                var agent = SocketChannel.open(address);
                var plane = listener.accept()) {
            Thread peer = Thread.ofVirtual().start(() -> answer(plane, answer));
            try (Link link =
                    Link.connect(
                            Channels.newInputStream(agent),
                            Channels.newOutputStream(agent),
                            new SecureRandom(),
                            SETTINGS)) {
                ask(answer.operation(), new ControlPlane(link, PATIENCE));
            }
            peer.join();
        } finally {
            Files.deleteIfExists(path);
        }
    }

    private static void answer(SocketChannel plane, Answer answer) {
        try (Link link =
                Link.accept(
                        Channels.newInputStream(plane),
                        Channels.newOutputStream(plane),
                        SETTINGS)) {
            answer.give(link);
        } catch (IOException _) {
            // The agent has left.
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private static void ask(int operation, ControlPlane plane) {
        try {
            switch (operation) {
                case 0 -> plane.job();
                case 1 -> {
                    try (LinkStream stream = plane.blob(Sha256.of(BYTES)).stream()) {
                        stream.input().readAllBytes();
                    }
                }
                case 2 -> plane.publish(BYTES, BYTES);
                case 3 -> next(plane);
                case 4 -> plane.verdict(1, new Verdict.Accepted(Instant.EPOCH));
                case 5 -> plane.started(1);
                default -> {
                    var reader = new Email("reader@example.org");
                    try (ControlPlane.Upload upload =
                            plane.output(1, reader, Receipt.Kind.RESULT, 0)) {
                        upload.finish();
                    }
                }
            }
        } catch (IOException expected) {
            // Refused.
        }
    }

    private static void next(ControlPlane plane) throws IOException {
        long number =
                switch (plane.next(5, Duration.ZERO)) {
                    case Item.Given given -> given.number();
                    case Item.Stop _, Item.Nothing _ -> Long.MAX_VALUE;
                };
        if (number <= 5) {
            throw new AssertionError("an item that came before");
        }
    }
}
