package io.cloister.protocol.vectors;

import static io.cloister.protocol.vectors.VectorFiles.refused;
import static io.cloister.protocol.vectors.VectorFiles.vector;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.JsonEdits;
import io.cloister.protocol.Samples;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.EnclaveIdentity;
import io.cloister.protocol.json.Json;

import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// Makes the vectors of canonical JSON, phrases and identities. Expected values that another
/// implementation published are written out here; the others are computed and were looked at when
/// they were committed.
final class SmallVectors {
    private SmallVectors() {}

    static Json.Obj canonicalJson() {
        List<Json> all = new ArrayList<>();
        all.add(
                value(
                        "rfc8785-arrays",
                        "github.com/cyberphone/json-canonicalization testdata: arrays",
                        "[\n"
                                + "  56,\n"
                                + "  {\n"
                                + "    \"d\": true,\n"
                                + "    \"10\": null,\n"
                                + "    \"1\": [ ]\n"
                                + "  }\n"
                                + "]",
                        "[56,{\"1\":[],\"10\":null,\"d\":true}]"));
        all.add(
                value(
                        "rfc8785-french",
                        "testdata: french",
                        "{\n"
                                + "  \"peach\": \"This sorting order\",\n"
                                + "  \"péché\": \"is wrong according to French\",\n"
                                + "  \"pêche\": \"but canonicalization MUST\",\n"
                                + "  \"sin\":   \"ingnore locale\"\n"
                                + "}\n",
                        "{\"peach\":\"This sorting order\",\"péché\":\"is wrong according to"
                            + " French\",\"pêche\":\"but canonicalization MUST\",\"sin\":\"ingnore"
                            + " locale\"}"));
        all.add(
                bad(
                        "rfc8785-structures",
                        "testdata: structures; has 56.0, and our profile has integers in their"
                                + " shortest form only",
                        "{\n"
                                + "  \"1\": {\"f\": {\"f\": \"hi\",\"F\": 5} ,\"\\n\": 56.0},\n"
                                + "  \"10\": { },\n"
                                + "  \"\": \"empty\",\n"
                                + "  \"a\": { },\n"
                                + "  \"111\": [ { } ],\n"
                                + "  \"A\": { }\n"
                                + "}"));
        all.add(
                value(
                        "rfc8785-structures-integer",
                        "testdata: structures, with 56 for 56.0",
                        "{\n"
                                + "  \"1\": {\"f\": {\"f\": \"hi\",\"F\": 5} ,\"\\n\": 56},\n"
                                + "  \"10\": { },\n"
                                + "  \"\": \"empty\",\n"
                                + "  \"a\": { },\n"
                                + "  \"111\": [ { } ],\n"
                                + "  \"A\": { }\n"
                                + "}",
                        "{\"\":\"empty\",\"1\":{\"\\n\":56,\"f\":{\"F\":5,\"f\":\"hi\"}},\"10\":{},\"111\":[{}],\"A\":{},\"a\":{}}"));
        all.add(
                value(
                        "rfc8785-unicode",
                        "testdata: unicode; canonical JSON normalizes nothing",
                        "{\n  \"Unnormalized Unicode\":\"\\u1e0d\\u0307\"\n}\n",
                        "{\"Unnormalized Unicode\":\"\u1e0d\u0307\"}"));
        all.add(
                bad(
                        "rfc8785-values",
                        "testdata: values; has fractions and exponents",
                        "{\n"
                                + "  \"numbers\": [1E30, 4.50, 333333333.33333329, 2e-3,"
                                + " 0.000000000000000000000000001],\n"
                                + "  \"escaping\":"
                                + " \"\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\\"\\/\",\n"
                                + "  \"literals\": [null, true, false]\n"
                                + "}"));
        all.add(
                value(
                        "rfc8785-values-without-numbers",
                        "testdata: values, without the numbers",
                        "{\n"
                                + "  \"escaping\":"
                                + " \"\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\\"\\/\",\n"
                                + "  \"literals\": [null, true, false]\n"
                                + "}",
                        "{\"escaping\":\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\",\"literals\":[null,true,false]}"));
        all.add(
                value(
                        "rfc8785-weird",
                        "testdata: weird; sorts by UTF-16 units, so U+1F602 before U+FB33. Not in"
                                + " NFC, so no document has it",
                        "{\n"
                                + "  \"\\u20ac\": \"Euro Sign\",\n"
                                + "  \"1\": \"One\",\n"
                                + "  \"\\u0080\": \"Control\\u007f\",\n"
                                + "  \"\\ud83d\\ude02\": \"Smiley\",\n"
                                + "  \"\\u00f6\": \"Latin Small Letter O With Diaeresis\",\n"
                                + "  \"\\ufb33\": \"Hebrew Letter Dalet With Dagesh\",\n"
                                + "  \"</script>\": \"Browser Challenge\"\n"
                                + "}\n",
                        "{\"1\":\"One\",\"</script>\":\"Browser"
                            + " Challenge\",\"\u0080\":\"Control\u007f\",\"ö\":\"Latin Small Letter"
                            + " O With Diaeresis\",\"€\":\"Euro"
                            + " Sign\",\"\ud83d\ude02\":\"Smiley\",\"\ufb33\":\"Hebrew Letter Dalet"
                            + " With Dagesh\"}"));
        for (String same :
                List.of(
                        "0",
                        "-1",
                        "9007199254740991",
                        "-9007199254740991",
                        "\"\"",
                        "[]",
                        "{}",
                        "null",
                        "true",
                        "\"\u007f\"",
                        "\"é\"",
                        "[1,\"a\",{\"b\":[]}]")) {
            all.add(value("form-" + all.size(), "canonical as it stands", same, same));
        }
        all.add(
                value(
                        "control-characters",
                        "escapes of every control character",
                        "\"\\u0000\\u0001\\u0008\\u0009\\u000a\\u000b\\u000c\\u000d\\u001f\"",
                        "\"\\u0000\\u0001\\b\\t\\n\\u000b\\f\\r\\u001f\""));
        all.add(value("slash", "an escaped slash is a slash", "\"\\/\"", "\"/\""));
        all.add(
                value(
                        "nfd",
                        "a letter and a combining mark, which NFC has as one letter: JSON, but no"
                                + " document",
                        "\"e\u0301\"",
                        "\"e\u0301\""));
        bads(all);
        return file(
                "Texts; whether they are JSON of our profile (outcome), their canonical form and"
                        + " its digest; and whether the text as it stands is a signed document's"
                        + " (asDocument): canonical and in NFC.",
                all);
    }

    private static void bads(List<Json> all) {
        for (String number :
                List.of(
                        "-0",
                        "01",
                        "-01",
                        "1.0",
                        "1.",
                        ".5",
                        "1e2",
                        "1E+2",
                        "+1",
                        "9007199254740992",
                        "-9007199254740992",
                        "1e400",
                        "NaN",
                        "-",
                        "0x10")) {
            all.add(
                    bad(
                            "number-" + number,
                            "no integer in its shortest form, or beyond 2^53 - 1",
                            number));
        }
        all.add(bad("duplicate", "a member name twice", "{\"a\":1,\"a\":1}"));
        all.add(
                bad(
                        "duplicate-escaped",
                        "a member name twice, once escaped",
                        "{\"a\":1,\"\\u0061\":2}"));
        all.add(bad("surrogate-high", "a lone high surrogate", "\"\\ud800\""));
        all.add(bad("surrogate-low", "a lone low surrogate", "\"\\udc00\""));
        all.add(bad("surrogate-order", "surrogates in the wrong order", "\"\\ude00\\ud83d\""));
        all.add(bad("noncharacter-name", "a noncharacter in a name", "{\"\\uffff\":1}"));
        all.add(bad("noncharacter-16", "a noncharacter above the BMP", "\"\\ud83f\\udffe\""));
        all.add(bad("trailing-comma", "a comma too many", "[1,]"));
        all.add(bad("trailing-bytes", "bytes after the value", "{} x"));
        all.add(bad("two-values", "two values", "1 2"));
        all.add(bad("comment", "a comment", "[1/*x*/]"));
        all.add(bad("single-quotes", "other quotes", "'a'"));
        all.add(bad("tab-in-string", "a control character that is not escaped", "\"a\tb\""));
        all.add(bad("escape", "an escape JSON does not have", "\"\\x41\""));
        all.add(bad("empty", "nothing", ""));
        all.add(bad("nbsp", "white space JSON does not have", "\u00a01"));
        all.add(bytes("bom", "a byte-order mark", "efbbbf7b7d"));
        all.add(bytes("utf8-overlong", "an overlong encoding", "22c08022"));
        all.add(bytes("utf8-surrogate", "an encoded surrogate", "22eda08022"));
        all.add(bytes("utf8-cut", "a sequence broken off", "22e282"));
        all.add(bytes("utf8-beyond", "above U+10FFFF", "22f490808022"));
        all.add(bytes("utf16", "UTF-16", "fffe22002200"));
    }

    private static Json value(String id, String comment, String text, String canonical) {
        Bytes bytes = Bytes.utf8(canonical);
        boolean nfc = Normalizer.isNormalized(canonical, Normalizer.Form.NFC);
        Json asDocument =
                text.equals(canonical) && nfc
                        ? Json.object().put("outcome", "accepted").build()
                        : refused("canonical");
        return vector(
                id,
                comment,
                Json.object().put("text", text).build(),
                Json.object()
                        .put("outcome", "accepted")
                        .put("canonical", canonical)
                        .put("digest", Sha256.of(bytes).toString())
                        .put("asDocument", asDocument)
                        .build());
    }

    private static Json bad(String id, String comment, String text) {
        return vector(id, comment, Json.object().put("text", text).build(), refused("json"));
    }

    private static Json bytes(String id, String comment, String hex) {
        return vector(id, comment, Json.object().put("hex", hex).build(), refused("json"));
    }

    static Json.Obj phrases() {
        List<Json> all = new ArrayList<>();
        all.add(phrase("zero", "0".repeat(64)));
        all.add(phrase("ones", "f".repeat(64)));
        all.add(phrase("count", HexFormat.of().formatHex(count())));
        all.add(phrase("sample", Samples.signedAgreement().digest().hex()));
        return file("Digests of agreements and their phrases (documents.md §5.3).", all);
    }

    private static byte[] count() {
        byte[] count = new byte[32];
        for (int i = 0; i < 32; i++) {
            count[i] = (byte) i;
        }
        return count;
    }

    private static Json phrase(String id, String hex) {
        String digest = "sha256:" + hex;
        return vector(
                id,
                "",
                Json.object().put("digest", digest).build(),
                Json.object().put("phrase", String.join(" ", Vectors.phrase(digest))).build());
    }

    static Json.Obj identities() {
        EnclaveIdentity good = Samples.identity();
        String text = new String(good.canonical().toArray(), StandardCharsets.UTF_8);
        List<Json> all = new ArrayList<>();
        all.add(
                vector(
                        "good",
                        "recipient and key are nobody's",
                        Json.object().put("text", text).build(),
                        Json.object()
                                .put("outcome", "accepted")
                                .put("digest", good.digest().toString())
                                .put("reportData", good.reportData().hex())
                                .build()));
        all.add(identity("blank", "a line end after it", text + "\n", refused("canonical")));
        all.add(
                identity(
                        "order",
                        "members in another order",
                        text.replaceFirst(
                                "\\{(\"agreement\":\"[^\"]*\"),(\"computation\":\"[^\"]*\")",
                                "{$2,$1"),
                        refused("canonical")));
        all.add(
                identity(
                        "cut",
                        "its last byte is missing",
                        text.substring(0, text.length() - 1),
                        refused("json")));
        Json json = Vectors.json(text);
        for (JsonEdits.Edit edit : JsonEdits.of(json, Set.of())) {
            if (!edit.kind().equals("kind") && !edit.path().contains(".runtime.")) {
                all.add(
                        identity(
                                edit.toString().replace(' ', '-').replace("$", ""),
                                "one member too few or too many",
                                edit.result().text(),
                                refused("field")));
            }
        }
        all.add(
                changed(
                        json,
                        "classic-recipient",
                        "recipient",
                        Json.of(Samples.classicRecipient("x").value())));
        all.add(changed(json, "dialect", "dialect", Json.of("cosmian/1")));
        all.add(changed(json, "type", "type", Json.of("application/vnd.cloister.card.v1+json")));
        all.add(changed(json, "isolation", "isolation", Json.of("none")));
        all.add(changed(json, "swap", "swap", Json.of("none")));
        all.add(
                changed(
                        json,
                        "small-order-key",
                        "signingKey",
                        Json.of("ed25519:01" + "00".repeat(31))));
        all.add(
                changed(
                        json,
                        "key-upper-case",
                        "signingKey",
                        Json.of(
                                "ed25519:"
                                        + good.signingKey()
                                                .value()
                                                .hex()
                                                .toUpperCase(Locale.ROOT))));
        all.add(changed(json, "startedAt-negative", "startedAt", Json.of(-1)));
        all.add(changed(json, "startedAt-text", "startedAt", Json.of("0")));
        return file(
                "Enclave identities (documents.md §6), with digest and report data (hexadecimal).",
                all);
    }

    private static Json changed(Json json, String id, String member, Json value) {
        return identity(
                id,
                "another " + member,
                JsonEdits.set(json, member, value).text(),
                refused("field", "identity." + member));
    }

    private static Json identity(String id, String comment, String text, Json expected) {
        return vector(id, comment, Json.object().put("text", text).build(), expected);
    }

    private static Json.Obj file(String about, List<Json> vectors) {
        return Json.object().put("about", about).put("vectors", vectors).build();
    }
}
