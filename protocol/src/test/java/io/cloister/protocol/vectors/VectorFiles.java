package io.cloister.protocol.vectors;

import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// Where vectors are kept, and how they are laid out: one vector a line.
final class VectorFiles {
    static final JsonLimits LIMITS = new JsonLimits(16 << 20, 64, 1_000_000);

    private VectorFiles() {}

    static Path root() {
        return Path.of(Objects.requireNonNull(System.getProperty("cloister.root")));
    }

    static Path file(String name) {
        return root().resolve("spec/vectors").resolve(name);
    }

    static Json read(String name) throws Exception {
        return Json.parse(Files.readAllBytes(file(name)), LIMITS, name);
    }

    static List<Json> list(String name, String member) throws Exception {
        Json value = ((Json.Obj) read(name)).members().get(member);
        return ((Json.Arr) Objects.requireNonNull(value)).elements();
    }

    /// The file's text: members of the top level and elements below them each begin a line.
    static String layout(Json.Obj file) {
        List<String> members = new ArrayList<>();
        for (Map.Entry<String, Json> member : file.members().entrySet()) {
            members.add(Json.of(member.getKey()).text() + ": " + lines(member.getValue()));
        }
        return "{\n" + String.join(",\n", members) + "\n}\n";
    }

    private static String lines(Json value) {
        List<String> lines = new ArrayList<>();
        return switch (value) {
            case Json.Arr(var elements) -> {
                elements.forEach(element -> lines.add(spread(element)));
                yield "[\n" + String.join(",\n", lines) + "\n]";
            }
            case Json.Obj(var members) -> {
                members.forEach(
                        (name, member) -> lines.add(Json.of(name).text() + ": " + member.text()));
                yield "{\n" + String.join(",\n", lines) + "\n}";
            }
            case Json.Str _, Json.Num _, Json.Bool _, Json.Null _ -> value.text();
        };
    }

    /// One vector on a line, its members in the order given.
    private static String spread(Json vector) {
        if (!(vector instanceof Json.Obj(var members))) {
            return vector.text();
        }
        List<String> parts = new ArrayList<>();
        members.forEach((name, member) -> parts.add(Json.of(name).text() + ": " + member.text()));
        return "{" + String.join(", ", parts) + "}";
    }

    static void write(String name, String text) throws IOException {
        Path path = file(name);
        Files.createDirectories(Objects.requireNonNull(path.getParent()));
        Files.write(path, text.getBytes(StandardCharsets.UTF_8));
    }

    static Json vector(String id, String comment, Json input, Json expected) {
        return Json.object()
                .put("id", id)
                .put("comment", comment)
                .put("input", input)
                .put("expected", expected)
                .build();
    }

    static Json refused(String stage) {
        return Json.object().put("outcome", "refused").put("stage", stage).build();
    }

    static Json refused(String stage, String where) {
        return Json.object()
                .put("outcome", "refused")
                .put("stage", stage)
                .put(stage.equals("fit") ? "code" : "path", where)
                .build();
    }
}
