package io.cloister.protocol.document;

import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Json;

import java.util.HashSet;
import java.util.List;
import java.util.function.Function;

/// Rules for lists in documents.
final class Lists {
    private Lists() {}

    static <T> List<T> unique(List<T> elements, String path) throws MalformedException {
        var seen = new HashSet<T>();
        for (T element : elements) {
            if (!seen.add(element)) {
                throw new MalformedException(path, "no element twice", element.toString());
            }
        }
        return elements;
    }

    static <T extends Comparable<T>> List<T> sortedUnique(List<T> elements, String path)
            throws MalformedException {
        for (int i = 1; i < elements.size(); i++) {
            if (elements.get(i - 1).compareTo(elements.get(i)) >= 0) {
                throw new MalformedException(
                        path, "ascending order without repetition", elements.get(i).toString());
            }
        }
        return elements;
    }

    static <T extends Comparable<T>> boolean isSortedUnique(List<T> elements) {
        for (int i = 1; i < elements.size(); i++) {
            if (elements.get(i - 1).compareTo(elements.get(i)) >= 0) {
                return false;
            }
        }
        return true;
    }

    /// Refuses two elements of one `key`.
    static <T> List<T> unique(List<T> elements, Function<T, ?> key, String path)
            throws MalformedException {
        unique(elements.stream().<Object>map(key).toList(), path);
        return elements;
    }

    static <T> List<T> nonEmpty(List<T> elements, String path) throws MalformedException {
        if (elements.isEmpty()) {
            throw new MalformedException(path, "at least one element", "none");
        }
        return elements;
    }

    static List<Json> texts(List<?> elements) {
        return elements.stream().map(element -> Json.of(element.toString())).toList();
    }
}
