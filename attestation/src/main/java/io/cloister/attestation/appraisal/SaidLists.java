package io.cloister.attestation.appraisal;

import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonObjectBuilder;

import java.util.List;

/// Lists of a policy in which to name nothing accepts everything: chips, modules, demands. Whoever
/// wants that leaves the member out, which every result shows. A list that is there and empty is
/// one that somebody emptied, or never filled in, and is refused.
final class SaidLists {
    private SaidLists() {}

    /// An array of 1 to `max` elements, or nothing if the member is absent.
    static <T> List<T> read(Fields fields, String name, int max, Fields.Reader<Json, T> reader)
            throws MalformedException {
        return fields.has(name)
                ? said(fields.list(name, max, reader), fields.path(name))
                : List.of();
    }

    /// An array of 1 to `max` strings, or nothing if the member is absent.
    static <T> List<T> texts(Fields fields, String name, int max, Fields.Reader<String, T> reader)
            throws MalformedException {
        return fields.has(name)
                ? said(fields.texts(name, max, reader), fields.path(name))
                : List.of();
    }

    private static <T> List<T> said(List<T> list, String path) throws MalformedException {
        if (list.isEmpty()) {
            throw new MalformedException(
                    path, "at least one element, or no such member", "an empty array");
        }
        return list;
    }

    /// Adds what [#read] reads.
    static void put(JsonObjectBuilder json, String name, List<? extends Json> elements) {
        if (!elements.isEmpty()) {
            json.put(name, elements);
        }
    }
}
