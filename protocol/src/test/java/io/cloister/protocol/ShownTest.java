package io.cloister.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ShownTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "plain text",
                "Größe 東京 😂 🇪🇺",
                "שלום",
                "é e\u0301",
                "कि",
                "a-b_c.d (1) \"x\""
            })
    void leavesPlainTextAlone(String text) {
        assertEquals(text, Shown.bounded(text));
    }

    @Test
    void escapesTerminalSequencesAndLines() {
        assertEquals("\\u{1b}[2Jx", Shown.bounded("\u001b[2Jx"));
        assertEquals("\\u{9b}31m", Shown.bounded("\u009b31m"));
        assertEquals("a\\u{d}\\u{a}b\\u{9}c\\u{7}\\u{0}", Shown.bounded("a\r\nb\tc\u0007\u0000"));
        assertEquals("\\u{7f}\\u{85}\\u{2028}\\u{2029}", Shown.bounded("\u007f\u0085\u2028\u2029"));
    }

    @Test
    void escapesWhatReordersOrHidesText() {
        for (int c :
                new int[] {
                    0x061c, 0x200b, 0x200c, 0x200d, 0x200e, 0x200f, 0x202a, 0x202b, 0x202c, 0x202d,
                            0x202e, 0x2060,
                    0x2061, 0x2064, 0x2066, 0x2067, 0x2068, 0x2069, 0x206f, 0xfeff, 0xfff9, 0xfffb,
                            0x00ad, 0x180e,
                    0x034f, 0x115f, 0x1160, 0x17b4, 0x17b5, 0x180b, 0x180f, 0x2800, 0x3164, 0xfe00,
                            0xfe0f, 0xffa0,
                    0xe0001, 0xe007f, 0xe0100, 0xe01ef, 0x1d173, 0x1bca0, 0xe000, 0xf0000, 0xfdd0,
                            0x0378
                }) {
            String text = "a" + Character.toString(c) + "b";
            assertEquals("a\\u{" + Integer.toHexString(c) + "}b", Shown.bounded(text));
        }
    }

    @Test
    void escapesSpacesThatAreNotTheSpace() {
        assertEquals("a b\\u{a0}\\u{2003}\\u{3000}", Shown.bounded("a b\u00a0\u2003\u3000"));
    }

    @Test
    void escapesLoneSurrogatesAndTheEscapeItself() {
        assertEquals("\\u{d800}\\\\{41}", Shown.bounded("\ud800" + "\\{41}"));
    }

    @Test
    void escapesPilesOfCombiningMarksAndOneThatLeads() {
        String mark = "\u0301";
        assertEquals("e" + mark.repeat(3), Shown.bounded("e" + mark.repeat(3)));
        assertEquals(
                "e" + mark.repeat(3) + "\\u{301}\\u{301}", Shown.bounded("e" + mark.repeat(5)));
        assertEquals("\\u{301}e", Shown.bounded(mark + "e"));
        assertEquals("\\u{20dd}", Shown.bounded("\u20dd"));
    }

    @Test
    void cutsAtCodePoints() {
        assertEquals("😂😂…", Shown.escaped("😂😂😂", 2));
        assertEquals("😂😂", Shown.escaped("😂😂", 2));
        assertEquals("…", Shown.escaped("a", 0));
        assertEquals(121, Shown.bounded("x".repeat(500)).length());
        assertTrue(Shown.bounded("x".repeat(500)).endsWith("…"));
        assertFalse(Shown.bounded("x".repeat(120)).endsWith("…"));
    }
}
