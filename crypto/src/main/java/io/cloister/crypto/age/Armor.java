package io.cloister.crypto.age;

import io.cloister.crypto.age.AgeException.Stage;

import org.jspecify.annotations.Nullable;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Base64;
import java.util.Objects;

/// Reads age's ASCII armor: a file as text, between `-----BEGIN AGE ENCRYPTED FILE-----` and its
/// `END`.
///
/// Armor is for people who paste; Cloister itself never writes it and never sends it. Strict as the
/// specification is: lines of 64 columns but the last, canonical base64, nothing but white space
/// around.
///
/// Specification: [C2SP age](https://c2sp.org/age)
public final class Armor {
    private static final String BEGIN = "-----BEGIN AGE ENCRYPTED FILE-----";
    private static final String END = "-----END AGE ENCRYPTED FILE-----";
    private static final int COLUMNS = 64;

    /// White space tolerated before and after.
    private static final int MAX_SPACE = 1024;

    private Armor() {}

    /// Whether `file` goes on with armor, white space before it included. Leaves the position where
    /// it is.
    ///
    /// @param file must support `mark`
    /// @throws IOException if it fails
    public static boolean isNext(BufferedInputStream file) throws IOException {
        file.mark(MAX_SPACE + BEGIN.length());
        try {
            int next = skipSpace(file);
            for (int i = 0; i < BEGIN.length(); i++) {
                if (next != BEGIN.charAt(i)) {
                    return false;
                }
                next = i + 1 < BEGIN.length() ? file.read() : next;
            }
            return true;
        } finally {
            file.reset();
        }
    }

    /// A stream of the bytes that `armored` stands for. Its reads throw [AgeException] at stage
    /// [Stage#ARMOR]; closing it closes `armored`.
    public static InputStream decoding(InputStream armored) {
        return new Decoder(new BufferedInputStream(armored));
    }

    private static boolean isSpace(int c) {
        return c == ' ' || c == '\t' || c == '\r' || c == '\n';
    }

    /// The first character that is no white space, or -1, or a white space if there is too much.
    private static int skipSpace(InputStream source) throws IOException {
        int next = source.read();
        for (int i = 1; isSpace(next) && i < MAX_SPACE; i++) {
            next = source.read();
        }
        return next;
    }

    private static final class Decoder extends InputStream {
        private final BufferedInputStream source;
        private boolean begun;
        private boolean shortLineSeen;
        private byte @Nullable [] decoded = {};
        private int position;

        Decoder(BufferedInputStream source) {
            this.source = source;
        }

        @Override
        public int read() throws IOException {
            byte[] single = new byte[1];
            return read(single, 0, 1) < 0 ? -1 : single[0] & 0xff;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            Objects.checkFromIndexSize(offset, length, target.length);
            while (decoded != null && position == decoded.length) {
                decoded = nextLine();
                position = 0;
            }
            if (decoded == null) {
                return -1;
            }
            int count = Math.min(length, decoded.length - position);
            System.arraycopy(decoded, position, target, offset, count);
            position += count;
            return count;
        }

        @Override
        public void close() throws IOException {
            source.close();
        }

        /// What the next line stands for, or nothing after the end.
        private byte @Nullable [] nextLine() throws IOException {
            if (!begun) {
                int first = skipSpace(source);
                if (!line(first).equals(BEGIN)) {
                    throw refused("expected " + BEGIN);
                }
                begun = true;
            }
            String line = line(source.read());
            if (line.equals(END)) {
                requireOnlySpace();
                return null;
            }
            if (shortLineSeen) {
                throw refused("a line after one of less than " + COLUMNS + " columns");
            }
            shortLineSeen = line.length() < COLUMNS;
            return base64(line);
        }

        /// The line that begins with `first`, without its end (LF or CRLF); the last one may have
        /// none.
        private String line(int first) throws IOException {
            var line = new StringBuilder(COLUMNS);
            int next = first;
            while (next >= 0 && next != '\n') {
                if (line.length() > COLUMNS) {
                    throw refused("a line of more than " + COLUMNS + " columns");
                }
                line.append((char) next);
                next = source.read();
            }
            int end = line.length() - 1;
            if (next == '\n' && end >= 0 && line.charAt(end) == '\r') {
                line.setLength(end);
            }
            return line.toString();
        }

        private static byte[] base64(String line) throws AgeException {
            if (line.isEmpty() || line.length() > COLUMNS) {
                throw refused("expected lines of 1 to " + COLUMNS + " columns, then " + END);
            }
            try {
                byte[] data = Base64.getDecoder().decode(line);
                if (Base64.getEncoder().encodeToString(data).equals(line)) {
                    return data;
                }
            } catch (IllegalArgumentException _) {
                // Refused below.
            }
            throw refused("expected canonical base64");
        }

        private void requireOnlySpace() throws IOException {
            if (skipSpace(source) >= 0) {
                throw refused("something other than a little white space after the end");
            }
        }

        private static AgeException refused(String why) {
            return new AgeException(Stage.ARMOR, "age armor: " + why);
        }
    }
}
