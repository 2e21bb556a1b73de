package io.cloister.protocol;

/// Makes text that another party wrote fit to be shown: one line, bounded, no terminal controls, no characters that
/// reorder or hide others (Unicode bidi controls, zero-width and format characters).
public final class Shown {
    private static final int MAX_CODE_POINTS = 120;

    private Shown() {}

    /// At most 120 code points of `text`, everything unprintable written as `\\u{…}`.
    public static String bounded(String text) {
        return escaped(text, MAX_CODE_POINTS);
    }

    /// At most `maxCodePoints` of `text`, everything unprintable written as `\\u{…}`.
    public static String escaped(String text, int maxCodePoints) {
        var shown = new StringBuilder();
        int count = 0;
        for (int i = 0; i < text.length(); ) {
            if (count++ == maxCodePoints) {
                return shown.append('…').toString();
            }
            int codePoint = text.codePointAt(i);
            i += Character.charCount(codePoint);
            if (codePoint == '\\') {
                shown.append("\\\\");
            } else if (isPlain(codePoint)) {
                shown.appendCodePoint(codePoint);
            } else {
                shown.append("\\u{").append(Integer.toHexString(codePoint)).append('}');
            }
        }
        return shown.toString();
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
            default -> true;
        };
    }
}
