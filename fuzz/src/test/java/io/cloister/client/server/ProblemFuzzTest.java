package io.cloister.client.server;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.cloister.fuzz.FuzzTime;
import io.cloister.protocol.MalformedException;

/// A server's problem details: refused as malformed, or read; nothing else happens.
final class ProblemFuzzTest {
    @FuzzTest(maxDuration = FuzzTime.EACH)
    void problem(byte[] bytes) {
        try {
            Problem.parse(400, bytes);
        } catch (MalformedException _) {
            // As it must be.
        }
    }
}
