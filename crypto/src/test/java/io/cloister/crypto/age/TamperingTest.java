package io.cloister.crypto.age;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.crypto.SecretExposure;
import io.cloister.crypto.age.AgeException.Stage;
import io.cloister.protocol.Bytes;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/// An accepted file, changed in one place at a time.
final class TamperingTest {
    private static final HybridIdentity IDENTITY = HybridIdentity.generate(new SecureRandom());
    private static final int SEALED = 65552;
    private static final int CHUNKS = 20;

    private final byte[] clear = new byte[CHUNKS * 65536 - 1000];
    private final byte[] header;
    private final byte[] body;

    TamperingTest() throws IOException {
        new SplittableRandom(1).nextBytes(clear);
        var sealing = Sealing.to(List.of(IDENTITY.recipient()));
        var sink = new ByteArrayOutputStream();
        sealing.body(new ByteArrayInputStream(clear), sink, 1);
        header = sealing.header().toArray();
        body = sink.toByteArray();
        assertArrayEquals(clear, open(body, 2));
    }

    @Test
    void refusesEveryChangedChunk() {
        for (int chunk = 0; chunk < CHUNKS; chunk++) {
            for (int at : new int[] {0, 30_000, 63_000}) {
                byte[] changed = body.clone();
                changed[16 + chunk * SEALED + at] ^= 1;
                refusesPayload(changed, chunk);
            }
        }
    }

    @Test
    void refusesEveryChangedNonce() {
        for (int i = 0; i < 16; i++) {
            byte[] changed = body.clone();
            changed[i] ^= 1;
            refusesPayload(changed, 0);
        }
    }

    @Test
    void refusesAFileCutAtAndAroundEveryChunkBoundary() {
        for (int chunk = 1; chunk < CHUNKS; chunk++) {
            int boundary = 16 + chunk * SEALED;
            // Cut exactly between chunks, the one before is authentic and given out.
            refusesPayload(Arrays.copyOf(body, boundary), chunk);
            refusesPayload(Arrays.copyOf(body, boundary - 1), chunk - 1);
            refusesPayload(Arrays.copyOf(body, boundary + 1), chunk);
            refusesPayload(Arrays.copyOf(body, boundary + 16), chunk);
            refusesPayload(Arrays.copyOf(body, boundary + 17), chunk);
        }
        refusesPayload(Arrays.copyOf(body, body.length - 1), CHUNKS - 1);
        refusesPayload(Arrays.copyOf(body, 16), 0);
        refuses(Stage.HEADER, concat(header, Arrays.copyOf(body, 15)));
        refuses(Stage.HEADER, header);
    }

    @Test
    void refusesAnythingAfterTheEnd() {
        for (int added : new int[] {1, 16, 17, 999, 1000, SEALED}) {
            refusesPayload(Arrays.copyOf(body, body.length + added), CHUNKS - 1);
        }
        refusesPayload(concat(body, Arrays.copyOfRange(body, 16, body.length)), CHUNKS - 1);
    }

    @Test
    void refusesSwappedRepeatedAndDroppedChunks() {
        for (int chunk = 0; chunk + 2 < CHUNKS; chunk++) {
            byte[] swapped = body.clone();
            copyChunk(chunk, swapped, chunk + 1);
            copyChunk(chunk + 1, swapped, chunk);
            refusesPayload(swapped, chunk);

            byte[] repeated = body.clone();
            copyChunk(chunk, repeated, chunk + 1);
            refusesPayload(repeated, chunk + 1);

            int start = 16 + chunk * SEALED;
            byte[] dropped =
                    concat(
                            Arrays.copyOf(body, start),
                            Arrays.copyOfRange(body, start + SEALED, body.length));
            refusesPayload(dropped, chunk);
        }
    }

    /// Chunks sealed with the right key and counter, but with the mark of the last one where it
    /// does not belong.
    @Test
    void refusesAWrongMarkOfTheLastChunk() throws Exception {
        byte[] fileKey = new byte[16];
        byte[] nonce = new byte[16];
        var cipher = ChunkCipher.sealing(PayloadKey.derive(fileKey, nonce));
        byte[] sealed = new byte[2 * SEALED];
        int first = cipher.apply(0, true, clear, 65536, sealed, 0);
        cipher.apply(1, true, clear, 65536, sealed, first);

        var batch = new Batch(ChunkCipher.opening(PayloadKey.derive(fileKey, nonce)), true, 4);
        batch.readFrom(new ByteArrayInputStream(sealed), new Batch.Ahead());
        batch.work(0);
        assertEquals(65536, batch.outputLength());
        var e = assertThrows(AgeException.class, batch::requireGood);
        assertTrue(String.valueOf(e.getMessage()).contains("goes on after chunk 0"));
    }

    @Test
    void refusesABodyOfAnotherFile() {
        byte[] other = Sealing.to(List.of(IDENTITY.recipient())).header().toArray();

        refuses(Stage.PAYLOAD, concat(other, body));
    }

    @Test
    void refusesEveryChangedByteOfTheHeader() {
        byte[] file = concat(header, Arrays.copyOf(body, 16 + SEALED));
        for (int i = 0; i < header.length; i += i < 60 || i > header.length - 120 ? 1 : 13) {
            byte[] changed = file.clone();
            changed[i] ^= 1;
            assertThrows(AgeException.class, () -> openWhole(changed), "byte " + i);
        }
    }

    @Test
    void refusesAnotherMac() {
        byte[] changed = header.clone();
        int at = changed.length - 20;
        changed[at] = (byte) (changed[at] == 'A' ? 'B' : 'A');

        refuses(Stage.HMAC, concat(changed, body));
    }

    /// A stanza added in good form does not match the MAC.
    @Test
    void refusesAStanzaAddedToTheHeader() {
        String text = new String(header, StandardCharsets.US_ASCII);
        String added = text.replace("\n--- ", "\n-> example.com/mine\n\n--- ");

        refuses(Stage.HMAC, concat(added.getBytes(StandardCharsets.US_ASCII), body));
    }

    private byte[] open(byte[] changedBody, int threads) throws IOException {
        var out = new ByteArrayOutputStream();
        var file = new ByteArrayInputStream(concat(header, changedBody));
        Opening.with(IDENTITY).open(file, out, threads);
        return out.toByteArray();
    }

    /// Refused on one thread and on several, after exactly `chunks` whole chunks.
    private void refusesPayload(byte[] changedBody, int chunks) {
        for (int threads : new int[] {1, 3}) {
            var out = new ByteArrayOutputStream();
            var file = new ByteArrayInputStream(concat(header, changedBody));
            var e =
                    assertThrows(
                            AgeException.class,
                            () -> Opening.with(IDENTITY).open(file, out, threads));
            assertEquals(Stage.PAYLOAD, e.stage(), e.getMessage());
            assertArrayEquals(Arrays.copyOf(clear, chunks * 65536), out.toByteArray());
        }
    }

    private void refuses(Stage stage, byte[] file) {
        var e = assertThrows(AgeException.class, () -> openWhole(file));
        assertEquals(stage, e.stage(), e.getMessage());
    }

    private static byte[] openWhole(byte[] file) throws AgeException {
        return Opening.with(IDENTITY)
                .open(Bytes.copyOf(file), 64 << 20)
                .expose(SecretExposure.acknowledged());
    }

    private void copyChunk(int from, byte[] target, int to) {
        System.arraycopy(body, 16 + from * SEALED, target, 16 + to * SEALED, SEALED);
    }

    private static byte[] concat(byte[] first, byte[] second) {
        byte[] all = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
    }
}
