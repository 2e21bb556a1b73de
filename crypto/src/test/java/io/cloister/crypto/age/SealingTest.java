package io.cloister.crypto.age;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.exceptionfactory.jagged.framework.stream.StandardDecryptingChannelFactory;
import com.exceptionfactory.jagged.framework.stream.StandardEncryptingChannelFactory;
import com.exceptionfactory.jagged.x25519.X25519RecipientStanzaReaderFactory;
import com.exceptionfactory.jagged.x25519.X25519RecipientStanzaWriterFactory;

import io.cloister.crypto.SecretExposure;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.Sha256;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.security.DigestInputStream;
import java.security.DigestOutputStream;
import java.security.SecureRandom;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;

final class SealingTest {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final HybridIdentity HYBRID = HybridIdentity.generate(RANDOM);
    private static final X25519Identity CLASSICAL = X25519Identity.generate(RANDOM);
    private static final int CHUNK = 65536;

    @ParameterizedTest
    @ValueSource(
            ints = {
                0,
                1,
                15,
                16,
                CHUNK - 1,
                CHUNK,
                CHUNK + 1,
                2 * CHUNK,
                8 * CHUNK - 1,
                8 * CHUNK,
                8 * CHUNK + 1,
                16 * CHUNK,
                40 * CHUNK + 7
            })
    void opensWhatItSealedInEveryWay(int length) throws IOException {
        byte[] clear = random(length);
        for (Identity identity : List.of(HYBRID, CLASSICAL)) {
            for (int threads : new int[] {1, 2, 5}) {
                Bytes file = seal(identity, clear, threads);
                for (int opening : new int[] {1, 3}) {
                    assertArrayEquals(clear, open(identity, file, opening));
                }
                try (InputStream in =
                        Opening.with(identity).open(new ByteArrayInputStream(file.toArray()))) {
                    assertArrayEquals(clear, in.readAllBytes());
                }
            }
            assertArrayEquals(clear, open(identity, sealByStream(identity, clear), 2));
        }
    }

    @Test
    void opensUnderAPassphrase() throws IOException {
        var passphrase = Passphrase.of("correct horse".toCharArray()).withWorkFactor(3);
        Bytes file = Sealing.under(passphrase).file(new byte[] {1, 2});

        assertArrayEquals(
                new byte[] {1, 2},
                Opening.with(passphrase).open(file, 2).expose(SecretExposure.acknowledged()));
        refuses(
                AgeException.Stage.NO_MATCH,
                Opening.with(Passphrase.of("correct horsf".toCharArray())),
                file);
        refuses(AgeException.Stage.NO_MATCH, Opening.with(HYBRID), file);
        refuses(
                AgeException.Stage.NO_MATCH,
                Opening.with(passphrase),
                Sealing.to(List.of(HYBRID.recipient())).file(new byte[0]));
    }

    @Test
    void everyRecipientOpensAloneAndNobodyElse() throws IOException {
        var one = HybridIdentity.generate(RANDOM);
        var two = HybridIdentity.generate(RANDOM);
        Bytes file = Sealing.to(List.of(one.recipient(), two.recipient())).file(new byte[] {7});

        assertArrayEquals(new byte[] {7}, open(one, file, 1));
        assertArrayEquals(new byte[] {7}, open(two, file, 1));
        refuses(AgeException.Stage.NO_MATCH, Opening.with(HYBRID), file);
        Opening.with(List.of(HYBRID, CLASSICAL, two)).open(file, 1);
    }

    @Test
    void sealsToAsManyRecipientsAsAHeaderMayName() throws IOException {
        List<HybridRecipient> many = Collections.nCopies(64, HYBRID.recipient());
        Bytes file = Sealing.to(many).file(new byte[] {7});
        assertArrayEquals(new byte[] {7}, open(HYBRID, file, 1));

        var tooMany = Collections.nCopies(65, HYBRID.recipient());
        assertThrows(IllegalArgumentException.class, () -> Sealing.to(tooMany));
        assertThrows(IllegalArgumentException.class, () -> Sealing.to(List.of()));
    }

    @Test
    void doesNotMixPostQuantumAndClassicalRecipients() {
        assertThrows(
                IllegalArgumentException.class,
                () -> Sealing.to(List.of(HYBRID.recipient(), CLASSICAL.recipient())));
    }

    @Test
    void theHeaderIsThereBeforeTheBodyAndTheDigestAfter() throws IOException {
        byte[] clear = random(3 * CHUNK + 5);
        var sealing = Sealing.to(List.of(HYBRID.recipient()));
        var digest = Sha256.newDigest();
        digest.update(sealing.header().toArray());
        var body = new ByteArrayOutputStream();
        long length =
                sealing.body(
                        new ByteArrayInputStream(clear), new DigestOutputStream(body, digest), 2);

        assertEquals(body.size(), length);
        Bytes file = Bytes.concat(sealing.header(), Bytes.copyOf(body.toByteArray()));
        assertEquals(Sha256.of(file), Sha256.finish(digest));
        assertArrayEquals(clear, open(HYBRID, file, 1));
        assertTrue(
                new String(sealing.header().toArray(), StandardCharsets.US_ASCII)
                        .matches("(?s)age-encryption.org/v1\n-> .*\n--- [A-Za-z0-9+/]{43}\n"));
        refuses(AgeException.Stage.HEADER, Opening.with(HYBRID), Bytes.copyOf(body.toByteArray()));
    }

    @Test
    void digestsTheCiphertextInThePassThatOpensIt() throws IOException {
        Bytes file = seal(HYBRID, random(20 * CHUNK), 2);
        var digest = Sha256.newDigest();
        var source = new DigestInputStream(new ByteArrayInputStream(file.toArray()), digest);
        Opening.with(HYBRID).open(source, OutputStream.nullOutputStream(), 3);

        assertEquals(Sha256.of(file), Sha256.finish(digest));
    }

    @Test
    void makesOneBodyOnly() throws IOException {
        var sealing = Sealing.to(List.of(HYBRID.recipient()));
        sealing.body(InputStream.nullInputStream(), OutputStream.nullOutputStream(), 1);

        assertThrows(IllegalStateException.class, () -> sealing.file(new byte[0]));
        assertThrows(
                IllegalStateException.class, () -> sealing.body(OutputStream.nullOutputStream()));
        assertThrows(
                IllegalStateException.class,
                () ->
                        sealing.body(
                                InputStream.nullInputStream(), OutputStream.nullOutputStream(), 1));
    }

    @Test
    void sealsTheSameTwiceDifferently() {
        assertNotEquals(
                Sealing.to(List.of(HYBRID.recipient())).file(new byte[1]),
                Sealing.to(List.of(HYBRID.recipient())).file(new byte[1]));
    }

    @Test
    void aBodyStreamThatWasNotClosedCannotBeOpened() throws IOException {
        var sealing = Sealing.to(List.of(HYBRID.recipient()));
        var file = new ByteArrayOutputStream();
        file.write(sealing.header().toArray());
        OutputStream body = sealing.body(file);
        body.write(random(CHUNK + 1));
        body.flush();
        refuses(AgeException.Stage.PAYLOAD, Opening.with(HYBRID), Bytes.copyOf(file.toByteArray()));

        body.close();
        body.close();
        open(HYBRID, Bytes.copyOf(file.toByteArray()), 1);
        assertThrows(IOException.class, () -> body.write(0));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void passesOnTheSinksFailureOnAnyNumberOfThreads(int threads) {
        var failure = new IOException("disk full");
        var sink = new FailingOutput(failure, 9 * CHUNK);
        var thrown =
                assertThrows(
                        IOException.class,
                        () ->
                                Sealing.to(List.of(HYBRID.recipient()))
                                        .file(
                                                new ByteArrayInputStream(random(40 * CHUNK)),
                                                sink,
                                                threads));
        assertSame(failure, thrown);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void passesOnTheSourcesFailureAfterWritingWhatCameBefore(int threads) throws IOException {
        var failure = new IOException("connection reset");
        var source = new FailingInput(failure, 17 * CHUNK);
        var sink = new ByteArrayOutputStream();
        var sealing = Sealing.to(List.of(HYBRID.recipient()));
        var thrown = assertThrows(IOException.class, () -> sealing.body(source, sink, threads));

        assertSame(failure, thrown);
        assertEquals(16 + 16 * (CHUNK + 16), sink.size());
    }

    @Test
    void readsSourcesThatGiveLittleAtATime() throws IOException {
        byte[] clear = random(2 * CHUNK + 1);
        Bytes file = seal(HYBRID, clear, 1);
        var trickle =
                new ByteArrayInputStream(file.toArray()) {
                    @Override
                    public synchronized int read(byte[] target, int offset, int length) {
                        return super.read(target, offset, Math.min(length, 1 + length / 7));
                    }
                };
        var sink = new ByteArrayOutputStream();
        Opening.with(HYBRID).open(trickle, sink, 2);

        assertArrayEquals(clear, sink.toByteArray());
    }

    @Test
    void needsAtLeastOneThread() {
        assertThrows(
                IllegalArgumentException.class,
                () ->
                        Sealing.to(List.of(HYBRID.recipient()))
                                .body(
                                        InputStream.nullInputStream(),
                                        OutputStream.nullOutputStream(),
                                        0));
        assertTrue(Sealing.allCores() >= 1 && Sealing.allCores() <= 8);
    }

    /// jagged's own payload as oracle, both ways.
    @ParameterizedTest
    @ValueSource(ints = {0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 17 * CHUNK + 3})
    void agreesWithJagged(int length) throws Exception {
        byte[] clear = random(length);
        String identity =
                new String(
                        CLASSICAL
                                .text(SecretExposure.acknowledged())
                                .expose(SecretExposure.acknowledged()),
                        StandardCharsets.US_ASCII);
        var reader = X25519RecipientStanzaReaderFactory.newRecipientStanzaReader(identity);
        var ours = new ByteArrayInputStream(seal(CLASSICAL, clear, 2).toArray());
        try (var channel =
                new StandardDecryptingChannelFactory()
                        .newDecryptingChannel(Channels.newChannel(ours), List.of(reader))) {
            assertArrayEquals(clear, Channels.newInputStream(channel).readAllBytes());
        }

        var writer =
                X25519RecipientStanzaWriterFactory.newRecipientStanzaWriter(
                        CLASSICAL.recipient().text().value());
        var theirs = new ByteArrayOutputStream();
        try (WritableByteChannel channel =
                new StandardEncryptingChannelFactory()
                        .newEncryptingChannel(Channels.newChannel(theirs), List.of(writer))) {
            channel.write(ByteBuffer.wrap(clear));
        }
        assertArrayEquals(clear, open(CLASSICAL, Bytes.copyOf(theirs.toByteArray()), 3));
    }

    @Test
    void refusesContentLongerThanAsked() {
        Bytes file = Sealing.to(List.of(HYBRID.recipient())).file(new byte[11]);

        assertThrows(AgeException.class, () -> Opening.with(HYBRID).open(file, 10));
    }

    private static Bytes seal(Identity identity, byte[] clear, int threads) throws IOException {
        var file = new ByteArrayOutputStream();
        var sealing = Sealing.to(List.of(identity.recipient()));
        long length = sealing.file(new ByteArrayInputStream(clear), file, threads);
        assertEquals(file.size(), length);
        return Bytes.copyOf(file.toByteArray());
    }

    private static Bytes sealByStream(Identity identity, byte[] clear) throws IOException {
        var file = new ByteArrayOutputStream();
        var sealing = Sealing.to(List.of(identity.recipient()));
        file.write(sealing.header().toArray());
        try (OutputStream body = sealing.body(file)) {
            int half = clear.length / 2;
            body.write(clear, 0, half);
            for (int i = half; i < Math.min(clear.length, half + 3); i++) {
                body.write(clear[i]);
            }
            int rest = Math.min(clear.length, half + 3);
            body.write(clear, rest, clear.length - rest);
        }
        return Bytes.copyOf(file.toByteArray());
    }

    private static byte[] open(Identity identity, Bytes file, int threads) throws IOException {
        var clear = new ByteArrayOutputStream();
        long length =
                Opening.with(identity)
                        .open(new ByteArrayInputStream(file.toArray()), clear, threads);
        assertEquals(clear.size(), length);
        return clear.toByteArray();
    }

    private static void refuses(AgeException.Stage stage, Opening opening, Bytes file) {
        var e = assertThrows(AgeException.class, () -> opening.open(file, 1 << 20));
        assertEquals(stage, e.stage(), e.getMessage());
        assertFalse(String.valueOf(e.getMessage()).isBlank());
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new SplittableRandom(length).nextBytes(bytes);
        return bytes;
    }

    private static final class FailingOutput extends OutputStream {
        private final IOException failure;
        private int left;

        FailingOutput(IOException failure, int after) {
            this.failure = failure;
            this.left = after;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] source, int offset, int length) throws IOException {
            left -= length;
            if (left < 0) {
                throw failure;
            }
        }
    }

    private static final class FailingInput extends InputStream {
        private final IOException failure;
        private int left;

        FailingInput(IOException failure, int after) {
            this.failure = failure;
            this.left = after;
        }

        @Override
        public int read() throws IOException {
            byte[] single = new byte[1];
            return read(single, 0, 1) < 0 ? -1 : 0;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            if (left == 0) {
                throw failure;
            }
            int count = Math.min(length, left);
            left -= count;
            return count;
        }
    }
}
