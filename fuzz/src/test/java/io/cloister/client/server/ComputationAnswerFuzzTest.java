package io.cloister.client.server;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.cloister.fuzz.FuzzTime;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

/// What a server says of a computation: refused as malformed, or read; nothing else happens.
final class ComputationAnswerFuzzTest {
    @FuzzTest(maxDuration = FuzzTime.EACH)
    void computation(byte[] bytes) {
        try {
            Said.Computation.read(Json.parse(bytes, JsonLimits.DOCUMENT, "answer"));
        } catch (MalformedException _) {
            // As it must be.
        }
    }
}
