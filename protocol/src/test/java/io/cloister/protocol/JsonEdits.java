package io.cloister.protocol;

import io.cloister.protocol.json.Json;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Every way to damage a JSON value in one place: a member less, a member more, a value of another
/// kind.
public final class JsonEdits {
    /// A damaged value.
    ///
    /// @param kind `missing`, `extra` or `kind`
    /// @param path where, as in `$.terms.runs`
    /// @param result the whole value after the edit
    public record Edit(String kind, String path, Json result) {
        @Override
        public String toString() {
            return kind + " " + path;
        }
    }

    private interface Rebuild {
        Json with(Json part);
    }

    private final Set<String> opaque;
    private final List<Edit> edits = new ArrayList<>();

    private JsonEdits(Set<String> opaque) {
        this.opaque = opaque;
    }

    /// All edits of `value`, but none inside the members named in `opaque`.
    public static List<Edit> of(Json value, Set<String> opaque) {
        var all = new JsonEdits(opaque);
        all.visit(value, "$", part -> part);
        return all.edits;
    }

    /// `value` with the member at `path` (names separated by dots, `[n]` for elements) replaced.
    public static Json set(Json value, String path, Json replacement) {
        if (path.isEmpty()) {
            return replacement;
        }
        String head =
                path.startsWith("[")
                        ? path.substring(0, path.indexOf(']') + 1)
                        : path.split("[.\\[]", 2)[0];
        String rest = path.substring(head.length());
        String next = rest.startsWith(".") ? rest.substring(1) : rest;
        if (value instanceof Json.Arr(var elements)) {
            List<Json> copy = new ArrayList<>(elements);
            int index = Integer.parseInt(head.substring(1, head.length() - 1));
            copy.set(index, set(copy.get(index), next, replacement));
            return new Json.Arr(copy);
        }
        Map<String, Json> copy = new LinkedHashMap<>(((Json.Obj) value).members());
        copy.put(head, next.isEmpty() ? replacement : set(member(value, head), next, replacement));
        return new Json.Obj(copy);
    }

    /// The value at `path`.
    public static Json get(Json value, String path) {
        Json at = value;
        for (String step : path.split("\\.")) {
            int bracket = step.indexOf('[');
            at = member(at, bracket < 0 ? step : step.substring(0, bracket));
            while (bracket >= 0) {
                int end = step.indexOf(']', bracket);
                at =
                        ((Json.Arr) at)
                                .elements()
                                .get(Integer.parseInt(step.substring(bracket + 1, end)));
                bracket = step.indexOf('[', end);
            }
        }
        return at;
    }

    private static Json member(Json value, String name) {
        Json member = ((Json.Obj) value).members().get(name);
        if (member == null) {
            throw new AssertionError("no member " + name);
        }
        return member;
    }

    private void visit(Json value, String path, Rebuild rebuild) {
        for (Json other : othersThan(value)) {
            edits.add(new Edit("kind", path, rebuild.with(other)));
        }
        switch (value) {
            case Json.Obj(var members) -> {
                var more = new LinkedHashMap<>(members);
                more.put("xUnknown", Json.of(1));
                edits.add(new Edit("extra", path, rebuild.with(new Json.Obj(more))));
                for (String name : members.keySet()) {
                    var fewer = new LinkedHashMap<>(members);
                    Json child = fewer.remove(name);
                    edits.add(
                            new Edit(
                                    "missing",
                                    path + "." + name,
                                    rebuild.with(new Json.Obj(fewer))));
                    if (child != null && !opaque.contains(name)) {
                        visit(
                                child,
                                path + "." + name,
                                part -> {
                                    var copy = new LinkedHashMap<>(members);
                                    copy.put(name, part);
                                    return rebuild.with(new Json.Obj(copy));
                                });
                    }
                }
            }
            case Json.Arr(var elements) -> {
                for (int i = 0; i < elements.size(); i++) {
                    int index = i;
                    visit(
                            elements.get(i),
                            path + "[" + i + "]",
                            part -> {
                                var copy = new ArrayList<>(elements);
                                copy.set(index, part);
                                return rebuild.with(new Json.Arr(copy));
                            });
                }
            }
            case Json.Str _, Json.Num _, Json.Bool _, Json.Null _ -> {}
        }
    }

    private static List<Json> othersThan(Json value) {
        List<Json> others = new ArrayList<>();
        for (Json candidate :
                List.of(
                        Json.object().build(),
                        Json.array(List.of(new Json.Null())),
                        Json.of("?"),
                        Json.of(-1),
                        Json.of(true),
                        new Json.Null())) {
            if (candidate.getClass() != value.getClass()) {
                others.add(candidate);
            }
        }
        return others;
    }
}
