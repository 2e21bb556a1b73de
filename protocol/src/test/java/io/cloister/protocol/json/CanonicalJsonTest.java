package io.cloister.protocol.json;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.protocol.MalformedException;

import org.erdtman.jcs.JsonCanonicalizer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/// RFC 8785; its published vectors are in spec/vectors/canonical-json.json.
final class CanonicalJsonTest {
    private static Json canonical(String text) throws MalformedException {
        return CanonicalJson.parse(text.getBytes(StandardCharsets.UTF_8), JsonLimits.MESSAGE, "it");
    }

    private static MalformedException refusal(String text) {
        return assertThrows(MalformedException.class, () -> canonical(text));
    }

    @Test
    void takesTheCanonicalForm() throws MalformedException {
        String text =
                "{\"\":-1,\"a\":[true,null],\"b\":\"\\u0000\\u001f\\b\\t\\n\\f\\r\\\"\\\\/\u007f\u0080é😂\"}";
        assertEquals(text, canonical(text).text());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"b\":1,\"a\":1}",
                "{ }",
                "[1, 2]",
                "1\n",
                "\"\\u0061\"",
                "\"\\/\"",
                "\"\\u000a\"",
                "\"\\u001F\"",
                "\"\\u00e9\"",
                "{\"\ufb33\":1,\"😂\":1}"
            })
    void refusesAnyOtherForm(String text) {
        assertTrue(String.valueOf(refusal(text).getMessage()).contains("canonical JSON"), text);
    }

    @Test
    void sortsNamesByUtf16Units() {
        Json value = Json.object().put("\ufb01", 1).put("😂", 2).put("z", 3).put("", 4).build();
        assertEquals("{\"\":4,\"z\":3,\"😂\":2,\"\ufb01\":1}", value.text());
    }

    @Test
    void refusesTextThatIsNotInNfcAndSaysWhere() {
        assertEquals("it", refusal("\"e\u0301\"").path());
        assertEquals("it.a[1].b", refusal("{\"a\":[0,{\"b\":\"e\u0301\"}]}").path());
        assertEquals("it.a", refusal("{\"a\":{\"e\u0301\":1}}").path());
    }

    @Test
    void escapesMemberNamesInThePathOfAnError() {
        assertEquals("it.\\u{1b}[2J", refusal("{\"\\u001b[2J\":\"e\u0301\"}").path());
    }

    /// Paths were put together on the way in: a long name above many elements took minutes.
    @Test
    void readsALongNameAboveManyElementsFast() {
        var text = new StringBuilder("{\"").append("x".repeat(3 << 20)).append("\":[0");
        text.repeat(",0", 90_000).append("]}");
        byte[] utf8 = text.toString().getBytes(StandardCharsets.UTF_8);
        assertTimeoutPreemptively(
                Duration.ofSeconds(20), () -> CanonicalJson.parse(utf8, JsonLimits.DOCUMENT, "it"));
    }

    @Test
    void agreesWithAnotherImplementationOnRandomValues() throws IOException, MalformedException {
        RandomGenerator random = RandomGeneratorFactory.of("Xoshiro256PlusPlus").create(8785);
        for (int i = 0; i < 2_000; i++) {
            Json value = container(random, 4);
            byte[] ours = CanonicalJson.write(value);
            byte[] theirs =
                    new JsonCanonicalizer(new String(ours, StandardCharsets.UTF_8))
                            .getEncodedUTF8();
            assertArrayEquals(theirs, ours);
            String free = freely(value, random);
            assertArrayEquals(new JsonCanonicalizer(free).getEncodedUTF8(), ours, free);
            Json read =
                    Json.parse(free.getBytes(StandardCharsets.UTF_8), JsonLimits.DOCUMENT, "it");
            assertEquals(value, read);
            assertArrayEquals(ours, read.canonical());
        }
    }

    private static Json container(RandomGenerator random, int depth) {
        int size = random.nextInt(6);
        if (random.nextBoolean()) {
            Map<String, Json> members = new LinkedHashMap<>();
            for (int i = 0; i < size; i++) {
                members.put(text(random), value(random, depth - 1));
            }
            return new Json.Obj(members);
        }
        List<Json> elements = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            elements.add(value(random, depth - 1));
        }
        return new Json.Arr(elements);
    }

    private static Json value(RandomGenerator random, int depth) {
        return switch (random.nextInt(depth > 0 ? 7 : 5)) {
            case 0 -> Json.of(random.nextBoolean());
            case 1 -> new Json.Null();
            case 2 ->
                    Json.of(
                            random.nextLong(-Json.MAX_INTEGER, Json.MAX_INTEGER + 1)
                                    >> random.nextInt(53));
            case 3, 4 -> Json.of(text(random));
            default -> container(random, depth);
        };
    }

    private static String text(RandomGenerator random) {
        var text = new StringBuilder();
        for (int i = random.nextInt(8); i > 0; i--) {
            int codePoint = random.nextInt(1 << (random.nextInt(5) * 4 + 5)) % 0x110000;
            if (JsonReader.isUnicode(Character.toString(codePoint))) {
                text.appendCodePoint(codePoint);
            }
        }
        return text.toString();
    }

    /// The value in one of its other forms: blanks, needless escapes, members in any order.
    private static String freely(Json value, RandomGenerator random) {
        String blank = " \t\r\n".substring(random.nextInt(5));
        return switch (value) {
            case Json.Obj(var members) -> {
                List<String> names = new ArrayList<>(members.keySet());
                Collections.shuffle(names, Random.from(random));
                var text = new StringBuilder("{").append(blank);
                for (String name : names) {
                    text.append(
                            text.toString().strip().endsWith("{") && name.equals(names.getFirst())
                                    ? ""
                                    : ",");
                    text.append(quoted(name, random)).append(blank).append(':');
                    Json member = members.get(name);
                    text.append(member == null ? "null" : freely(member, random));
                }
                yield text.append(blank).append('}').toString();
            }
            case Json.Arr(var elements) -> {
                List<String> parts = new ArrayList<>();
                for (Json element : elements) {
                    parts.add(blank + freely(element, random));
                }
                yield "[" + String.join(blank + ",", parts) + blank + "]";
            }
            case Json.Str(var text) -> quoted(text, random);
            case Json.Num _, Json.Bool _, Json.Null _ -> value.text();
        };
    }

    private static String quoted(String text, RandomGenerator random) {
        var quoted = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean must = c < 0x20 || c == '"' || c == '\\' || Character.isSurrogate(c);
            quoted.append(
                    must || random.nextInt(4) == 0
                            ? String.format("\\u%04X", (int) c)
                            : String.valueOf(c));
        }
        return quoted.append('"').toString();
    }
}
