package io.cloister.crypto.cosmian;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.crypto.SecretExposure;
import io.cloister.protocol.Bytes;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.SecureRandom;
import java.util.Arrays;

final class SecretboxTest {
    private final SecretboxKey key = SecretboxKey.generate(new SecureRandom());
    private final byte[] content = Fixtures.bytes(150, 1);

    @Test
    void opensWhatItSealed() throws Exception {
        assertArrayEquals(content, Fixtures.open(key, Fixtures.seal(key, content)));
    }

    @Test
    void refusesAMessageWithAnyByteAltered() throws Exception {
        byte[] message = Fixtures.seal(key, content);
        assertEquals(content.length + SecretboxOpening.OVERHEAD, message.length);
        for (int i = 0; i < message.length; i++) {
            byte[] altered = Fixtures.flipped(message, i, 1 << i % 8);
            assertRefused(RefusedException.Stage.TAG, altered);
        }
    }

    @Test
    void refusesAMessageCutAnywhere() throws Exception {
        byte[] message = Fixtures.seal(key, content);
        for (int length = 0; length < message.length; length++) {
            assertRefused(
                    length < SecretboxOpening.OVERHEAD
                            ? RefusedException.Stage.LENGTH
                            : RefusedException.Stage.TAG,
                    Arrays.copyOf(message, length));
        }
        assertRefused(RefusedException.Stage.TAG, Arrays.copyOf(message, message.length + 1));
    }

    @Test
    void refusesAMessageUnderAnotherKey() throws Exception {
        byte[] message = Fixtures.seal(SecretboxKey.generate(new SecureRandom()), content);
        assertRefused(RefusedException.Stage.TAG, message);
    }

    private void assertRefused(RefusedException.Stage stage, byte[] message) {
        assertEquals(
                stage,
                assertThrows(RefusedException.class, () -> Fixtures.open(key, message)).stage());
    }

    @Test
    void sealsTheSameHoweverItIsWritten() throws Exception {
        var body = new ByteArrayOutputStream();
        var sealing = new SecretboxSealing(key, new SecureRandom(), body);
        sealing.write(content[0]);
        sealing.write(content, 1, 63);
        sealing.write(content, 64, 0);
        sealing.write(content, 64, content.length - 64);
        assertEquals(content.length, body.size(), "ciphertext goes at once");
        assertThrows(IllegalStateException.class, sealing::head);
        sealing.close();
        sealing.close();

        byte[] message = Bytes.concat(sealing.head(), Bytes.copyOf(body.toByteArray())).toArray();
        assertArrayEquals(content, Fixtures.open(key, message));
        assertThrows(IOException.class, () -> sealing.write(1));
        assertArrayEquals(
                message, Bytes.concat(sealing.head(), Bytes.copyOf(body.toByteArray())).toArray());
    }

    @Test
    void takesAFreshNonceForEveryMessage() throws Exception {
        byte[] one = Fixtures.seal(key, content);
        byte[] other = Fixtures.seal(key, content);
        assertFalse(Arrays.equals(Arrays.copyOf(one, 24), Arrays.copyOf(other, 24)));
    }

    /// 300 MiB pass through this test's heap, which could not hold them.
    @Test
    void opensMoreThanMemoryHolds() throws Exception {
        long size = 300L << 20;
        byte[] head = new byte[SecretboxOpening.OVERHEAD];
        var seen = new Counter();
        var message =
                new InputStream() {
                    private long left = size + head.length;

                    @Override
                    public int read() {
                        return left-- > 0 ? 0 : -1;
                    }

                    @Override
                    public int read(byte[] into, int offset, int length) {
                        int count = (int) Math.min(left, length);
                        Arrays.fill(into, offset, offset + count, (byte) 0);
                        left -= count;
                        return count == 0 ? -1 : count;
                    }
                };

        var refused =
                assertThrows(
                        RefusedException.class,
                        () -> SecretboxOpening.transfer(key, message, seen));
        assertEquals(RefusedException.Stage.TAG, refused.stage());
        assertEquals(size, seen.count);
    }

    private static final class Counter extends OutputStream {
        private long count;

        @Override
        public void write(int b) {
            count++;
        }

        @Override
        public void write(byte[] from, int offset, int length) {
            count += length;
        }
    }

    @Test
    void passesOnWhatASourceOrASinkFailsWith() {
        var broken =
                new FilterInputStream(
                        new ByteArrayInputStream(new byte[SecretboxOpening.OVERHEAD + 5])) {
                    @Override
                    public int read(byte[] into, int offset, int length) throws IOException {
                        int read = super.read(into, offset, length);
                        if (read < 0) {
                            throw new IOException("broken");
                        }
                        return read;
                    }
                };
        var failure =
                assertThrows(
                        IOException.class,
                        () ->
                                SecretboxOpening.transfer(
                                        key, broken, OutputStream.nullOutputStream()));
        assertFalse(failure instanceof RefusedException);
    }

    @Test
    void erasesAKeyAndShowsNothingOfIt() throws Exception {
        byte[] raw = Fixtures.bytes(32, 5);
        SecretboxKey one = Fixtures.key(raw);
        assertEquals("SecretboxKey", one.toString());
        assertEquals(Fixtures.key(raw), one);
        assertNotEquals(Fixtures.key(Fixtures.flipped(raw, 31, 1)), one);
        one.close();
        assertThrows(IllegalStateException.class, () -> Fixtures.seal(one, content));
        assertThrows(
                IllegalArgumentException.class,
                () -> SecretboxKey.of(new byte[31], SecretExposure.acknowledged()));
    }

    @Test
    void closesTheSinkWithTheMessage() throws Exception {
        boolean[] closed = {false};
        var sink =
                new OutputStream() {
                    @Override
                    public void write(int b) {}

                    @Override
                    public void close() {
                        closed[0] = true;
                    }
                };
        var sealing = new SecretboxSealing(key, new SecureRandom(), sink);
        assertFalse(closed[0]);
        sealing.close();
        assertTrue(closed[0]);
    }
}
