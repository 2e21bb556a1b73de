package io.cloister.protocol.json;

import io.cloister.protocol.MalformedException;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A JSON value of the profile used everywhere in Cloister: I-JSON (RFC 7493) whose numbers are
/// integers of magnitude below 2^53. Immutable.
public sealed interface Json {
    /// The largest magnitude of a number: 2^53 - 1 (RFC 7493 §2.2).
    long MAX_INTEGER = (1L << 53) - 1;

    /// An object; member order is kept as given and irrelevant to `equals`.
    ///
    /// @param members name to value, names unique
    record Obj(Map<String, Json> members) implements Json {
        public Obj {
            members = Collections.unmodifiableMap(new LinkedHashMap<>(members));
            if (!members.keySet().stream().allMatch(JsonReader::isUnicode)) {
                throw new IllegalArgumentException(
                        "a member name may not hold a lone surrogate or a noncharacter");
            }
        }
    }

    /// An array.
    ///
    /// @param elements in order
    record Arr(List<Json> elements) implements Json {
        public Arr {
            elements = List.copyOf(elements);
        }
    }

    /// A string without lone surrogates and noncharacters.
    ///
    /// @param value the text
    record Str(String value) implements Json {
        public Str {
            if (!JsonReader.isUnicode(value)) {
                throw new IllegalArgumentException(
                        "a JSON string may not hold a lone surrogate or a noncharacter");
            }
        }
    }

    /// An integer.
    ///
    /// @param value magnitude below 2^53
    record Num(long value) implements Json {
        public Num {
            if (value > MAX_INTEGER || value < -MAX_INTEGER) {
                throw new IllegalArgumentException(
                        "a JSON integer's magnitude is below 2^53, not " + value);
            }
        }
    }

    /// `true` or `false`.
    ///
    /// @param value which
    record Bool(boolean value) implements Json {}

    /// `null`.
    record Null() implements Json {}

    /// Reads one JSON text (UTF-8, no byte-order mark, nothing after it) under `limits`; white
    /// space and member order are free.
    ///
    /// @throws MalformedException naming `path` and the offset, if it is not I-JSON of this profile
    static Json parse(byte[] utf8, JsonLimits limits, String path) throws MalformedException {
        return new JsonReader(utf8, limits, path).read();
    }

    /// A string value.
    static Json of(String value) {
        return new Str(value);
    }

    /// An integer value.
    static Json of(long value) {
        return new Num(value);
    }

    /// A boolean value.
    static Json of(boolean value) {
        return new Bool(value);
    }

    /// An array of `elements`.
    static Json array(List<? extends Json> elements) {
        return new Arr(List.copyOf(elements));
    }

    /// Starts an object.
    static JsonObjectBuilder object() {
        return new JsonObjectBuilder();
    }

    /// The RFC 8785 form: the same bytes for the same value.
    default byte[] canonical() {
        return CanonicalJson.write(this);
    }

    /// The RFC 8785 form as text.
    default String text() {
        return CanonicalJson.text(this);
    }
}
