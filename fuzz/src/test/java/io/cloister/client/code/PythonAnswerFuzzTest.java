package io.cloister.client.code;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.cloister.fuzz.FuzzTime;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

/// What a Python says of sources, which may be anybody's: refused as malformed, or read; nothing
/// else happens.
final class PythonAnswerFuzzTest {
    @FuzzTest(maxDuration = FuzzTime.EACH)
    void answer(byte[] bytes) {
        try {
            PythonInspection.read(Json.parse(bytes, JsonLimits.DOCUMENT, "python"));
        } catch (MalformedException _) {
            // As it must be.
        }
    }
}
