package io.cloister.protocol.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

import java.util.List;
import java.util.Optional;

final class FieldsTest {
    private static final Json OBJECT =
            Json.object()
                    .put("text", "four")
                    .put("number", 7)
                    .put("truth", true)
                    .put("none", new Json.Null())
                    .put("list", List.of(Json.of("a"), Json.of("b")))
                    .put("object", Json.object().put("inner", 1).build())
                    .put("base64", "AAEC")
                    .put("digest", Sha256.of(new byte[0]).toString())
                    .build();

    private static Fields fields() throws MalformedException {
        return Fields.of(OBJECT, "top");
    }

    private static void refused(String message, Executable reading) {
        assertEquals(message, assertThrows(MalformedException.class, reading).getMessage());
    }

    @Test
    void takesEveryMemberWithinItsBounds() throws MalformedException {
        Fields fields = fields();
        assertTrue(fields.has("text"));
        assertFalse(fields.has("other"));
        assertEquals("four", fields.string("text", 4, 4));
        fields.constant("text", "four");
        assertEquals("four", fields.text("text", (text, _) -> text));
        assertEquals(Optional.of(4), fields.optionalText("text", (text, _) -> text.length()));
        assertEquals(Optional.empty(), fields.optionalText("other", (text, _) -> text.length()));
        assertEquals(7, fields.integer("number", 7, 7));
        assertTrue(fields.bool("truth"));
        assertEquals(new Json.Null(), fields.any("none"));
        assertEquals(List.of("a", "b"), fields.texts("list", 2, (text, _) -> text));
        assertEquals(List.of("top.list[0]", "top.list[1]"), fields.list("list", 2, (_, at) -> at));
        assertEquals(1, fields.object("object").integer("inner", 1, 1));
        assertEquals(Optional.of("top.object"), fields.optional("object", (_, at) -> at));
        assertEquals(Optional.empty(), fields.optional("other", (_, at) -> at));
        assertEquals(Bytes.copyOf(new byte[] {0, 1, 2}), fields.base64("base64", 3, 3));
        assertEquals(Sha256.of(new byte[0]), fields.sha256("digest"));
        fields.end();
    }

    @Test
    void refusesWhatIsNoObject() {
        refused(
                "top: expected an object, got an array",
                () -> Fields.of(Json.array(List.of()), "top"));
    }

    @Test
    void refusesAMemberThatIsMissing() {
        refused("top.other: expected a value, got nothing", () -> fields().string("other", 0, 9));
        refused("top.other: expected a value, got nothing", () -> fields().integer("other", 0, 9));
        refused(
                "top.other: expected a value, got nothing",
                () -> fields().list("other", 9, (_, at) -> at));
    }

    @Test
    void refusesAMemberOfAnotherKind() {
        refused(
                "top.number: expected a string, got a number",
                () -> fields().string("number", 0, 9));
        refused(
                "top.text: expected an integer, got a string",
                () -> fields().integer("text", 0, 9));
        refused("top.none: expected true or false, got null", () -> fields().bool("none"));
        refused(
                "top.object: expected an array, got an object",
                () -> fields().list("object", 9, (_, at) -> at));
        refused("top.truth: expected an object, got true or false", () -> fields().object("truth"));
        refused(
                "top.list[0]: expected an integer, got a string",
                () ->
                        fields().list(
                                        "list",
                                        2,
                                        (element, at) ->
                                                Fields.of(
                                                                Json.object()
                                                                        .put("x", element)
                                                                        .build(),
                                                                at)
                                                        .integer("x", 0, 1))
                                .size(),
                ".x");
        refused(
                "top.none: expected a string, got null",
                () -> fields().optionalText("none", (text, _) -> text));
    }

    private static void refused(String message, Executable reading, String dropped) {
        String actual =
                String.valueOf(assertThrows(MalformedException.class, reading).getMessage());
        assertEquals(message, actual.replace(dropped, ""));
    }

    @Test
    void refusesAMemberOutOfBounds() {
        refused(
                "top.text: expected a string of 5 to 9 UTF-16 units, got one of 4",
                () -> fields().string("text", 5, 9));
        refused(
                "top.text: expected a string of 0 to 3 UTF-16 units, got one of 4",
                () -> fields().string("text", 0, 3));
        refused(
                "top.number: expected an integer from 8 to 9, got 7",
                () -> fields().integer("number", 8, 9));
        refused(
                "top.number: expected an integer from 0 to 6, got 7",
                () -> fields().integer("number", 0, 6));
        refused(
                "top.list: expected at most 1 elements, got 2 elements",
                () -> fields().list("list", 1, (_, at) -> at));
        refused(
                "top.base64: expected 4 to 9 bytes, got 3 bytes",
                () -> fields().base64("base64", 4, 9));
        refused(
                "top.base64: expected a string of 0 to 0 UTF-16 units, got one of 4",
                () -> fields().base64("base64", 0, 0));
        refused("top.text: expected five, got four", () -> fields().constant("text", "five"));
        refused(
                "top.base64: expected 1 to 2 bytes, got 3 bytes",
                () -> fields().base64("base64", 1, 2));
    }

    @Test
    void refusesTextsThatAreTooLong() throws MalformedException {
        Json long4097 =
                Json.object()
                        .put("x", "a".repeat(4097))
                        .put("l", List.of(Json.of("a".repeat(4097))))
                        .build();
        Fields fields = Fields.of(long4097, "top");
        assertThrows(MalformedException.class, () -> fields.text("x", (text, _) -> text));
        assertThrows(MalformedException.class, () -> fields.texts("l", 1, (text, _) -> text));
    }

    @Test
    void refusesAMemberNobodyAskedFor() throws MalformedException {
        Fields fields = Fields.of(Json.object().put("a", 1).put("\u001b[31m", 2).build(), "top");
        fields.any("a");
        refused("top: expected no member but those of its kind, got \\u{1b}[31m", fields::end);
    }

    @Test
    void askingWhetherAMemberIsThereIsNotTakingIt() throws MalformedException {
        Fields fields = Fields.of(Json.object().put("a", 1).build(), "top");
        assertTrue(fields.has("a"));
        assertThrows(MalformedException.class, fields::end);
    }
}
