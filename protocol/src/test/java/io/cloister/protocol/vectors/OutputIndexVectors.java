package io.cloister.protocol.vectors;

import static io.cloister.protocol.vectors.VectorFiles.refused;
import static io.cloister.protocol.vectors.VectorFiles.vector;

import io.cloister.protocol.JsonEdits;
import io.cloister.protocol.Padme;
import io.cloister.protocol.Samples;
import io.cloister.protocol.document.FileName;
import io.cloister.protocol.document.OutputIndex;
import io.cloister.protocol.json.Json;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// Makes the vectors of the output index: a text, and the length that blanks after it fill.
final class OutputIndexVectors {
    private static final String ENTRY = "output index.entries[0]";

    private OutputIndexVectors() {}

    static Json.Obj make() {
        List<Json> all = new ArrayList<>();
        all.add(accepted("empty", "no outputs", new OutputIndex(List.of())));
        OutputIndex good = good();
        all.add(accepted("good", "two outputs, one of no bytes", good));
        all.add(accepted("long", "longer than 1,024 bytes", entries(12)));
        String text = text(good);
        long padded = Padme.length(text.length());
        all.add(index("unpadded", "no blanks", text, text.length(), refused("padding")));
        all.add(index("short", "one blank too few", text, padded - 1, refused("padding")));
        all.add(index("padded-on", "one blank too many", text, padded + 1, refused("padding")));
        all.add(
                index(
                        "line-end",
                        "a line end before the blanks",
                        text + "\n",
                        padded,
                        refused("canonical")));
        all.add(
                index(
                        "cut",
                        "its last byte is missing",
                        text.substring(0, text.length() - 1),
                        padded,
                        refused("json")));
        all.add(
                index(
                        "order",
                        "members in another order",
                        text.replaceFirst(
                                "\\{\"bytes\":(\\d+),(\"digest\":\"[^\"]*\")", "{$2,\"bytes\":$1"),
                        padded,
                        refused("canonical")));
        Json json = Vectors.json(text);
        for (JsonEdits.Edit edit : JsonEdits.of(json, Set.of())) {
            if (!edit.kind().equals("kind")) {
                all.add(
                        padded(
                                edit.toString().replace(' ', '-').replace("$", ""),
                                "one member too few or too many",
                                edit.result(),
                                refused("field")));
            }
        }
        all.add(
                padded(
                        "type",
                        "the label of another document",
                        JsonEdits.set(
                                json, "type", Json.of("application/vnd.cloister.card.v1+json")),
                        refused("field", "output index.type")));
        all.add(entry("name-path", "a way out of the folder", "name", Json.of("../x")));
        all.add(entry("name-empty", "no name", "name", Json.of("")));
        all.add(entry("name-escape", "what a terminal acts on", "name", Json.of("a\u001b[2J")));
        all.add(entry("bytes-negative", "below nothing", "bytes", Json.of(-1)));
        all.add(entry("bytes-beyond", "above 2^44", "bytes", Json.of((1L << 44) + 1)));
        all.add(
                entry(
                        "digest-upper-case",
                        "another spelling of a digest",
                        "digest",
                        Json.of("sha256:" + "A".repeat(64))));
        all.add(
                padded(
                        "name-twice",
                        "two outputs of one name",
                        Vectors.json(text.replace("second", "result")),
                        refused("field", "output index.entries")));
        return Json.object()
                .put(
                        "about",
                        "Output indexes (documents.md §10): a text, and the length up to which"
                                + " blanks follow it.")
                .put("vectors", all)
                .build();
    }

    private static OutputIndex good() {
        return new OutputIndex(
                List.of(
                        new OutputIndex.Entry(name("result"), 4_711, Samples.digest("result")),
                        new OutputIndex.Entry(name("second"), 0, Samples.digest("second"))));
    }

    private static OutputIndex entries(int count) {
        List<OutputIndex.Entry> entries = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            entries.add(
                    new OutputIndex.Entry(
                            name("output-" + i + ".csv"), i, Samples.digest("o" + i)));
        }
        return new OutputIndex(entries);
    }

    private static FileName name(String text) {
        return new FileName(text);
    }

    private static String text(OutputIndex index) {
        return new String(index.padded().toArray(), StandardCharsets.UTF_8).stripTrailing();
    }

    private static Json accepted(String id, String comment, OutputIndex index) {
        String text = text(index);
        return index(
                id,
                comment,
                text,
                index.padded().length(),
                Json.object()
                        .put("outcome", "accepted")
                        .put("entries", index.entries().size())
                        .build());
    }

    private static Json entry(String id, String comment, String member, Json value) {
        Json.Obj index = (Json.Obj) Vectors.json(text(good()));
        Json.Arr entries = (Json.Arr) JsonEdits.get(index, "entries");
        List<Json> changed = new ArrayList<>(entries.elements());
        changed.set(0, JsonEdits.set(changed.getFirst(), member, value));
        return padded(
                id,
                comment,
                JsonEdits.set(index, "entries", Json.array(changed)),
                refused("field", ENTRY + "." + member));
    }

    private static Json padded(String id, String comment, Json json, Json expected) {
        String text = new String(json.canonical(), StandardCharsets.UTF_8);
        return index(
                id,
                comment,
                text,
                Padme.length(text.getBytes(StandardCharsets.UTF_8).length),
                expected);
    }

    private static Json index(String id, String comment, String text, long bytes, Json expected) {
        return vector(
                id, comment, Json.object().put("text", text).put("bytes", bytes).build(), expected);
    }
}
