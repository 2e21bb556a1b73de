package io.cloister.fuzz.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.cloister.fuzz.FuzzTime;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Email;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.PublicSigningKey;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.Shown;
import io.cloister.protocol.document.AgeRecipient;
import io.cloister.protocol.document.FileName;
import io.cloister.protocol.state.Tag;

import java.nio.charset.StandardCharsets;
import java.util.List;

/// Text forms read only what they write, and whatever another party wrote is shown as one harmless
/// line.
final class TextsFuzzTest {
    private interface Form {
        String reread(String text) throws MalformedException;
    }

    private static final List<Form> FORMS =
            List.of(
                    text -> Email.parse(text, "fuzz").toString(),
                    text -> FileName.parse(text, "fuzz").toString(),
                    text -> Sha256.parse(text, "fuzz").toString(),
                    text -> ComputationId.parse(text, "fuzz").toString(),
                    text -> PublicSigningKey.parse(text, "fuzz").toString(),
                    text -> AgeRecipient.parse(text, "fuzz").toString(),
                    text -> Tag.parse(text, "fuzz").toString(),
                    text -> Bytes.fromHex(text, "fuzz").hex(),
                    text -> Bytes.fromBase64(text, "fuzz").base64());

    @FuzzTest(maxDuration = FuzzTime.EACH)
    void areReadAsWrittenAndShownOnOneLine(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        for (Form form : FORMS) {
            try {
                assertEquals(text, form.reread(text));
            } catch (MalformedException e) {
                checkShown(String.valueOf(e.getMessage()));
            }
        }
        checkShown(Shown.bounded(text));
        String wide = new String(bytes, StandardCharsets.UTF_16BE);
        String shown = Shown.bounded(wide);
        checkShown(shown);
        assertTrue(shown.codePointCount(0, shown.length()) <= 120 * 10 + 1);
    }

    private static void checkShown(String shown) {
        shown.codePoints()
                .forEach(c ->
                        assertTrue(
                                c == ' ' || (c > 0x20 && c < 0x7f) || (c >= 0xa1 && !isHarmful(c)),
                                () -> "shows U+" + Integer.toHexString(c)));
    }

    private static boolean isHarmful(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SPACE_SEPARATOR ->
                    true;
            default -> false;
        };
    }
}
