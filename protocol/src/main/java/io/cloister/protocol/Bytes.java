package io.cloister.protocol;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Objects;

/// Immutable public bytes. Never for secrets: `equals` is not constant time and `toString` may show
/// content.
public final class Bytes {
    private static final Bytes EMPTY = new Bytes(new byte[0]);

    private final byte[] content;

    private Bytes(byte[] content) {
        this.content = content;
    }

    /// A copy of `content`.
    public static Bytes copyOf(byte[] content) {
        return content.length == 0 ? EMPTY : new Bytes(content.clone());
    }

    /// The UTF-8 form of `text`.
    public static Bytes utf8(String text) {
        return new Bytes(text.getBytes(StandardCharsets.UTF_8));
    }

    /// The parts one after the other.
    public static Bytes concat(Bytes... parts) {
        int length = 0;
        for (Bytes part : parts) {
            length = Math.addExact(length, part.length());
        }
        byte[] all = new byte[length];
        int offset = 0;
        for (Bytes part : parts) {
            System.arraycopy(part.content, 0, all, offset, part.length());
            offset += part.length();
        }
        return new Bytes(all);
    }

    /// Decodes lower-case hexadecimal.
    ///
    /// @throws MalformedException if `text` is anything else, naming `path`
    public static Bytes fromHex(String text, String path) throws MalformedException {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f')) {
                throw new MalformedException(path, "lower-case hexadecimal digits", text);
            }
        }
        if (text.length() % 2 != 0) {
            throw new MalformedException(path, "an even number of hexadecimal digits", text);
        }
        return new Bytes(HexFormat.of().parseHex(text));
    }

    /// Decodes RFC 4648 §4 base64 with padding, in its one canonical form only.
    ///
    /// @throws MalformedException if `text` is anything else, naming `path`
    public static Bytes fromBase64(String text, String path) throws MalformedException {
        byte[] decoded;
        try {
            decoded = Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException _) {
            throw new MalformedException(path, "base64 with padding", text);
        }
        if (!Base64.getEncoder().encodeToString(decoded).equals(text)) {
            throw new MalformedException(path, "base64 in its canonical form", text);
        }
        return new Bytes(decoded);
    }

    /// Number of bytes.
    public int length() {
        return content.length;
    }

    /// The byte at `index`.
    ///
    /// @throws IndexOutOfBoundsException if there is none
    public byte at(int index) {
        return content[index];
    }

    /// A part of the content.
    ///
    /// @throws IndexOutOfBoundsException if there is no such part
    public Bytes slice(int from, int length) {
        Objects.checkFromIndexSize(from, length, content.length);
        return length == 0 ? EMPTY : new Bytes(Arrays.copyOfRange(content, from, from + length));
    }

    /// A fresh copy of the content.
    public byte[] toArray() {
        return content.clone();
    }

    /// Lower-case hexadecimal.
    public String hex() {
        return HexFormat.of().formatHex(content);
    }

    /// RFC 4648 §4 base64 with padding.
    public String base64() {
        return Base64.getEncoder().encodeToString(content);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Bytes that && Arrays.equals(content, that.content);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(content);
    }

    /// The length and the first bytes, for people.
    @Override
    public String toString() {
        return content.length
                + " bytes "
                + HexFormat.of().formatHex(content, 0, Math.min(content.length, 8))
                + (content.length > 8 ? "…" : "");
    }
}
