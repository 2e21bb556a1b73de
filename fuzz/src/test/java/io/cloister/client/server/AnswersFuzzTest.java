package io.cloister.client.server;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.cloister.fuzz.FuzzTime;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import java.util.Arrays;
import java.util.List;

/// A server's smaller answers: refused as malformed, or read; nothing else happens. An input is the
/// number of the answer's kind as a letter, and the answer.
final class AnswersFuzzTest {
    private static final List<Reader> READERS =
            List.of(
                    Said.Info::read,
                    Said.Me::read,
                    Said.Page::read,
                    json -> Said.Summary.read(json, "answer"),
                    json -> Said.Participant.read(json, "answer"),
                    json -> Said.Pending.read(json, "answer"),
                    json -> Said.Blob.read(json, "answer"),
                    json -> Said.Enclave.read(json, "answer"),
                    json -> Said.Run.read(json, "answer"),
                    json -> Said.Output.read(json, "answer"),
                    json -> RegisteredCard.read(json, "answer"),
                    Published::read);

    @FunctionalInterface
    private interface Reader {
        Object read(Json json) throws MalformedException;
    }

    @FuzzTest(maxDuration = FuzzTime.EACH)
    void answer(byte[] input) {
        if (input.length == 0) {
            return;
        }
        Reader reader = READERS.get(Math.floorMod(input[0] - 'a', READERS.size()));
        byte[] answer = Arrays.copyOfRange(input, 1, input.length);
        try {
            reader.read(Json.parse(answer, JsonLimits.DOCUMENT, "answer"));
        } catch (MalformedException _) {
            // As it must be.
        }
    }
}
