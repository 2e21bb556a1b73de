package io.cloister.link;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.protocol.json.Json;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

@Timeout(60)
final class LinkTest {
    private static final Json.Obj HEADER = Json.object().put("op", "test").build();
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final LinkSettings SMALL =
            new LinkSettings(64 << 10, 4, Duration.ofSeconds(5), Duration.ofSeconds(30));

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    @TempDir @Nullable Path folder;

    private SocketChannel near = open();
    private SocketChannel far = open();

    private static SocketChannel open() {
        try {
            return SocketChannel.open(StandardProtocolFamily.UNIX);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @BeforeEach
    void connectTheSockets() throws IOException {
        Path socket = Path.of(String.valueOf(folder)).resolve("s");
        try (var listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            listener.bind(UnixDomainSocketAddress.of(socket));
            near.connect(UnixDomainSocketAddress.of(socket));
            far = listener.accept();
        }
    }

    @AfterEach
    void closeTheSockets() throws IOException {
        near.close();
        far.close();
        threads.shutdownNow();
    }

    private record Pair(Link agent, Link server) {}

    private Pair pair(LinkSettings settings) throws Exception {
        Future<Link> server = threads.submit(() -> Link.accept(in(far), out(far), settings));
        Link agent = Link.connect(in(near), out(near), new SecureRandom(), settings);
        return new Pair(agent, server.get());
    }

    private static InputStream in(SocketChannel channel) {
        return Channels.newInputStream(channel);
    }

    private static OutputStream out(SocketChannel channel) {
        return Channels.newOutputStream(channel);
    }

    private static LinkStream next(Link link) throws InterruptedException {
        return link.next().orElseThrow();
    }

    @Nested
    class Streams {
        @Test
        void carryARequestAndAnAnswerWithBodiesBothWays() throws Exception {
            Pair pair = pair(LinkSettings.DEFAULT);
            LinkStream asking = pair.agent().open(HEADER);
            asking.output().write("question".getBytes(StandardCharsets.UTF_8));
            asking.output().close();
            LinkStream asked = next(pair.server());
            assertEquals(HEADER, asked.request());
            assertEquals(
                    "question", new String(asked.input().readAllBytes(), StandardCharsets.UTF_8));
            Json.Obj answer = Json.object().put("status", "ok").build();
            asked.answer(answer);
            asked.output().write("reply".getBytes(StandardCharsets.UTF_8));
            asked.output().close();
            assertEquals(answer, asking.awaitAnswer(PATIENCE));
            assertEquals(
                    "reply", new String(asking.input().readAllBytes(), StandardCharsets.UTF_8));
        }

        @Test
        void carryMoreThanTheWindowInEveryDirectionAtOnce() throws Exception {
            Pair pair = pair(SMALL);
            byte[] large = new byte[3_000_017];
            new Random(1).nextBytes(large);
            List<Callable<byte[]>> work = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                work.add(() -> {
                    LinkStream asking = pair.agent().open(HEADER);
                    Future<?> writing = threads.submit(() -> writeAndEnd(asking, large));
                    asking.awaitAnswer(PATIENCE);
                    byte[] back = asking.input().readAllBytes();
                    writing.get();
                    return back;
                });
                work.add(() -> {
                    LinkStream asked = next(pair.server());
                    asked.answer(HEADER);
                    Future<?> writing = threads.submit(() -> writeAndEnd(asked, large));
                    byte[] came = asked.input().readAllBytes();
                    writing.get();
                    return came;
                });
            }
            for (Future<byte[]> result : threads.invokeAll(work)) {
                assertArrayEquals(large, result.get());
            }
        }

        @Test
        void goOnWhileAnotherIsNeverRead() throws Exception {
            Pair pair = pair(SMALL);
            LinkStream stalled = pair.agent().open(HEADER);
            Future<?> stuck = threads.submit(() -> writeAndEnd(stalled, new byte[1 << 20]));
            LinkStream unread = next(pair.server());
            LinkStream asking = pair.agent().open(HEADER);
            Future<?> writing = threads.submit(() -> writeAndEnd(asking, new byte[1 << 20]));
            assertEquals(1 << 20, next(pair.server()).input().readAllBytes().length);
            writing.get();
            assertFalse(stuck.isDone());
            assertEquals(1 << 20, unread.input().readAllBytes().length);
            stuck.get();
        }

        @Test
        void canBeOpenedAgainAndAgainOnceTheyAreOver() throws Exception {
            Pair pair = pair(SMALL);
            for (int i = 0; i < 50; i++) {
                LinkStream asking = pair.agent().open(HEADER);
                asking.output().close();
                LinkStream asked = next(pair.server());
                assertEquals(-1, asked.input().read());
                asked.answer(HEADER);
                asked.output().close();
                assertEquals(-1, asking.input().read());
            }
        }

        @Test
        void areRefusedBeyondTheLimitBeforeAnythingIsSent() throws Exception {
            Pair pair = pair(SMALL);
            for (int i = 0; i < 4; i++) {
                assertFalse(pair.agent().open(HEADER).request().members().isEmpty());
            }
            var refused = assertThrows(LinkException.class, () -> pair.agent().open(HEADER));
            assertEquals("at most 4 streams at once", refused.getMessage());
            assertFalse(pair.agent().isClosed());
        }

        @Test
        void failAReadThatIsLimitedWhenThePeerIsSilent() throws Exception {
            Pair pair = pair(SMALL);
            LinkStream asking = pair.agent().open(HEADER);
            next(pair.server()).answer(HEADER);
            asking.awaitAnswer(PATIENCE);
            asking.limitSilence(Duration.ofMillis(50));
            var silent = assertThrows(LinkException.class, () -> asking.input().read());
            assertEquals("the peer is silent for too long", silent.getMessage());
        }

        @Test
        void failAReadThatIsLimitedHoweverSlowlyBytesCome() throws Exception {
            Pair pair = pair(SMALL);
            LinkStream asking = pair.agent().open(HEADER);
            LinkStream asked = next(pair.server());
            asked.answer(HEADER);
            asking.awaitAnswer(PATIENCE);
            asking.limitSilence(PATIENCE);
            asking.limitReading(Duration.ofMillis(300));
            Future<?> trickling =
                    threads.submit(() -> {
                        while (true) {
                            asked.output().write(0);
                            asked.output().flush();
                            TimeUnit.MILLISECONDS.sleep(5);
                        }
                    });
            var slow = assertThrows(LinkException.class, () -> asking.input().readAllBytes());
            assertEquals("the peer is silent for too long", slow.getMessage());
            trickling.cancel(true);
        }

        @Test
        void failAWriteThatIsLimitedWhenThePeerTakesNothing() throws Exception {
            Pair pair = pair(SMALL);
            LinkStream asking = pair.agent().open(HEADER);
            next(pair.server());
            asking.limitSilence(Duration.ofMillis(50));
            var silent =
                    assertThrows(
                            LinkException.class, () -> asking.output().write(new byte[1 << 20]));
            assertEquals("the peer is silent for too long", silent.getMessage());
        }

        @Test
        void endForBothSidesWhenOneResetsThem() throws Exception {
            Pair pair = pair(SMALL);
            LinkStream asking = pair.agent().open(HEADER);
            LinkStream asked = next(pair.server());
            asked.reset(ResetCode.NO_SPACE);
            var seen = assertThrows(StreamResetException.class, () -> asking.awaitAnswer(PATIENCE));
            assertEquals(ResetCode.NO_SPACE, seen.code());
            assertTrue(seen.byPeer());
            var own = assertThrows(StreamResetException.class, () -> asked.input().read());
            assertFalse(own.byPeer());
            pair.agent().open(HEADER).output().close();
            assertEquals(-1, next(pair.server()).input().read());
        }

        @Test
        void keepWhatHadItsEndWhenThePeerGivesUpTheOtherDirection() throws Exception {
            Pair pair = pair(SMALL);
            LinkStream asking = pair.agent().open(HEADER);
            LinkStream asked = next(pair.server());
            asked.answer(HEADER);
            try (OutputStream out = asked.output()) {
                out.write(new byte[] {1, 2, 3});
            }
            asked.close();
            assertThrows(
                    IOException.class,
                    () -> {
                        while (true) {
                            asking.output().write(1);
                            asking.output().flush();
                        }
                    });
            assertEquals(HEADER, asking.awaitAnswer(PATIENCE));
            assertArrayEquals(new byte[] {1, 2, 3}, asking.input().readAllBytes());
        }

        @Test
        void wakeAWriterThatWaitsForCreditWhenTheyAreReset() throws Exception {
            Pair pair = pair(SMALL);
            LinkStream asking = pair.agent().open(HEADER);
            Future<?> writing = threads.submit(() -> writeAndEnd(asking, new byte[1 << 20]));
            next(pair.server()).close();
            var failed = assertThrows(java.util.concurrent.ExecutionException.class, writing::get);
            assertInstanceOf(StreamResetException.class, failed.getCause());
        }

        @Test
        void waitForAnAnswerOnlyAsLongAsTheyWereToldTo() throws Exception {
            LinkStream asking = pair(SMALL).agent().open(HEADER);
            assertThrows(LinkException.class, () -> asking.awaitAnswer(Duration.ofMillis(20)));
        }

        @Test
        void refuseUseOutOfOrder() throws Exception {
            Pair pair = pair(SMALL);
            LinkStream asking = pair.agent().open(HEADER);
            LinkStream asked = next(pair.server());
            assertThrows(IllegalStateException.class, () -> asking.answer(HEADER));
            assertThrows(IllegalStateException.class, () -> asked.awaitAnswer(PATIENCE));
            assertThrows(IllegalStateException.class, () -> asked.output().close());
            assertThrows(IllegalStateException.class, () -> pair.server().open(HEADER));
            asked.answer(HEADER);
            assertThrows(IllegalStateException.class, () -> asked.answer(HEADER));
            asked.output().close();
            asked.output().write(1);
            assertThrows(LinkException.class, () -> asked.output().flush());
        }
    }

    private static @Nullable Void writeAndEnd(LinkStream stream, byte[] bytes) throws IOException {
        try (OutputStream out = stream.output()) {
            out.write(bytes);
        }
        return null;
    }

    @Nested
    class TheLink {
        @Test
        void tellsThePeerWhenItCloses() throws Exception {
            Pair pair = pair(SMALL);
            LinkStream asking = pair.agent().open(HEADER);
            assertEquals(HEADER, next(pair.server()).request());
            pair.server().close();
            assertEquals("the peer said good-bye", pair.agent().awaitClosed().getMessage());
            assertThrows(LinkException.class, () -> asking.awaitAnswer(PATIENCE));
            assertThrows(LinkException.class, () -> pair.agent().open(HEADER));
            assertTrue(pair.server().next().isEmpty());
            assertTrue(pair.server().next().isEmpty());
        }

        @Test
        void noticesThatThePeerIsGone() throws Exception {
            Pair pair = pair(SMALL);
            near.close();
            assertTrue(pair.server().awaitClosed().getMessage() != null);
        }

        @Test
        void givesUpAPeerThatFallsSilent() throws Exception {
            var impatient =
                    new LinkSettings(64 << 10, 4, Duration.ofMillis(50), Duration.ofMillis(400));
            out(near).write(hello());
            Link server = Link.accept(in(far), out(far), impatient);
            assertEquals("the peer has been silent for PT0.4S", server.awaitClosed().getMessage());
        }

        @Test
        void staysOpenWhileThePeerOnlyBeats() throws Exception {
            var impatient =
                    new LinkSettings(64 << 10, 4, Duration.ofMillis(50), Duration.ofMillis(1500));
            Pair pair = pair(impatient);
            Future<IOException> closed = threads.submit(() -> pair.server().awaitClosed());
            assertThrows(
                    java.util.concurrent.TimeoutException.class,
                    () -> closed.get(2500, TimeUnit.MILLISECONDS));
        }

        @Test
        void beginsBehindLeftoversOfAnEarlierSession() throws Exception {
            out(near).write(new byte[100_000]);
            out(near).write("cloister-link/1cloister-link".getBytes(StandardCharsets.US_ASCII));
            byte[] old = new byte[36];
            System.arraycopy("cloister-link/1!".getBytes(StandardCharsets.US_ASCII), 0, old, 0, 16);
            out(far).write(old);
            Pair pair = pair(SMALL);
            pair.agent().open(HEADER).output().close();
            assertEquals(-1, next(pair.server()).input().read());
        }

        @Test
        void movesBytesFastEnoughNotToBeTheBottleneck() throws Exception {
            Pair pair = pair(LinkSettings.DEFAULT);
            int total = 64 << 20;
            LinkStream asking = pair.agent().open(HEADER);
            long start = System.nanoTime();
            Future<?> writing = threads.submit(() -> writeAndEnd(asking, new byte[total]));
            InputStream in = next(pair.server()).input();
            byte[] buffer = new byte[64 << 10];
            long read = 0;
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                read += n;
            }
            writing.get();
            double seconds = (System.nanoTime() - start) / 1e9;
            assertEquals(total, read);
            assertTrue(seconds < 10, () -> "64 MiB took " + seconds + " s");
        }
    }

    /// `spec/agent-link.md` §3: each case alters one thing of a session that holds.
    @Nested
    class APeerThatBreaksTheFormat {
        @Test
        void isNobodyWhenItKeepsToIt() throws Exception {
            assertEquals(
                    "the peer said good-bye",
                    reasonAfter(open(1), frame(3, 1, new byte[10]), frame(4, 1), frame(8, 0)));
        }

        @Test
        void isToldByAnUnknownType() throws Exception {
            assertEquals("frame.type: expected 1 to 8, got 9", reasonAfter(frame(9, 0)));
        }

        @Test
        void isToldByALengthBeyondTheLimit() throws Exception {
            assertEquals(
                    "DATA.length: expected 1 to 65536, got 65537",
                    reasonAfter(open(1), frame(3, 1, new byte[65_537])));
        }

        @Test
        void isToldByAnEmptyDataFrame() throws Exception {
            assertEquals(
                    "DATA.length: expected 1 to 65536, got 0", reasonAfter(open(1), frame(3, 1)));
        }

        @Test
        void isToldByAStreamFrameOnStreamZero() throws Exception {
            assertEquals(
                    "DATA.stream: expected a stream, got 0",
                    reasonAfter(open(1), frame(3, 0, new byte[1])));
        }

        @Test
        void isToldByALinkFrameOnAStream() throws Exception {
            assertEquals("PING.stream: expected 0, got 1", reasonAfter(open(1), frame(7, 1)));
        }

        @Test
        void isToldByAStreamThatWasNeverOpened() throws Exception {
            assertEquals(
                    "DATA.stream: expected one that was opened, got 2",
                    reasonAfter(open(1), frame(3, 2, new byte[1])));
        }

        @Test
        void isToldByAStreamOpenedTwice() throws Exception {
            assertEquals("OPEN.stream: expected more than 1, got 1", reasonAfter(open(1), open(1)));
        }

        @Test
        void isToldByANegativeStream() throws Exception {
            assertEquals("OPEN.stream: expected more than 0, got -1", reasonAfter(open(-1)));
        }

        @Test
        void isToldByMoreStreamsThanAllowed() throws Exception {
            assertEquals(
                    "OPEN: expected at most 4 streams at once, got more",
                    reasonAfter(open(1), open(2), open(3), open(4), open(5)));
        }

        @Test
        void isToldByDataBeyondItsCredit() throws Exception {
            assertEquals(
                    "DATA: expected at most 0 bytes of credit, got 1",
                    reasonAfter(open(1), frame(3, 1, new byte[65_536]), frame(3, 1, new byte[1])));
        }

        @Test
        void isToldByDataAfterTheEnd() throws Exception {
            assertEquals(
                    "DATA: expected none after END, got 1 bytes",
                    reasonAfter(open(1), frame(4, 1), frame(3, 1, new byte[1])));
        }

        @Test
        void isToldByASecondEnd() throws Exception {
            assertEquals(
                    "END: expected once, after ANSWER, got another",
                    reasonAfter(open(1), frame(4, 1), frame(4, 1)));
        }

        @Test
        void isToldByAnAnswerToItsOwnQuestion() throws Exception {
            assertEquals(
                    "ANSWER: expected once and to the opener, got another",
                    reasonAfter(open(1), frame(2, 1, "{}".getBytes(StandardCharsets.US_ASCII))));
        }

        @Test
        void isToldByCreditBeyondTheLimit() throws Exception {
            assertEquals(
                    "CREDIT: expected up to 16777216 in all, got 2147483647",
                    reasonAfter(open(1), frame(5, 1, new byte[] {127, -1, -1, -1})));
        }

        @Test
        void isToldByNoCredit() throws Exception {
            assertTrue(
                    reasonAfter(open(1), frame(5, 1, new byte[4])).startsWith("CREDIT: expected"));
        }

        @Test
        void isToldByAnUnknownResetCode() throws Exception {
            assertEquals(
                    "RESET.code: expected 1 to 5, got 6",
                    reasonAfter(open(1), frame(6, 1, new byte[] {6})));
        }

        @Test
        void isToldByAHeaderThatIsNoObject() throws Exception {
            assertEquals(
                    "OPEN: expected an object, got another JSON value",
                    reasonAfter(frame(1, 1, "[]".getBytes(StandardCharsets.US_ASCII))));
        }

        @Test
        void isToldByAHeaderThatIsNoJson() throws Exception {
            assertTrue(
                    reasonAfter(frame(1, 1, "{]".getBytes(StandardCharsets.US_ASCII)))
                            .startsWith("OPEN"));
        }

        @Test
        void isToldByAnEndInTheMiddleOfAFrame() throws Exception {
            assertEquals(
                    "the peer closed in the middle of a frame",
                    reasonAfter(Arrays.copyOf(open(1), 9)));
        }

        @Test
        void isToldByAWindowOutOfBounds() {
            byte[] hello = hello();
            hello[32] = 127;
            var refused =
                    assertThrows(
                            LinkException.class,
                            () ->
                                    Link.accept(
                                            new ByteArrayInputStream(hello),
                                            OutputStream.nullOutputStream(),
                                            SMALL));
            assertTrue(
                    String.valueOf(refused.getMessage())
                            .startsWith("HELLO.window: expected 65536 to 16777216"));
        }

        private String reasonAfter(byte[]... frames) throws Exception {
            var bytes = new ByteArrayOutputStream();
            bytes.write(hello());
            for (byte[] frame : frames) {
                bytes.write(frame);
            }
            Link link =
                    Link.accept(
                            new ByteArrayInputStream(bytes.toByteArray()),
                            OutputStream.nullOutputStream(),
                            SMALL);
            return String.valueOf(link.awaitClosed().getMessage());
        }
    }

    private static byte[] hello() {
        byte[] hello = Arrays.copyOf("cloister-link/1?".getBytes(StandardCharsets.US_ASCII), 36);
        hello[33] = 1;
        return hello;
    }

    private static byte[] open(int stream) {
        return frame(1, stream, "{}".getBytes(StandardCharsets.US_ASCII));
    }

    private static byte[] frame(int type, int stream) {
        return frame(type, stream, new byte[0]);
    }

    private static byte[] frame(int type, int stream, byte[] payload) {
        byte[] frame = new byte[8 + payload.length];
        frame[0] = (byte) type;
        frame[1] = (byte) (payload.length >>> 16);
        frame[2] = (byte) (payload.length >>> 8);
        frame[3] = (byte) payload.length;
        FrameWriter.putInt(frame, 4, stream);
        System.arraycopy(payload, 0, frame, 8, payload.length);
        return frame;
    }
}
