package io.cloister.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.TreeSet;

class PadmeTest {
    /// 9,216 = 2^13 + 2^10: exponent 13 takes 4 bits, so the lowest 9 bits become zero.
    @Test
    void roundsUpTheLowestBits() {
        assertEquals(9_216, Padme.length(9_216));
        assertEquals(9_728, Padme.length(9_217));
        assertEquals((1L << 30), Padme.length((1L << 30) - 1));
        assertEquals((1L << 30) + (1L << 25), Padme.length((1L << 30) + 1));
    }

    @Test
    void isNeverShorterNorMoreThanAnEighthLonger() {
        for (long length = 1025; length < 1L << 45; length += 1 + length / 97) {
            long padded = Padme.length(length);
            assertTrue(
                    padded >= length && padded - length <= length / 8,
                    length + " became " + padded);
            assertEquals(padded, Padme.length(padded));
        }
    }

    @Test
    void hidesSmallLengthsAltogether() {
        for (long length = 0; length <= 1024; length++) {
            assertEquals(1024, Padme.length(length));
        }
    }

    @Test
    void hasFewLengths() {
        var lengths = new TreeSet<Long>();
        for (long length = 1; length < 1L << 20; length++) {
            lengths.add(Padme.length(length));
        }
        assertTrue(lengths.size() < 330, lengths.size() + " lengths");
    }

    @Test
    void refusesNegativeLength() {
        assertThrows(IllegalArgumentException.class, () -> Padme.length(-1));
    }
}
