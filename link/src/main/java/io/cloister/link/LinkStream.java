package io.cloister.link;

import io.cloister.protocol.json.Json;

import org.jspecify.annotations.Nullable;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// One request and its answer: a JSON header each way, then bytes each way, each direction closed
/// on its own.
///
/// What the peer sent ahead is held in memory, at most the window of [LinkSettings]; writing waits
/// until the peer has consumed. One thread may read while another writes; no two threads may read,
/// and no two may write.
public final class LinkStream implements Closeable {
    /// Longer than any link lasts.
    private static final long UNLIMITED = TimeUnit.DAYS.toNanos(10_000);

    private final Link link;
    private final int id;
    private final Json.Obj request;
    private final boolean opener;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition arrived = lock.newCondition();
    private final Condition creditCame = lock.newCondition();

    // All guarded by `lock`.
    private final Received queue = new Received();
    private int peerMaySend;
    private int consumedUnsaid;
    private long weMaySend;
    private boolean peerEnded;
    private boolean readableToItsEnd;
    private boolean weEnded;
    private boolean answerSent;
    private Json.@Nullable Obj answer;
    private @Nullable IOException failure;
    private long mostSilence = UNLIMITED;
    private long readBy = UNLIMITED;
    private boolean hasDeadline;

    private final Input input = new Input();
    private final Output output = new Output();

    LinkStream(Link link, int id, Json.Obj request, boolean opener, int ourWindow, int peerWindow) {
        this.link = link;
        this.id = id;
        this.request = request;
        this.opener = opener;
        this.peerMaySend = ourWindow;
        this.weMaySend = peerWindow;
    }

    /// The header the stream was opened with.
    public Json.Obj request() {
        return request;
    }

    /// Sends the answer's header; the side that did not open the stream does so once, before any
    /// byte.
    ///
    /// @throws IllegalArgumentException if the header is longer than 64 KiB
    /// @throws IllegalStateException on the opener's side, and the second time
    public void answer(Json.Obj header) throws IOException {
        lock.lock();
        try {
            if (opener || answerSent) {
                throw new IllegalStateException("one answer, by the side that was asked");
            }
            throwIfFailed();
            answerSent = true;
        } finally {
            lock.unlock();
        }
        link.write(FrameType.ANSWER, id, Link.header(header));
    }

    /// Waits for the header of the peer's answer.
    ///
    /// @throws LinkException if none came in `patience`, or the stream or link ended
    /// @throws IllegalStateException on the side that was asked
    public Json.Obj awaitAnswer(Duration patience) throws IOException {
        if (!opener) {
            throw new IllegalStateException("the side that was asked answers");
        }
        lock.lock();
        try {
            long left = patience.toNanos();
            while (answer == null) {
                throwIfFailed();
                if (left <= 0) {
                    throw new LinkException("no answer within " + patience);
                }
                left = awaitNanos(arrived, left);
            }
            return answer;
        } finally {
            lock.unlock();
        }
    }

    /// From now on no single wait, for the peer's next bytes or for its credit, lasts longer than
    /// `most`: it fails with a [LinkException]. Without this a wait lasts as long as the link.
    public void limitSilence(Duration most) {
        lock.lock();
        try {
            mostSilence = Math.min(UNLIMITED, most.toNanos());
        } finally {
            lock.unlock();
        }
    }

    /// What the peer sends must have come by `patience` from now, to its end, however slowly it
    /// comes: a read that would wait longer fails with a [LinkException].
    public void limitReading(Duration patience) {
        lock.lock();
        try {
            readBy = System.nanoTime() + patience.toNanos();
            hasDeadline = true;
        } finally {
            lock.unlock();
        }
    }

    /// How long a read may wait now, in nanoseconds.
    private long mostReadWait() {
        return hasDeadline ? Math.min(mostSilence, readBy - System.nanoTime()) : mostSilence;
    }

    /// What the peer sends, to its end.
    public InputStream input() {
        return input;
    }

    /// What this side sends, in frames of 64 KiB; `flush` sends what there is. Closing it ends this
    /// direction, and the peer then knows that it has everything.
    public OutputStream output() {
        return output;
    }

    /// Gives the stream up: both sides' reads and writes fail from now on. Does nothing once both
    /// directions have ended.
    public void reset(ResetCode code) {
        lock.lock();
        try {
            if (failure != null || (peerEnded && weEnded)) {
                return;
            }
            failure = new StreamResetException(code, false);
            queue.clear();
            arrived.signalAll();
            creditCame.signalAll();
        } finally {
            lock.unlock();
        }
        link.forget(id);
        link.writeQuietly(FrameType.RESET, id, new byte[] {(byte) code.number()});
    }

    /// Gives the stream up with [ResetCode#CANCELLED], unless both directions have ended.
    @Override
    public void close() {
        reset(ResetCode.CANCELLED);
    }

    // What the link's reading thread calls. None of it blocks.

    void onAnswer(Json.Obj header) throws LinkException {
        lock.lock();
        try {
            if (!opener || answer != null) {
                throw new LinkException("ANSWER: expected once and to the opener, got another");
            }
            answer = header;
            arrived.signalAll();
        } finally {
            lock.unlock();
        }
    }

    void onData(byte[] bytes) throws LinkException {
        lock.lock();
        try {
            if (peerEnded) {
                throw new LinkException(
                        "DATA: expected none after END, got " + bytes.length + " bytes");
            }
            if (opener && answer == null) {
                throw new LinkException("DATA: expected after ANSWER, got it before");
            }
            if (bytes.length > peerMaySend) {
                throw new LinkException(
                        "DATA: expected at most "
                                + peerMaySend
                                + " bytes of credit, got "
                                + bytes.length);
            }
            peerMaySend -= bytes.length;
            if (failure == null) {
                queue.add(bytes);
                arrived.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    void onEnd() throws LinkException {
        boolean over;
        lock.lock();
        try {
            if (peerEnded || (opener && answer == null)) {
                throw new LinkException("END: expected once, after ANSWER, got another");
            }
            peerEnded = true;
            over = weEnded;
            arrived.signalAll();
        } finally {
            lock.unlock();
        }
        if (over) {
            link.forget(id);
        }
    }

    void onCredit(int bytes) throws LinkException {
        lock.lock();
        try {
            if (bytes < 1 || weMaySend + bytes > LinkSettings.MAX_WINDOW) {
                throw new LinkException(
                        "CREDIT: expected up to "
                                + LinkSettings.MAX_WINDOW
                                + " in all, got "
                                + bytes);
            }
            weMaySend += bytes;
            creditCame.signalAll();
        } finally {
            lock.unlock();
        }
    }

    void fail(IOException reason) {
        lock.lock();
        try {
            if (failure == null && !(peerEnded && weEnded)) {
                failure = reason;
                // After END all has arrived: a peer that gives up the other direction, or leaves,
                // takes nothing back.
                readableToItsEnd = peerEnded;
                if (!peerEnded) {
                    queue.clear();
                }
            }
            arrived.signalAll();
            creditCame.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /// Whether the peer had said everything before it gave up hearing.
    private boolean isReadableToItsEnd() {
        lock.lock();
        try {
            return readableToItsEnd;
        } finally {
            lock.unlock();
        }
    }

    private void throwIfFailed() throws IOException {
        if (failure != null) {
            throw failure instanceof StreamResetException reset
                    ? again(reset)
                    : new LinkException("the link is closed: " + failure.getMessage(), failure);
        }
    }

    /// A fresh exception, so that the stack trace is the caller's.
    private static StreamResetException again(StreamResetException reset) {
        var fresh = new StreamResetException(reset.code(), reset.byPeer());
        fresh.initCause(reset);
        return fresh;
    }

    /// The callers loop over their own condition.
    @SuppressWarnings("WaitNotInLoop")
    private static long awaitNanos(Condition condition, long nanos) throws LinkException {
        try {
            return condition.awaitNanos(nanos);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LinkException("interrupted", e);
        }
    }

    private static long awaitWithin(Condition condition, long left) throws LinkException {
        if (left <= 0) {
            throw new LinkException("the peer is silent for too long");
        }
        return awaitNanos(condition, left);
    }

    private final class Input extends InputStream {
        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            Objects.checkFromIndexSize(offset, length, into.length);
            if (length == 0) {
                return 0;
            }
            int taken = 0;
            int credit = 0;
            lock.lock();
            try {
                long left = mostReadWait();
                if (left <= 0) {
                    throw new LinkException("the peer is silent for too long");
                }
                while (queue.isEmpty() && !(peerEnded && (failure == null || readableToItsEnd))) {
                    throwIfFailed();
                    left = awaitWithin(arrived, left);
                }
                if (queue.isEmpty()) {
                    return -1;
                }
                while (taken < length && !queue.isEmpty()) {
                    taken += queue.take(into, offset + taken, length - taken);
                }
                consumedUnsaid += taken;
                if (!peerEnded && consumedUnsaid >= link.creditStep()) {
                    credit = consumedUnsaid;
                    consumedUnsaid = 0;
                    peerMaySend += credit;
                }
            } finally {
                lock.unlock();
            }
            if (credit > 0) {
                byte[] payload = new byte[4];
                FrameWriter.putInt(payload, 0, credit);
                link.write(FrameType.CREDIT, id, payload);
            }
            return taken;
        }

        @Override
        public int available() {
            lock.lock();
            try {
                return queue.available();
            } finally {
                lock.unlock();
            }
        }
    }

    private final class Output extends OutputStream {
        private byte @Nullable [] frame;
        private int length;

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] from, int offset, int count) throws IOException {
            Objects.checkFromIndexSize(offset, count, from.length);
            int at = offset;
            int left = count;
            while (left > 0) {
                byte[] target = frame();
                int part = Math.min(left, FrameType.MAX_PAYLOAD - length);
                System.arraycopy(from, at, target, FrameType.HEADER + length, part);
                length += part;
                at += part;
                left -= part;
                if (length == FrameType.MAX_PAYLOAD) {
                    flush();
                }
            }
        }

        private byte[] frame() {
            byte[] target = frame;
            if (target == null) {
                target = new byte[FrameType.HEADER + FrameType.MAX_PAYLOAD];
                frame = target;
            }
            return target;
        }

        @Override
        public void flush() throws IOException {
            int sent = 0;
            byte[] target = frame();
            while (sent < length) {
                int part = awaitCredit(length - sent);
                if (sent > 0) {
                    System.arraycopy(
                            target, FrameType.HEADER + sent, target, FrameType.HEADER, part);
                }
                link.writeInPlace(FrameType.DATA, id, target, part);
                sent += part;
            }
            length = 0;
        }

        private int awaitCredit(int wanted) throws IOException {
            lock.lock();
            try {
                if (weEnded) {
                    throw new LinkException("this direction of the stream has ended");
                }
                if (!opener && !answerSent) {
                    throw new IllegalStateException("the answer's header comes before its bytes");
                }
                long left = mostSilence;
                while (weMaySend == 0) {
                    throwIfFailed();
                    left = awaitWithin(creditCame, left);
                }
                throwIfFailed();
                int part = (int) Math.min(weMaySend, wanted);
                weMaySend -= part;
                return part;
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void close() throws IOException {
            lock.lock();
            try {
                if (weEnded || failure != null) {
                    return;
                }
                if (!opener && !answerSent) {
                    throw new IllegalStateException("the answer's header comes before its end");
                }
            } finally {
                lock.unlock();
            }
            boolean over;
            try {
                flush();
            } catch (IOException e) {
                if (isReadableToItsEnd()) {
                    return;
                }
                throw e;
            }
            lock.lock();
            try {
                if (readableToItsEnd) {
                    return;
                }
                throwIfFailed();
                weEnded = true;
                over = peerEnded;
            } finally {
                lock.unlock();
            }
            frame = null;
            link.write(FrameType.END, id, new byte[0]);
            if (over) {
                link.forget(id);
            }
        }
    }
}
