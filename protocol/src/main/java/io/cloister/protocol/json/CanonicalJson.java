package io.cloister.protocol.json;

import io.cloister.protocol.MalformedException;

import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// RFC 8785, the JSON Canonicalization Scheme, for our integer-only profile. A signed document is
/// read only from its canonical bytes, so that one meaning has one digest; its strings must also be
/// in Unicode normalization form C.
public final class CanonicalJson {
    private CanonicalJson() {}

    /// Reads a document that must be in canonical form, with strings in NFC.
    ///
    /// @throws MalformedException naming `path`, if the bytes are not the one form of their value
    public static Json parse(byte[] utf8, JsonLimits limits, String path)
            throws MalformedException {
        Json value = Json.parse(utf8, limits, path);
        if (!Arrays.equals(write(value), utf8)) {
            throw new MalformedException(
                    path, "canonical JSON (RFC 8785)", "another form of the same value");
        }
        Optional<String> place = notNfc(value);
        if (place.isPresent()) {
            throw new MalformedException(
                    path + place.get(), "text in Unicode normalization form C", "another form");
        }
        return value;
    }

    /// The canonical bytes of `value` (RFC 8785 §3.2).
    public static byte[] write(Json value) {
        return text(value).getBytes(StandardCharsets.UTF_8);
    }

    static String text(Json value) {
        var out = new StringBuilder();
        append(value, out);
        return out.toString();
    }

    private static void append(Json value, StringBuilder out) {
        switch (value) {
            case Json.Obj(var members) -> appendObject(members, out);
            case Json.Arr(var elements) -> appendArray(elements, out);
            case Json.Str(var text) -> appendString(text, out);
            case Json.Num(var number) -> out.append(number);
            case Json.Bool(var bool) -> out.append(bool);
            case Json.Null() -> out.append("null");
        }
    }

    /// Members sorted by their names' UTF-16 code units (RFC 8785 §3.2.3), which is
    /// `String.compareTo`.
    private static void appendObject(Map<String, Json> members, StringBuilder out) {
        out.append('{');
        Iterator<Map.Entry<String, Json>> sorted =
                members.entrySet().stream().sorted(Map.Entry.comparingByKey()).iterator();
        while (sorted.hasNext()) {
            Map.Entry<String, Json> member = sorted.next();
            appendString(member.getKey(), out);
            out.append(':');
            append(member.getValue(), out);
            if (sorted.hasNext()) {
                out.append(',');
            }
        }
        out.append('}');
    }

    private static void appendArray(List<Json> elements, StringBuilder out) {
        out.append('[');
        for (int i = 0; i < elements.size(); i++) {
            if (i > 0) {
                out.append(',');
            }
            append(elements.get(i), out);
        }
        out.append(']');
    }

    /// What needs no escape is copied in one piece: most strings need none.
    private static void appendString(String text, StringBuilder out) {
        out.append('"');
        int copied = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < 0x20 || c == '"' || c == '\\') {
                out.append(text, copied, i);
                appendEscape(c, out);
                copied = i + 1;
            }
        }
        out.append(text, copied, text.length()).append('"');
    }

    private static void appendEscape(char c, StringBuilder out) {
        switch (c) {
            case '"' -> out.append("\\\"");
            case '\\' -> out.append("\\\\");
            case '\b' -> out.append("\\b");
            case '\f' -> out.append("\\f");
            case '\n' -> out.append("\\n");
            case '\r' -> out.append("\\r");
            case '\t' -> out.append("\\t");
            default ->
                    out.append("\\u00")
                            .append(Character.forDigit(c >> 4, 16))
                            .append(Character.forDigit(c & 15, 16));
        }
    }

    /// Where in `value` text is not in NFC, as a path from it. The path is put together only on the
    /// way back from such a place: names are the attacker's, and may be long.
    private static Optional<String> notNfc(Json value) {
        switch (value) {
            case Json.Obj(var members) -> {
                for (Map.Entry<String, Json> member : members.entrySet()) {
                    if (!isNfc(member.getKey())) {
                        return Optional.of("");
                    }
                    Optional<String> below = notNfc(member.getValue());
                    if (below.isPresent()) {
                        return Optional.of("." + member.getKey() + below.get());
                    }
                }
                return Optional.empty();
            }
            case Json.Arr(var elements) -> {
                for (int i = 0; i < elements.size(); i++) {
                    Optional<String> below = notNfc(elements.get(i));
                    if (below.isPresent()) {
                        return Optional.of("[" + i + "]" + below.get());
                    }
                }
                return Optional.empty();
            }
            case Json.Str(var text) -> {
                return isNfc(text) ? Optional.empty() : Optional.of("");
            }
            case Json.Num _, Json.Bool _, Json.Null _ -> {
                return Optional.empty();
            }
        }
    }

    private static boolean isNfc(String text) {
        return Normalizer.isNormalized(text, Normalizer.Form.NFC);
    }
}
