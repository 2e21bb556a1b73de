package io.cloister.protocol;

/// Makes text that another party wrote fit to be shown: one line, bounded, no terminal controls, no
/// characters that reorder or hide others (Unicode bidi controls, zero-width, format and blank
/// characters, piles of combining marks). Letters that are written from right to left stay as they
/// are: show one field a line.
public final class Shown {
    private static final int MAX_CODE_POINTS = 120;

    /// Most combining marks on one letter: more would paint over other lines.
    private static final int MAX_MARKS = 3;

    private Shown() {}

    /// At most 120 code points of `text`, everything unprintable written as `\\u{…}`.
    public static String bounded(String text) {
        return escaped(text, MAX_CODE_POINTS);
    }

    /// At most `maxCodePoints` of `text`, everything unprintable written as `\\u{…}`.
    public static String escaped(String text, int maxCodePoints) {
        if (text.length() <= maxCodePoints && isPrintableAscii(text)) {
            return text;
        }
        var shown = new StringBuilder();
        int count = 0;
        int marks = 0;
        for (int i = 0; i < text.length(); ) {
            if (count++ == maxCodePoints) {
                return shown.append('…').toString();
            }
            int codePoint = text.codePointAt(i);
            i += Character.charCount(codePoint);
            marks = isMark(codePoint) ? marks + 1 : 0;
            boolean piled = marks > MAX_MARKS || (marks > 0 && count == 1);
            if (codePoint == '\\') {
                shown.append("\\\\");
            } else if (isPlain(codePoint) && !piled) {
                shown.appendCodePoint(codePoint);
            } else {
                shown.append("\\u{").append(Integer.toHexString(codePoint)).append('}');
            }
        }
        return shown.toString();
    }

    /// Most of what is shown is our own words: nothing in them is ever escaped.
    private static boolean isPrintableAscii(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < ' ' || c > '~' || c == '\\') {
                return false;
            }
        }
        return true;
    }

    private static boolean isPlain(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR ->
                    false;
            case Character.SPACE_SEPARATOR -> codePoint == ' ';
            default -> !looksLikeNothing(codePoint);
        };
    }

    /// Letters, marks and symbols that have no ink: those of Default_Ignorable_Code_Point that are
    /// not format characters already (Unicode 16.0, DerivedCoreProperties.txt), and the blank
    /// Braille pattern.
    private static boolean looksLikeNothing(int codePoint) {
        return switch (codePoint) {
            case 0x034f, 0x115f, 0x1160, 0x17b4, 0x17b5, 0x2800, 0x3164, 0xffa0 -> true;
            default ->
                    (codePoint >= 0x180b && codePoint <= 0x180f)
                            || (codePoint >= 0xfe00 && codePoint <= 0xfe0f)
                            || (codePoint >= 0xe0000 && codePoint <= 0xe0fff);
        };
    }

    private static boolean isMark(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.NON_SPACING_MARK, Character.ENCLOSING_MARK -> true;
            default -> false;
        };
    }
}
