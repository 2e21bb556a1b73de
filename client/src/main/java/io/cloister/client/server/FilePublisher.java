package io.cloister.client.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest.BodyPublisher;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicLong;

/// Publishes a file as a request's body, in pieces larger than the JDK's own: handing over a piece
/// costs as much as a good part of sending it. Reads on whatever thread asks for more.
final class FilePublisher implements BodyPublisher {
    private static final int PIECE = 256 << 10;

    private final Path file;
    private final String what;
    private final long length;
    private final Progress progress;

    /// A publisher of the file's first `length` bytes.
    ///
    /// @param what for `progress`
    FilePublisher(Path file, String what, long length, Progress progress) {
        this.file = file;
        this.what = what;
        this.length = length;
        this.progress = progress;
    }

    @Override
    public long contentLength() {
        return length;
    }

    @Override
    public void subscribe(Flow.Subscriber<? super ByteBuffer> subscriber) {
        FileChannel channel;
        try {
            channel = FileChannel.open(file, StandardOpenOption.READ);
        } catch (IOException e) {
            subscriber.onSubscribe(Nothing.WANTED);
            subscriber.onError(e);
            return;
        }
        subscriber.onSubscribe(new Reading(subscriber, channel));
    }

    private enum Nothing implements Flow.Subscription {
        WANTED;

        @Override
        public void request(long n) {}

        @Override
        public void cancel() {}
    }

    /// One sending of the file. Its reads are serial: whoever raises `wanted` from zero reads until
    /// it is zero again.
    private final class Reading implements Flow.Subscription {
        private final Flow.Subscriber<? super ByteBuffer> subscriber;
        private final FileChannel channel;
        private final AtomicLong wanted = new AtomicLong();
        private volatile boolean ended;
        private long sent;

        Reading(Flow.Subscriber<? super ByteBuffer> subscriber, FileChannel channel) {
            this.subscriber = subscriber;
            this.channel = channel;
        }

        @Override
        public void request(long n) {
            if (n <= 0) {
                fail(new IllegalArgumentException("asked for " + n + " pieces"));
            } else if (wanted.getAndAccumulate(n, Reading::sum) == 0) {
                publish();
            }
        }

        private static long sum(long one, long other) {
            return one + other < 0 ? Long.MAX_VALUE : one + other;
        }

        private void publish() {
            do {
                if (ended) {
                    return;
                }
                try {
                    next();
                } catch (IOException | UncheckedIOException e) {
                    fail(e);
                    return;
                }
            } while (wanted.decrementAndGet() > 0);
        }

        private void next() throws IOException {
            var piece = ByteBuffer.allocate((int) Math.min(PIECE, length - sent));
            while (piece.hasRemaining()) {
                if (channel.read(piece, sent + piece.position()) < 0) {
                    throw new IOException(file + " became shorter while it was sent");
                }
            }
            sent += piece.position();
            progress.at(what, sent, length);
            subscriber.onNext(piece.flip());
            if (sent == length) {
                cancel();
                subscriber.onComplete();
            }
        }

        private void fail(Exception reason) {
            if (!ended) {
                cancel();
                subscriber.onError(reason);
            }
        }

        @Override
        public void cancel() {
            ended = true;
            try {
                channel.close();
            } catch (IOException _) {
                // It was only read from.
            }
        }
    }
}
