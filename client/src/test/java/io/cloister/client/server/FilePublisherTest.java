package io.cloister.client.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Flow;

class FilePublisherTest {
    private static final int LENGTH = 3 * (256 << 10) + 17;

    @TempDir private Path folder;

    @Test
    void sendsAFileInOrderAsItIsAskedFor() throws Exception {
        byte[] content = content();
        Path file = Files.write(folder.resolve("file"), content);
        var done = new ArrayList<Long>();
        var taken = new Taking(1);

        new FilePublisher(file, "file", LENGTH, (_, sent, _) -> done.add(sent)).subscribe(taken);

        assertArrayEquals(content, taken.bytes.toByteArray());
        assertTrue(taken.completed);
        assertEquals(List.of(256L << 10, 512L << 10, 768L << 10, (long) LENGTH), done);
    }

    @Test
    void sendsAllOfItToWhoAsksForEverythingAtOnce() throws Exception {
        byte[] content = content();
        Path file = Files.write(folder.resolve("file"), content);
        var taken = new Taking(Long.MAX_VALUE);

        new FilePublisher(file, "file", LENGTH, Progress.NONE).subscribe(taken);

        assertArrayEquals(content, taken.bytes.toByteArray());
        assertTrue(taken.completed);
    }

    @Test
    void failsWhenTheFileBecameShorter() throws Exception {
        Path file = Files.write(folder.resolve("file"), new byte[LENGTH - 1]);
        var taken = new Taking(1);

        new FilePublisher(file, "file", LENGTH, Progress.NONE).subscribe(taken);

        assertInstanceOf(IOException.class, taken.failure.orElseThrow());
    }

    @Test
    void failsWhenTheFileIsGone() {
        var taken = new Taking(1);

        new FilePublisher(folder.resolve("none"), "file", LENGTH, Progress.NONE).subscribe(taken);

        assertInstanceOf(IOException.class, taken.failure.orElseThrow());
    }

    @Test
    void refusesToBeAskedForNothing() throws Exception {
        Path file = Files.write(folder.resolve("file"), content());
        var taken = new Taking(0);

        new FilePublisher(file, "file", LENGTH, Progress.NONE).subscribe(taken);

        assertInstanceOf(IllegalArgumentException.class, taken.failure.orElseThrow());
    }

    private static byte[] content() {
        byte[] content = new byte[LENGTH];
        new Random(7).nextBytes(content);
        return content;
    }

    /// Asks for the same number of pieces at first and with each piece, from within the call.
    private static final class Taking implements Flow.Subscriber<ByteBuffer> {
        private final long atOnce;
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private Flow.@Nullable Subscription subscription;
        private boolean completed;
        private Optional<Throwable> failure = Optional.empty();

        Taking(long atOnce) {
            this.atOnce = atOnce;
        }

        @Override
        public void onSubscribe(Flow.Subscription given) {
            subscription = given;
            given.request(atOnce);
        }

        @Override
        public void onNext(ByteBuffer piece) {
            byte[] content = new byte[piece.remaining()];
            piece.get(content);
            bytes.writeBytes(content);
            Objects.requireNonNull(subscription).request(atOnce);
        }

        @Override
        public void onError(Throwable reason) {
            failure = Optional.of(reason);
        }

        @Override
        public void onComplete() {
            completed = true;
        }
    }
}
