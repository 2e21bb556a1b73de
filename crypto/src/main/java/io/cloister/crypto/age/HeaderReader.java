package io.cloister.crypto.age;

import com.exceptionfactory.jagged.RecipientStanza;

import io.cloister.crypto.age.AgeException.Stage;
import io.cloister.protocol.Bytes;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Reads an age header, strictly and within bounds; nothing about it is trusted yet.
///
/// jagged reads headers too, but loosely: it takes a stanza type of any bytes, unbounded lines and
/// two spaces for one, ends a header cut inside a line with an unchecked exception, and
/// authenticates what it would have written instead of what it read. So here the grammar is
/// followed line by line, and the MAC is over the very bytes.
///
/// Specification: [C2SP age](https://c2sp.org/age)
final class HeaderReader {
    /// Largest header in bytes. 64 hybrid stanzas fit.
    static final int MAX_LENGTH = 128 << 10;

    /// Largest number of stanzas, and so of private key operations a hostile header can cause.
    static final int MAX_STANZAS = 64;

    private static final String VERSION = "age-encryption.org/v1";
    private static final String END = "---";
    private static final int MAX_LINE = 4096;
    private static final int MAX_ARGUMENTS = 16;
    private static final int BODY_COLUMNS = 64;
    private static final int MAC_LENGTH = 32;

    private final InputStream source;
    private final ByteArrayOutputStream raw = new ByteArrayOutputStream(2048);

    private HeaderReader(InputStream source) {
        this.source = source;
    }

    /// A header as read.
    ///
    /// @param stanzas in order
    /// @param authenticated what the MAC is over: everything up to and including `---`
    /// @param mac 32 bytes
    record Header(List<RecipientStanza> stanzas, Bytes authenticated, Bytes mac) {}

    /// Reads up to and including the line feed that ends the header, byte by byte: give it a
    /// buffered stream.
    ///
    /// @throws AgeException at stage [Stage#HEADER] if the header is malformed or out of bounds
    static Header read(InputStream source) throws IOException {
        try {
            return new HeaderReader(source).read();
        } catch (EOFException _) {
            throw refused("the file ends inside the header");
        }
    }

    private Header read() throws IOException {
        String version = line("version line");
        if (!version.equals(VERSION)) {
            throw refused("version line: expected " + VERSION);
        }
        List<RecipientStanza> stanzas = new ArrayList<>();
        int lineStart = raw.size();
        String line = line("first stanza");
        while (line.startsWith("-> ")) {
            if (stanzas.size() == MAX_STANZAS) {
                throw refused("more than " + MAX_STANZAS + " stanzas");
            }
            stanzas.add(stanza(line, stanzas.size() + 1));
            lineStart = raw.size();
            line = line("stanza " + (stanzas.size() + 1) + " or MAC");
        }
        if (!line.startsWith(END + " ")) {
            throw refused("line after stanza " + stanzas.size() + ": expected a stanza or the MAC");
        }
        if (stanzas.isEmpty()) {
            throw refused("expected at least one stanza");
        }
        byte[] mac = base64(line.substring(END.length() + 1), "MAC");
        if (mac.length != MAC_LENGTH) {
            throw refused("MAC: expected " + MAC_LENGTH + " bytes, got " + mac.length);
        }
        byte[] authenticated = Arrays.copyOf(raw.toByteArray(), lineStart + END.length());
        return new Header(List.copyOf(stanzas), Bytes.copyOf(authenticated), Bytes.copyOf(mac));
    }

    private Stanza stanza(String argumentLine, int number) throws IOException {
        String name = "stanza " + number;
        String[] arguments = argumentLine.substring(3).split(" ", MAX_ARGUMENTS + 1);
        if (arguments.length > MAX_ARGUMENTS) {
            throw refused(name + ": more than " + MAX_ARGUMENTS + " arguments");
        }
        for (String argument : arguments) {
            if (argument.isEmpty()) {
                throw refused(name + ": an argument is empty");
            }
            if (!argument.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
                throw refused(name + ": arguments are visible ASCII characters");
            }
        }
        List<String> rest = List.of(arguments).subList(1, arguments.length);
        return new Stanza(arguments[0], rest, body(name));
    }

    private byte[] body(String name) throws IOException {
        var body = new ByteArrayOutputStream();
        String line;
        do {
            line = line(name + " body");
            if (line.length() > BODY_COLUMNS) {
                throw refused(name + ": a body line has more than " + BODY_COLUMNS + " columns");
            }
            // Full lines hold 48 bytes exactly, so lines can be decoded one by one.
            body.writeBytes(base64(line, name + " body"));
        } while (line.length() == BODY_COLUMNS);
        return body.toByteArray();
    }

    private static byte[] base64(String text, String name) throws AgeException {
        try {
            return Base64NoPad.decode(text);
        } catch (IllegalArgumentException _) {
            throw refused(name + ": expected canonical base64 without padding");
        }
    }

    /// The next line without its line feed, each byte as one character.
    private String line(String name) throws IOException {
        var line = new StringBuilder();
        while (true) {
            int read = source.read();
            if (read < 0) {
                throw new EOFException(name);
            }
            raw.write(read);
            if (read == '\n') {
                return line.toString();
            }
            line.append((char) read);
            if (line.length() > MAX_LINE) {
                throw refused(name + ": longer than " + MAX_LINE + " bytes");
            }
            if (raw.size() >= MAX_LENGTH) {
                throw refused("longer than " + MAX_LENGTH + " bytes");
            }
        }
    }

    private static AgeException refused(String why) {
        return new AgeException(Stage.HEADER, "age header: " + why);
    }
}
