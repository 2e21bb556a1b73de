package io.cloister.agent.sandbox;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// Hands streamed inputs to the code, piece by piece, as it asks for them (`spec/sandbox.md` §5).
/// Ends with the connection.
final class StreamServer implements Runnable {
    /// Most inputs begun and not read to their end or closed.
    static final int MOST_OPEN = 16;

    private static final int MOST_BYTES = 1 << 20;
    private static final int LENGTH_BYTES = 4;
    private static final int REQUEST_BUFFER_BYTES = 64;

    private final SocketChannel channel;
    private final int streams;
    private final InputFeed feed;
    private final Runnable failed;
    private final BitSet begun = new BitSet();
    private final Map<Integer, InputStream> open = new HashMap<>();
    private final byte[] piece = new byte[MOST_BYTES];
    private volatile Optional<String> violation = Optional.empty();

    /// @param streams how many there are
    /// @param failed called once when the code may not go on
    StreamServer(SocketChannel channel, int streams, InputFeed feed, Runnable failed) {
        this.channel = channel;
        this.streams = streams;
        this.feed = feed;
        this.failed = failed;
    }

    /// What the code did that it must not, if anything.
    Optional<String> violation() {
        return violation;
    }

    @Override
    public void run() {
        try (var requests = new DataInputStream(new ChannelStream(channel, REQUEST_BUFFER_BYTES))) {
            while (true) {
                serve(next(requests), next(requests));
            }
        } catch (EndException _) {
            // The code has ended, or was ended.
        } catch (ViolationException e) {
            violation = Optional.of(String.valueOf(e.getMessage()));
            failed.run();
        } catch (IOException | RuntimeException _) {
            failed.run();
        }
    }

    /// The connection has ended.
    private static final class EndException extends Exception {
        private static final long serialVersionUID = 1L;
    }

    private static int next(DataInputStream requests) throws EndException {
        try {
            return requests.readInt();
        } catch (IOException _) {
            throw new EndException();
        }
    }

    private void serve(int stream, int most) throws IOException, ViolationException, EndException {
        if (stream < 0 || stream >= streams || most < 0 || most > MOST_BYTES) {
            throw new ViolationException("a request for a stream there is not");
        }
        InputStream content = open.get(stream);
        if (content == null && !begun.get(stream)) {
            content = begin(stream);
        }
        int length = content == null || most == 0 ? 0 : Math.max(0, fill(content, most));
        if (length == 0 && content != null) {
            open.remove(stream);
            content.close();
        }
        answer(length);
    }

    private InputStream begin(int stream) throws IOException, ViolationException {
        if (open.size() >= MOST_OPEN) {
            throw new ViolationException("more streams open at a time than allowed");
        }
        begun.set(stream);
        InputStream content = feed.open(stream);
        open.put(stream, content);
        return content;
    }

    /// As much as there is, up to `most`: pieces are large where the content is.
    private int fill(InputStream content, int most) throws IOException {
        return content.readNBytes(piece, 0, most);
    }

    private void answer(int length) throws EndException {
        ByteBuffer size = ByteBuffer.allocate(LENGTH_BYTES).putInt(length).flip();
        ByteBuffer bytes = ByteBuffer.wrap(piece, 0, length);
        try {
            while (size.hasRemaining() || bytes.hasRemaining()) {
                channel.write(new ByteBuffer[] {size, bytes});
            }
        } catch (IOException _) {
            throw new EndException();
        }
    }
}
