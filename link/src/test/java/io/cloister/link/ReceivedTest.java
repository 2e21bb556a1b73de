package io.cloister.link;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.random.RandomGenerator;

final class ReceivedTest {
    private static final int WINDOW = 128 << 10;

    private final Received received = new Received();

    @Test
    void bytesOneByOneTakeNoMoreMemoryThanTheyAre() {
        for (int i = 0; i < WINDOW; i++) {
            received.add(new byte[] {1});
        }
        assertEquals(WINDOW, received.capacity());
    }

    @Test
    void aWindowInTheWorstPiecesTakesTwiceItsMemory() {
        for (int left = WINDOW; left > 0; left -= 4097) {
            received.add(new byte[1]);
            received.add(new byte[4096]);
        }
        assertTrue(received.capacity() <= 2 * WINDOW + 8192, () -> "" + received.capacity());
    }

    @Test
    void givesAllBytesInOrderWhateverPiecesTheyComeAndGoIn() {
        var random = RandomGenerator.of("L64X128MixRandom");
        byte[] content = new byte[1 << 20];
        random.nextBytes(content);
        byte[] taken = new byte[content.length];
        int at = 0;
        int out = 0;
        while (out < content.length) {
            if (at < content.length && random.nextBoolean()) {
                int most = random.nextInt(3) == 0 ? 20_000 : 300;
                int part = Math.min(content.length - at, random.nextInt(most));
                received.add(Arrays.copyOfRange(content, at, at + part));
                at += part;
            } else {
                int most = Math.min(content.length - out, 1 + random.nextInt(5_000));
                int part = received.take(taken, out, most);
                assertEquals(part == 0, out == at);
                out += part;
            }
        }
        assertArrayEquals(content, taken);
        assertTrue(received.isEmpty());
        assertEquals(0, received.available());
    }
}
