package io.cloister.link;

import io.cloister.protocol.CloisterBugException;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import org.jspecify.annotations.Nullable;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.SecureRandom;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;

/// One session over a duplex byte stream that carries several [LinkStream]s at once
/// (`spec/agent-link.md`).
///
/// The side that connects opens streams, the side that accepts answers them. Guarantees: memory is
/// bounded by [LinkSettings] whatever the peer sends; a stream nobody reads keeps no other from
/// going on; a peer that breaks the format or falls silent ends the link and every stream of it
/// with a [LinkException]. No guarantee of secrecy or origin: whoever carries the bytes reads and
/// changes them.
///
/// Safe for use by several threads. Works on virtual threads of its own until closed.
public final class Link implements Closeable {
    private static final JsonLimits HEADER = new JsonLimits(FrameType.MAX_PAYLOAD, 8, 2_000);

    private final InputStream in;
    private final OutputStream out;
    private final FrameWriter writer;
    private final LinkSettings settings;
    private final boolean opens;
    private final int peerWindow;

    private final Map<Integer, LinkStream> streams = new ConcurrentHashMap<>();
    private final BlockingQueue<Optional<LinkStream>> asked = new LinkedBlockingQueue<>();
    private final ReentrantLock opening = new ReentrantLock();
    private final AtomicInteger lastId = new AtomicInteger();
    private final AtomicBoolean closing = new AtomicBoolean();
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile long heardAt = System.nanoTime();
    private volatile IOException failure = new LinkException("closed by this side");

    private Link(
            InputStream in,
            OutputStream out,
            LinkSettings settings,
            boolean opens,
            int peerWindow) {
        this.in = in;
        this.out = out;
        this.writer = new FrameWriter(out);
        this.settings = settings;
        this.opens = opens;
        this.peerWindow = peerWindow;
    }

    /// Begins a session as the side that opens streams. Blocks until the peer has answered; closing
    /// `in` from another thread ends the wait. The link owns both streams from now on.
    ///
    /// @param random for the session's id, which needs to be unlike that of earlier sessions on the
    ///   same bytes
    public static Link connect(
            InputStream in, OutputStream out, SecureRandom random, LinkSettings settings)
            throws IOException {
        byte[] session = new byte[16];
        random.nextBytes(session);
        var buffered = new BufferedInputStream(in);
        int peerWindow = Handshake.connect(buffered, out, session, settings.window());
        return start(new Link(buffered, out, settings, true, peerWindow));
    }

    /// Begins a session as the side that is asked. Blocks until the peer has greeted; closing `in`
    /// from another thread ends the wait. The link owns both streams from now on.
    public static Link accept(InputStream in, OutputStream out, LinkSettings settings)
            throws IOException {
        var buffered = new BufferedInputStream(in);
        int peerWindow = Handshake.accept(buffered, out, settings.window());
        return start(new Link(buffered, out, settings, false, peerWindow));
    }

    private static Link start(Link link) {
        Thread.ofVirtual().name("link-reader").start(link::readFrames);
        Thread.ofVirtual().name("link-heartbeat").start(link::beat);
        Thread.ofVirtual().name("link-watch").start(link::watch);
        return link;
    }

    /// Opens a stream with `request` as its header.
    ///
    /// @throws LinkException if the link is closed, or as many streams are open as this side allows
    ///   itself
    /// @throws IllegalArgumentException if the header is longer than 64 KiB
    /// @throws IllegalStateException on the side that is asked
    public LinkStream open(Json.Obj request) throws IOException {
        if (!opens) {
            throw new IllegalStateException("the side that connected opens streams");
        }
        byte[] header = header(request);
        // Ids go out in ascending order, so the peer can tell an old one from a new one.
        opening.lock();
        try {
            throwIfClosed();
            if (streams.size() >= settings.maxStreams()) {
                throw new LinkException("at most " + settings.maxStreams() + " streams at once");
            }
            int id = lastId.incrementAndGet();
            var stream = new LinkStream(this, id, request, true, settings.window(), peerWindow);
            streams.put(id, stream);
            if (closing.get()) {
                stream.fail(failure);
            }
            write(FrameType.OPEN, id, header);
            return stream;
        } finally {
            opening.unlock();
        }
    }

    /// Waits for the next stream the peer opens; empty once the link is closed.
    public Optional<LinkStream> next() throws InterruptedException {
        Optional<LinkStream> stream = asked.take();
        if (stream.isEmpty()) {
            asked.add(Optional.empty());
        }
        return stream;
    }

    /// Waits until the link is closed, by whomever, and says why.
    public IOException awaitClosed() throws InterruptedException {
        closed.await();
        return failure;
    }

    /// Whether the link has ended.
    boolean isClosed() {
        return closing.get();
    }

    /// Says good-bye, ends every stream and closes the bytes below.
    @Override
    public void close() {
        end(new LinkException("closed by this side"), true);
    }

    static byte[] header(Json.Obj header) {
        byte[] bytes = header.canonical();
        if (bytes.length > FrameType.MAX_PAYLOAD) {
            throw new IllegalArgumentException("a header has at most 64 KiB, not " + bytes.length);
        }
        return bytes;
    }

    int creditStep() {
        return settings.window() / 2;
    }

    void forget(int id) {
        streams.remove(id);
    }

    void write(FrameType type, int id, byte[] payload) throws IOException {
        throwIfClosed();
        try {
            writer.write(type, id, payload);
        } catch (IOException e) {
            throw broken(e);
        }
    }

    void writeInPlace(FrameType type, int id, byte[] frame, int payloadLength) throws IOException {
        throwIfClosed();
        try {
            writer.writeInPlace(type, id, frame, payloadLength);
        } catch (IOException e) {
            throw broken(e);
        }
    }

    /// For a notice nobody waits for: a failure to send it has already ended the link.
    void writeQuietly(FrameType type, int id, byte[] payload) {
        if (!closing.get()) {
            try {
                writer.write(type, id, payload);
            } catch (IOException e) {
                end(e, false);
            }
        }
    }

    private LinkException broken(IOException e) {
        end(e, false);
        return new LinkException("the link broke: " + e.getMessage(), e);
    }

    private void throwIfClosed() throws LinkException {
        if (closing.get()) {
            throw new LinkException("the link is closed: " + failure.getMessage(), failure);
        }
    }

    private void readFrames() {
        IOException reason;
        try {
            while (readFrame()) {
                heardAt = System.nanoTime();
            }
            reason = new LinkException("the peer said good-bye");
        } catch (IOException e) {
            reason = e;
        } catch (RuntimeException e) {
            reason = new LinkException("defect in the link", e);
        }
        end(reason, false);
    }

    /// Reads one frame; false after the peer's good-bye.
    private boolean readFrame() throws IOException {
        byte[] header = in.readNBytes(FrameType.HEADER);
        if (header.length == 0) {
            throw new EOFException("the peer closed without a good-bye");
        }
        if (header.length < FrameType.HEADER) {
            throw new EOFException("the peer closed in the middle of a frame");
        }
        FrameType type = FrameType.of(header[0] & 0xff);
        int first = FrameWriter.getInt(header, 0);
        int length = first & 0xffffff;
        int id = FrameWriter.getInt(header, 4);
        type.check(length, id);
        byte[] payload = Handshake.readFully(in, length);
        switch (type) {
            case PING -> {}
            case GOODBYE -> {
                return false;
            }
            case OPEN -> onOpen(id, payload);
            case ANSWER, DATA, END, CREDIT, RESET -> onStream(type, id, payload);
        }
        return true;
    }

    private void onOpen(int id, byte[] payload) throws LinkException {
        if (opens) {
            throw new LinkException("OPEN: expected from the side that connected only, got one");
        }
        if (id <= lastId.get()) {
            throw new LinkException(
                    "OPEN.stream: expected more than " + lastId.get() + ", got " + id);
        }
        if (streams.size() >= settings.maxStreams()) {
            throw new LinkException(
                    "OPEN: expected at most "
                            + settings.maxStreams()
                            + " streams at once, got more");
        }
        lastId.set(id);
        var stream =
                new LinkStream(
                        this, id, parse("OPEN", payload), false, settings.window(), peerWindow);
        streams.put(id, stream);
        asked.add(Optional.of(stream));
    }

    private void onStream(FrameType type, int id, byte[] payload) throws LinkException {
        if (id < 1 || id > lastId.get()) {
            throw new LinkException(type + ".stream: expected one that was opened, got " + id);
        }
        LinkStream stream = streams.get(id);
        if (stream == null) {
            // Sent before the peer knew that this side gave the stream up.
            return;
        }
        switch (type) {
            case ANSWER -> stream.onAnswer(parse("ANSWER", payload));
            case DATA -> stream.onData(payload);
            case END -> stream.onEnd();
            case CREDIT -> stream.onCredit(FrameWriter.getInt(payload, 0));
            case RESET -> {
                streams.remove(id);
                stream.fail(new StreamResetException(ResetCode.of(payload[0] & 0xff), true));
            }
            case OPEN, PING, GOODBYE ->
                    throw new CloisterBugException(type + " is not a stream's frame");
        }
    }

    private static Json.Obj parse(String frame, byte[] payload) throws LinkException {
        try {
            Json header = Json.parse(payload, HEADER, frame);
            if (header instanceof Json.Obj object) {
                return object;
            }
        } catch (MalformedException e) {
            throw new LinkException(e.getMessage() == null ? frame : e.getMessage(), e);
        }
        throw new LinkException(frame + ": expected an object, got another JSON value");
    }

    private void beat() {
        try {
            while (!closed.await(settings.heartbeat().toNanos(), TimeUnit.NANOSECONDS)) {
                writeQuietly(FrameType.PING, 0, new byte[0]);
            }
        } catch (InterruptedException e) {
            end(new LinkException("interrupted", e), false);
        }
    }

    /// A thread of its own, because [#beat] may wait in a write that the silent peer never takes.
    private void watch() {
        long silence = settings.silence().toNanos();
        try {
            while (true) {
                long left = heardAt + silence - System.nanoTime();
                if (left <= 0) {
                    end(
                            new LinkException("the peer has been silent for " + settings.silence()),
                            false);
                    return;
                }
                if (closed.await(left, TimeUnit.NANOSECONDS)) {
                    return;
                }
            }
        } catch (InterruptedException e) {
            end(new LinkException("interrupted", e), false);
        }
    }

    private void end(IOException reason, boolean goodbye) {
        if (!closing.compareAndSet(false, true)) {
            return;
        }
        failure = reason;
        if (goodbye) {
            try {
                writer.goodbye();
            } catch (IOException _) {
                // The peer is gone already.
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
        }
        closeQuietly(in);
        closeQuietly(out);
        streams.values().forEach(stream -> stream.fail(reason));
        streams.clear();
        asked.add(Optional.empty());
        closed.countDown();
    }

    private static void closeQuietly(@Nullable Closeable closeable) {
        try {
            if (closeable != null) {
                closeable.close();
            }
        } catch (IOException _) {
            // There is nothing left to lose.
        }
    }
}
