package io.cloister.protocol.json;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Takes the members of one JSON object apart: each is asked for by name, type and bounds, and
/// [#end] refuses what nobody asked for. Used by one thread.
public final class Fields {
    private final Map<String, Json> members;
    private final String path;
    private final Set<String> asked = new HashSet<>();

    private Fields(Map<String, Json> members, String path) {
        this.members = members;
        this.path = path;
    }

    /// How one element of an array, or one text, becomes a value.
    ///
    /// @param <S> what it is read from
    /// @param <T> what it becomes
    @FunctionalInterface
    public interface Reader<S, T> {
        /// Reads `source`, which stands at `path`.
        T read(S source, String path) throws MalformedException;
    }

    /// The members of `value`, which stands at `path`.
    ///
    /// @throws MalformedException if it is no object
    public static Fields of(Json value, String path) throws MalformedException {
        if (value instanceof Json.Obj(var members)) {
            return new Fields(members, path);
        }
        throw new MalformedException(path, "an object", kind(value));
    }

    /// Where member `name` stands.
    public String path(String name) {
        return path + "." + name;
    }

    /// Whether there is a member `name`.
    public boolean has(String name) {
        return members.containsKey(name);
    }

    /// Member `name`, of any kind.
    public Json any(String name) throws MalformedException {
        asked.add(name);
        Json value = members.get(name);
        if (value == null) {
            throw new MalformedException(path(name), "a value", "nothing");
        }
        return value;
    }

    /// A string of `min` to `max` UTF-16 units.
    public String string(String name, int min, int max) throws MalformedException {
        return asString(any(name), min, max, path(name));
    }

    /// A string that is exactly `expected`.
    public void constant(String name, String expected) throws MalformedException {
        String actual = string(name, 0, 4096);
        if (!actual.equals(expected)) {
            throw new MalformedException(path(name), expected, actual);
        }
    }

    /// A string of at most 4,096 units turned into a value by `reader`.
    public <T> T text(String name, Reader<String, T> reader) throws MalformedException {
        return reader.read(string(name, 0, 4096), path(name));
    }

    /// As [#text], or nothing if the member is absent.
    public <T> Optional<T> optionalText(String name, Reader<String, T> reader)
            throws MalformedException {
        return has(name) ? Optional.of(text(name, reader)) : Optional.empty();
    }

    /// As [#any] through `reader`, or nothing if the member is absent.
    public <T> Optional<T> optional(String name, Reader<Json, T> reader) throws MalformedException {
        return has(name) ? Optional.of(reader.read(any(name), path(name))) : Optional.empty();
    }

    /// An integer from `min` to `max`.
    public long integer(String name, long min, long max) throws MalformedException {
        Json value = any(name);
        if (value instanceof Json.Num(var number)) {
            if (number < min || number > max) {
                throw new MalformedException(
                        path(name), "an integer from " + min + " to " + max, Long.toString(number));
            }
            return number;
        }
        throw new MalformedException(path(name), "an integer", kind(value));
    }

    /// `true` or `false`.
    public boolean bool(String name) throws MalformedException {
        Json value = any(name);
        if (value instanceof Json.Bool(var bool)) {
            return bool;
        }
        throw new MalformedException(path(name), "true or false", kind(value));
    }

    /// A SHA-256 digest in text form.
    public Sha256 sha256(String name) throws MalformedException {
        return text(name, Sha256::parse);
    }

    /// Canonical base64 of `min` to `max` bytes.
    public Bytes base64(String name, int min, int max) throws MalformedException {
        Bytes value = Bytes.fromBase64(string(name, 0, (max + 2) / 3 * 4), path(name));
        if (value.length() < min || value.length() > max) {
            throw new MalformedException(
                    path(name), min + " to " + max + " bytes", value.length() + " bytes");
        }
        return value;
    }

    /// An object.
    public Fields object(String name) throws MalformedException {
        return of(any(name), path(name));
    }

    /// An array of at most `max` elements, each turned into a value by `reader`.
    public <T> List<T> list(String name, int max, Reader<Json, T> reader)
            throws MalformedException {
        Json value = any(name);
        if (!(value instanceof Json.Arr(var elements))) {
            throw new MalformedException(path(name), "an array", kind(value));
        }
        if (elements.size() > max) {
            throw new MalformedException(
                    path(name), "at most " + max + " elements", elements.size() + " elements");
        }
        List<T> result = new ArrayList<>(elements.size());
        for (int i = 0; i < elements.size(); i++) {
            result.add(reader.read(elements.get(i), path(name) + "[" + i + "]"));
        }
        return List.copyOf(result);
    }

    /// An array of at most `max` strings, each turned into a value by `reader`.
    public <T> List<T> texts(String name, int max, Reader<String, T> reader)
            throws MalformedException {
        return list(name, max, (element, at) -> reader.read(asString(element, 0, 4096, at), at));
    }

    /// Ends the reading.
    ///
    /// @throws MalformedException if there is a member that nobody asked for
    public void end() throws MalformedException {
        for (String name : members.keySet()) {
            if (!asked.contains(name)) {
                throw new MalformedException(path, "no member but those of its kind", name);
            }
        }
    }

    private static String asString(Json value, int min, int max, String path)
            throws MalformedException {
        if (!(value instanceof Json.Str(var text))) {
            throw new MalformedException(path, "a string", kind(value));
        }
        if (text.length() < min || text.length() > max) {
            throw new MalformedException(
                    path,
                    "a string of " + min + " to " + max + " UTF-16 units",
                    "one of " + text.length());
        }
        return text;
    }

    private static String kind(Json value) {
        return switch (value) {
            case Json.Obj _ -> "an object";
            case Json.Arr _ -> "an array";
            case Json.Str _ -> "a string";
            case Json.Num _ -> "a number";
            case Json.Bool _ -> "true or false";
            case Json.Null _ -> "null";
        };
    }
}
