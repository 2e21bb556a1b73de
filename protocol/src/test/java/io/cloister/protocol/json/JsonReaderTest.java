package io.cloister.protocol.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.protocol.MalformedException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;

/// RFC 8259 as narrowed by RFC 7493 and by our profile.
final class JsonReaderTest {
    private static final JsonLimits LIMITS = new JsonLimits(1_000, 4, 10);

    private static Json parse(String text) throws MalformedException {
        return Json.parse(text.getBytes(StandardCharsets.UTF_8), LIMITS, "it");
    }

    private static String refusal(String text) {
        return refusal(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String refusal(byte[] utf8) {
        var refused = assertThrows(MalformedException.class, () -> Json.parse(utf8, LIMITS, "it"));
        assertEquals("it", refused.path());
        return String.valueOf(refused.getMessage());
    }

    @Test
    void readsEveryKindOfValue() throws MalformedException {
        Json expected =
                Json.object()
                        .put("text", "a\"\\/\b\f\n\r\té😂")
                        .put("number", -12)
                        .put("truth", true)
                        .put("none", new Json.Null())
                        .put("list", List.of(Json.of(0), Json.of(false)))
                        .build();
        assertEquals(
                expected,
                parse(
                        " {\"list\" : [0,\tfalse],\r\n"
                            + "\"none\":null,\"truth\":true,\"number\":-12,\"text\":\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00E9\\ud83D\\uDE02\"}"
                            + " "));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0",
                "1",
                "-1",
                "10",
                "9007199254740991",
                "-9007199254740991",
                "\"\"",
                "[]",
                "{}",
                "[[[[]]]]"
            })
    void readsTheSmallestAndTheLargest(String text) throws MalformedException {
        assertEquals(text, parse(text).text());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-0",
                "00",
                "01",
                "-01",
                "1.0",
                "1.",
                "1e2",
                "1E2",
                "1e-2",
                "0.1",
                "0e0",
                "-0.0",
                "9007199254740992",
                "-9007199254740992",
                "18446744073709551617",
                "9e999"
            })
    void refusesNumbersThatAreNotIntegersInTheirShortestForm(String text) {
        assertTrue(refusal(text).contains("expected an integer"), text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "-",
                "+1",
                ".1",
                "- 1",
                "NaN",
                "Infinity",
                "0x1",
                "tru",
                "nul",
                "True",
                "undefined",
                "'a'",
                "]",
                "}",
                ",",
                ":",
                "\u00a01",
                "\f1",
                "\u000b1",
                "/**/1",
                "//"
            })
    void refusesWhatIsNoValue(String text) {
        refusal(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[",
                "[1",
                "[1,",
                "[1,]",
                "[,1]",
                "[1 2]",
                "{",
                "{\"a\"",
                "{\"a\":",
                "{\"a\":1",
                "{\"a\":1,",
                "{\"a\":1,}",
                "{a:1}",
                "{1:1}",
                "{\"a\" 1}",
                "{\"a\":1 \"b\":2}",
                "\"",
                "\"a",
                "\"\\",
                "\"\\u",
                "\"\\u12",
                "\"\\u12g4\"",
                "\"\\u-123\"",
                "\"\\x41\"",
                "\"\\U0041\"",
                "\"\\u１２３４\""
            })
    void refusesWhatIsBrokenOff(String text) {
        refusal(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"1 1", "{}{}", "[],", "null\u0000", "1 x", "{} //", "truefalse", "truex"})
    void refusesBytesAfterTheValue(String text) {
        assertTrue(refusal(text).contains("expected the end"), text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"a\":1,\"a\":1}",
                "{\"a\":1,\"b\":2,\"\\u0061\":3}",
                "{\"\":0,\"\":0}",
                "[{\"x\":{\"y\":1,\"y\":2}}]"
            })
    void refusesAMemberNameTwiceHoweverItIsWritten(String text) {
        assertTrue(refusal(text).contains("unique member names"), text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"\\ud800\"",
                "\"\\udc00\"",
                "\"\\udc00\\ud800\"",
                "\"a\\ud83d\"",
                "\"\\ud83d\\u0041\"",
                "{\"\\ud800\":1}",
                "\"\\ufffe\"",
                "\"\\uffff\"",
                "\"\\ufdd0\"",
                "\"\\ufdef\"",
                "\"\\ud83f\\udffe\""
            })
    void refusesLoneSurrogatesAndNoncharacters(String text) {
        assertTrue(refusal(text).contains("surrogate or noncharacter"), text);
    }

    @Test
    void takesCharactersNextToNoncharacters() throws MalformedException {
        assertEquals(
                new Json.Str("\ufdcf\ufdf0\ufffd\ud83f\udffd"),
                parse("\"\\ufdcf\\ufdf0\\ufffd\\ud83f\\udffd\""));
    }

    @Test
    void refusesToMakeTextThatCouldNotBeRead() {
        assertThrows(IllegalArgumentException.class, () -> Json.of("\ud800"));
        assertThrows(IllegalArgumentException.class, () -> Json.of("\uffff"));
        assertThrows(IllegalArgumentException.class, () -> Json.object().put("\udc00", 1).build());
        assertThrows(IllegalArgumentException.class, () -> Json.of(1L << 53));
        assertThrows(IllegalArgumentException.class, () -> Json.of(-(1L << 53)));
        assertThrows(IllegalArgumentException.class, () -> Json.object().put("a", 1).put("a", 1));
    }

    @Test
    void refusesControlCharactersThatAreNotEscaped() {
        for (char c = 0; c < 0x20; c++) {
            String text = "\"" + c + "\"";
            assertTrue(refusal(text).contains("escaped control character"), text);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "22c328, a sequence broken off", "22ff22, no UTF-8 at all", "22c08022, an overlong NUL",
        "22e0808022, an overlong one of three", "22eda08022, an encoded surrogate",
                "22f490808022, above U+10FFFF",
        "fffe2200, UTF-16", "228022, a continuation byte alone"
    })
    void refusesWhatIsNotUtf8(String hex, String what) {
        assertTrue(refusal(HexFormat.of().parseHex(hex)).contains("UTF-8"), what);
    }

    @Test
    void refusesAByteOrderMark() {
        refusal("\ufeff{}");
    }

    @Test
    void refusesMoreLevelsValuesOrBytesThanAllowed() throws MalformedException {
        parse("[[[[]]]]");
        assertTrue(refusal("[[[[[]]]]]").contains("at most 4 levels"));
        parse("[1,2,3,4,5,6,7,8,9]");
        assertTrue(refusal("[1,2,3,4,5,6,7,8,9,10]").contains("at most 10 values"));
        parse("\"" + "a".repeat(998) + "\"");
        assertTrue(refusal("\"" + "a".repeat(999) + "\"").contains("at most 1000 bytes"));
    }

    @Test
    void saysWhereAndWhatCame() {
        assertEquals(
                "it: expected a value at character 6, got x\\u{1b}[2J]",
                refusal("[\"a\", x\u001b[2J]"));
    }

    @Test
    void limitsArePositive() {
        assertThrows(IllegalArgumentException.class, () -> new JsonLimits(0, 1, 1));
        assertThrows(IllegalArgumentException.class, () -> new JsonLimits(1, 0, 1));
        assertThrows(IllegalArgumentException.class, () -> new JsonLimits(1, 1, 0));
    }
}
