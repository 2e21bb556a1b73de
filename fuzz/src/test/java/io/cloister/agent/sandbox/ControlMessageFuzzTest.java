package io.cloister.agent.sandbox;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.cloister.fuzz.FuzzTime;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;

/// Whatever comes in the supervisor's place is taken or ends in an [IOException].
final class ControlMessageFuzzTest {
    @FuzzTest(maxDuration = FuzzTime.EACH)
    void messagesOfAnyKindFromTheSupervisorAreTakenOrRefused(byte[] message) {
        try {
            ControlMessage.read(new DataInputStream(new ByteArrayInputStream(message)));
        } catch (IOException expected) {
            // Refused.
        }
    }
}
