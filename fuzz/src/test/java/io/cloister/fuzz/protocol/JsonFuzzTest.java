package io.cloister.fuzz.protocol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.cloister.fuzz.FuzzTime;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.CanonicalJson;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

/// What is read writes itself in one form, which reads as the same; whatever is not read is
/// malformed.
final class JsonFuzzTest {
    @FuzzTest(maxDuration = FuzzTime.EACH)
    void whatIsReadHasOneForm(byte[] bytes) {
        Json value;
        try {
            value = Json.parse(bytes, JsonLimits.MESSAGE, "fuzz");
        } catch (MalformedException _) {
            return;
        }
        byte[] canonical = value.canonical();
        try {
            Json again = Json.parse(canonical, new JsonLimits(1 << 20, 16, 4_096), "fuzz");
            assertEquals(value, again);
            assertArrayEquals(canonical, again.canonical());
        } catch (MalformedException e) {
            throw new AssertionError("the canonical form is JSON", e);
        }
        try {
            Json strict = CanonicalJson.parse(bytes, JsonLimits.MESSAGE, "fuzz");
            assertArrayEquals(bytes, strict.canonical());
        } catch (MalformedException _) {
            // Another form, or text that is not in NFC.
        }
    }
}
