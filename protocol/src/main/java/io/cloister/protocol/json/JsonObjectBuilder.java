package io.cloister.protocol.json;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Builds one JSON object; used by one thread, once.
public final class JsonObjectBuilder {
    private final Map<String, Json> members = new LinkedHashMap<>();

    JsonObjectBuilder() {}

    /// Adds a member.
    ///
    /// @throws IllegalArgumentException if there is one of that name already
    public JsonObjectBuilder put(String name, Json value) {
        if (members.putIfAbsent(name, value) != null) {
            throw new IllegalArgumentException("two members named " + name);
        }
        return this;
    }

    /// Adds a string member.
    public JsonObjectBuilder put(String name, String value) {
        return put(name, Json.of(value));
    }

    /// Adds an integer member.
    public JsonObjectBuilder put(String name, long value) {
        return put(name, Json.of(value));
    }

    /// Adds a boolean member.
    public JsonObjectBuilder put(String name, boolean value) {
        return put(name, Json.of(value));
    }

    /// Adds an array member.
    public JsonObjectBuilder put(String name, List<? extends Json> elements) {
        return put(name, Json.array(elements));
    }

    /// Adds a string member made by `toString`, or none.
    public JsonObjectBuilder putIfPresent(String name, Optional<?> value) {
        value.ifPresent(present -> put(name, present.toString()));
        return this;
    }

    /// The object.
    public Json.Obj build() {
        return new Json.Obj(members);
    }
}
