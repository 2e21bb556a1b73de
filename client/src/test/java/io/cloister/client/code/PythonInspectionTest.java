package io.cloister.client.code;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.util.Set;

class PythonInspectionTest {
    private static final String ANSWER =
            """
            {"standard":["os"],"files":{"run.py":{"imports":[],"unsafe":[]}}}
            """;

    private static PythonInspection read(String answer) throws MalformedException {
        return PythonInspection.read(
                Json.parse(
                        answer.strip().getBytes(StandardCharsets.UTF_8),
                        JsonLimits.MESSAGE,
                        "python"));
    }

    private static void refuses(String part, String other) {
        var refused =
                assertThrows(MalformedException.class, () -> read(ANSWER.replace(part, other)));
        assertEquals("python.files", refused.path());
    }

    @Test
    void readsAnAnswerAndRefusesOneWithoutItsFiles() throws Exception {
        assertEquals(Set.of("run.py"), read(ANSWER).files().keySet());
        refuses("{\"run.py\":{\"imports\":[],\"unsafe\":[]}}", "[]");
        refuses(",\"files\":{\"run.py\":{\"imports\":[],\"unsafe\":[]}}", "");
    }
}
