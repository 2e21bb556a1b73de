package io.cloister.protocol.json;

import io.cloister.protocol.MalformedException;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A strict, bounded reader of I-JSON (RFC 8259 as narrowed by RFC 7493): UTF-8 without byte-order
/// mark, unique member names, no lone surrogates or noncharacters, and by our own profile integers
/// only, of magnitude below 2^53, without leading zeros, `-0`, fraction or exponent.
final class JsonReader {
    private final String text;
    private final JsonLimits limits;
    private final String path;
    private int at;
    private int depth;
    private int values;

    JsonReader(byte[] utf8, JsonLimits limits, String path) throws MalformedException {
        if (utf8.length > limits.maxBytes()) {
            throw new MalformedException(
                    path, "at most " + limits.maxBytes() + " bytes", utf8.length + " bytes");
        }
        try {
            this.text =
                    StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString();
        } catch (CharacterCodingException _) {
            throw new MalformedException(path, "UTF-8", "bytes that are not");
        }
        this.limits = limits;
        this.path = path;
    }

    Json read() throws MalformedException {
        Json value = value();
        blanks();
        if (at < text.length()) {
            throw unexpected("the end");
        }
        return value;
    }

    private Json value() throws MalformedException {
        if (++values > limits.maxValues()) {
            throw new MalformedException(path, "at most " + limits.maxValues() + " values", "more");
        }
        blanks();
        if (at == text.length()) {
            throw unexpected("a value");
        }
        return switch (text.charAt(at)) {
            case '{' -> object();
            case '[' -> array();
            case '"' -> new Json.Str(string());
            case 't' -> literal("true", new Json.Bool(true));
            case 'f' -> literal("false", new Json.Bool(false));
            case 'n' -> literal("null", new Json.Null());
            default -> number();
        };
    }

    private Json object() throws MalformedException {
        enter();
        Map<String, Json> members = new LinkedHashMap<>();
        if (!closes('}')) {
            do {
                blanks();
                if (at == text.length() || text.charAt(at) != '"') {
                    throw unexpected("a member name");
                }
                String name = string();
                blanks();
                expect(':');
                if (members.putIfAbsent(name, value()) != null) {
                    throw new MalformedException(path, "unique member names", "two of " + name);
                }
            } while (continues('}'));
        }
        depth--;
        return new Json.Obj(members);
    }

    private Json array() throws MalformedException {
        enter();
        List<Json> elements = new ArrayList<>();
        if (!closes(']')) {
            do {
                elements.add(value());
            } while (continues(']'));
        }
        depth--;
        return new Json.Arr(elements);
    }

    private void enter() throws MalformedException {
        if (++depth > limits.maxDepth()) {
            throw new MalformedException(path, "at most " + limits.maxDepth() + " levels", "more");
        }
        at++;
    }

    private boolean closes(char end) {
        blanks();
        if (at < text.length() && text.charAt(at) == end) {
            at++;
            return true;
        }
        return false;
    }

    private boolean continues(char end) throws MalformedException {
        if (closes(end)) {
            return false;
        }
        expect(',');
        return true;
    }

    private String string() throws MalformedException {
        at++;
        int from = at;
        while (at < text.length() && isPlain(text.charAt(at))) {
            at++;
        }
        var value = new StringBuilder().append(text, from, at);
        while (true) {
            if (at == text.length()) {
                throw unexpected("the end of a string");
            }
            char c = text.charAt(at++);
            if (c == '"') {
                break;
            }
            if (c < 0x20) {
                at--;
                throw unexpected("an escaped control character");
            }
            value.append(c == '\\' ? escape() : c);
        }
        String result = value.toString();
        if (!isUnicode(result)) {
            throw new MalformedException(
                    path, "no lone surrogate or noncharacter", "one before character " + at);
        }
        return result;
    }

    /// Whether `c` stands for itself: most strings hold nothing else, and are taken in one piece.
    private static boolean isPlain(char c) {
        return c >= 0x20 && c != '"' && c != '\\';
    }

    private char escape() throws MalformedException {
        if (at == text.length()) {
            throw unexpected("an escape");
        }
        char c = text.charAt(at++);
        return switch (c) {
            case '"', '\\', '/' -> c;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> unicodeEscape();
            default -> {
                at--;
                throw unexpected("an escape");
            }
        };
    }

    private char unicodeEscape() throws MalformedException {
        int value = 0;
        for (int i = 0; i < 4; i++) {
            int digit = at < text.length() ? hexDigit(text.charAt(at)) : -1;
            if (digit < 0) {
                throw unexpected("four hexadecimal digits");
            }
            value = value << 4 | digit;
            at++;
        }
        return (char) value;
    }

    private static int hexDigit(char c) {
        return c < 0x80 ? Character.digit(c, 16) : -1;
    }

    private Json number() throws MalformedException {
        int start = at;
        boolean negative = text.charAt(at) == '-';
        if (negative) {
            at++;
        }
        int digits = at;
        long value = 0;
        while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
            value = value * 10 + (text.charAt(at++) - '0');
            if (value > Json.MAX_INTEGER) {
                at = start;
                throw unexpected("an integer of magnitude below 2^53");
            }
        }
        boolean none = at == digits;
        boolean zeroFirst = at - digits > 1 && text.charAt(digits) == '0';
        boolean minusZero = negative && value == 0;
        boolean fraction = at < text.length() && ".eE".indexOf(text.charAt(at)) >= 0;
        if (none || zeroFirst || minusZero || fraction) {
            at = start;
            throw unexpected(none ? "a value" : "an integer in its shortest form");
        }
        return new Json.Num(negative ? -value : value);
    }

    private Json literal(String word, Json value) throws MalformedException {
        if (!text.startsWith(word, at)) {
            throw unexpected("a value");
        }
        at += word.length();
        return value;
    }

    private void expect(char c) throws MalformedException {
        if (at == text.length() || text.charAt(at) != c) {
            throw unexpected("'" + c + "'");
        }
        at++;
    }

    private void blanks() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private MalformedException unexpected(String expected) {
        String came =
                at == text.length()
                        ? "the end"
                        : text.substring(at, Math.min(text.length(), at + 20));
        return new MalformedException(path, expected + " at character " + at, came);
    }

    /// Whether `text` holds characters only: no lone surrogate and no noncharacter (RFC 7493 §2.1).
    static boolean isUnicode(String text) {
        for (int i = 0; i < text.length(); ) {
            int codePoint = text.codePointAt(i);
            boolean surrogate = codePoint >= 0xd800 && codePoint <= 0xdfff;
            boolean noncharacter =
                    (codePoint & 0xfffe) == 0xfffe || (codePoint >= 0xfdd0 && codePoint <= 0xfdef);
            if (surrogate || noncharacter) {
                return false;
            }
            i += Character.charCount(codePoint);
        }
        return true;
    }
}
