package io.cloister.agent.sandbox;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.cloister.fuzz.FuzzTime;

import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.concurrent.atomic.AtomicInteger;

/// Whatever code asks of its streams is answered or ends the run; no stream is begun twice, and no
/// more are open at a time than allowed.
final class StreamRequestsFuzzTest {
    private static final int STREAMS = 20;
    private static final int MOST_REQUEST_BYTES = 1 << 10;

    @TempDir private Path folder;

    @FuzzTest(maxDuration = FuzzTime.EACH)
    void requestsOfAnyKindAreAnsweredOrEndTheRun(byte[] requests) throws IOException {
        Path path = folder.resolve("streams");
        var address = UnixDomainSocketAddress.of(path);
        try (var listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(address);
                var code = SocketChannel.open(address);
                var agent = listener.accept()) {
            code.write(ByteBuffer.wrap(requests, 0, Math.min(requests.length, MOST_REQUEST_BYTES)));
            code.shutdownOutput();
            var failures = new AtomicInteger();
            var server =
                    new StreamServer(agent, STREAMS, new Counting(), failures::incrementAndGet);
            server.run();
            if (failures.get() != (server.violation().isPresent() ? 1 : 0)) {
                throw new AssertionError("ended without a reason, or went on in spite of one");
            }
        } finally {
            Files.deleteIfExists(path);
        }
    }

    private static final class Counting implements InputFeed {
        private final BitSet begun = new BitSet();
        private int open;

        @Override
        public InputStream open(int stream) {
            if (stream < 0 || stream >= STREAMS || begun.get(stream)) {
                throw new AssertionError("stream " + stream + " is not there, or was begun before");
            }
            begun.set(stream);
            if (++open > StreamServer.MOST_OPEN) {
                throw new AssertionError("more streams open than allowed");
            }
            return new ByteArrayInputStream(new byte[100]) {
                @Override
                public void close() {
                    open--;
                }
            };
        }
    }
}
