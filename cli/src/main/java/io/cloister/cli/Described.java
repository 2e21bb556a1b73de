package io.cloister.cli;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.Shown;
import io.cloister.protocol.json.Json;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/// Shows a JSON value to people: one member a line, by its path.
final class Described {
    private static final int MAX_TEXT = 1_000;
    private static final int MAX_WORD = 24;

    private Described() {}

    static void show(Json value, Consumer<String> line) {
        show("", value, line);
    }

    private static void show(String path, Json value, Consumer<String> line) {
        switch (value) {
            case Json.Obj(var members) -> {
                for (Map.Entry<String, Json> member : members.entrySet()) {
                    String name = Shown.bounded(member.getKey());
                    show(path.isEmpty() ? name : path + "." + name, member.getValue(), line);
                }
            }
            case Json.Arr(var elements) -> showAll(path, elements, line);
            case Json.Str(var text) -> show(path, Shown.escaped(text, MAX_TEXT), line);
            case Json.Num(var number) -> show(path, Long.toString(number), line);
            case Json.Bool(var bool) -> show(path, bool ? "yes" : "no", line);
            case Json.Null _ -> show(path, "-", line);
        }
    }

    private static void showAll(String path, List<Json> elements, Consumer<String> line) {
        if (elements.isEmpty()) {
            show(path, "none", line);
        }
        Optional<String> words = words(elements);
        if (words.isPresent()) {
            show(path, Shown.escaped(words.get(), MAX_TEXT), line);
            return;
        }
        for (int i = 0; i < elements.size(); i++) {
            show(path + "[" + i + "]", elements.get(i), line);
        }
    }

    /// All of them on one line, if they are few words.
    private static Optional<String> words(List<Json> elements) {
        List<String> words = new ArrayList<>();
        for (Json element : elements) {
            if (!(element instanceof Json.Str(var text)) || text.length() > MAX_WORD) {
                return Optional.empty();
            }
            words.add(text);
        }
        return words.isEmpty() ? Optional.empty() : Optional.of(String.join(", ", words));
    }

    private static void show(String path, String value, Consumer<String> line) {
        line.accept(String.format("  %-36s %s", path, value.isEmpty() ? "-" : value));
    }

    static Json hex(Bytes bytes) {
        return Json.of(bytes.hex());
    }

    /// 64 bits.
    static Json hex(long bits) {
        return Json.of(String.format("0x%016x", bits));
    }

    static Json time(Instant instant) {
        return Json.of(instant.toString());
    }

    static Json texts(List<String> texts) {
        return Json.array(texts.stream().map(Json::of).toList());
    }
}
