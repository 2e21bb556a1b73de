package io.cloister.trial;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.Terms;
import io.cloister.protocol.json.Json;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

class TrialJobTest {
    private static Map<String, Json> members() {
        Map<String, Json> members = new TreeMap<>();
        for (String path : List.of("python", "pythonPackage", "runtime", "scratch", "results")) {
            members.put(path, Json.of("/" + path));
        }
        members.put("lock", Json.of(Sha256.of(new byte[0]).toString()));
        members.put("code", array(codeFile("run.py")));
        members.put("providers", array(provider("alice@test.invalid")));
        members.put("consumers", array(Json.of("carol@test.invalid")));
        members.put("terms", Terms.defaults(Instant.EPOCH).toJson());
        return members;
    }

    private static Json array(Json only) {
        return new Json.Arr(List.of(only));
    }

    private static Json codeFile(String path) {
        return Json.object()
                .put("path", path)
                .put("secret", false)
                .put("file", "/project/" + path)
                .build();
    }

    private static Json provider(String email) {
        Json input = Json.object().put("name", "a.csv").put("file", "/data/a.csv").build();
        return Json.object().put("email", email).put("inputs", List.of(input)).build();
    }

    private static TrialJob read(Map<String, Json> members) throws MalformedException {
        var job = Json.object();
        members.forEach(job::put);
        return TrialJob.read(job.build());
    }

    private static void refuses(String name, Json value) {
        Map<String, Json> members = members();
        members.put(name, value);
        var refused = assertThrows(MalformedException.class, () -> read(members));
        assertTrue(String.valueOf(refused.getMessage()).contains(name), refused::getMessage);
    }

    @Test
    void readsAJob() throws MalformedException {
        TrialJob job = read(members());
        assertEquals("/project/run.py", job.code().getFirst().file().toString());
        assertEquals("a.csv", job.providers().getFirst().inputs().getFirst().name().value());
        assertEquals(1, job.consumers().size());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "python",
                "pythonPackage",
                "runtime",
                "scratch",
                "results",
                "lock",
                "code",
                "providers",
                "consumers",
                "terms"
            })
    void refusesAJobWithoutAMember(String name) {
        Map<String, Json> members = members();
        members.remove(name);
        var refused = assertThrows(MalformedException.class, () -> read(members));
        assertTrue(String.valueOf(refused.getMessage()).contains(name), refused::getMessage);
    }

    @Test
    void refusesWhatIsNotMeant() {
        refuses("python", Json.of("bin/python3"));
        refuses("lock", Json.of("sha256:00"));
        refuses("consumers", array(Json.of("nobody")));
        refuses("providers", array(provider("nobody")));
        refuses("extra", Json.of(1));
    }
}
