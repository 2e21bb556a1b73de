package io.cloister.protocol.vectors;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.PublicSigningKey;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.EnclaveIdentity;
import io.cloister.protocol.document.OutputIndex;
import io.cloister.protocol.json.CanonicalJson;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;
import io.cloister.protocol.state.Computation;
import io.cloister.protocol.state.Event;
import io.cloister.protocol.state.Life;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/// Runs spec/vectors, here and in Python, and sees to it that they are what the generators make. To
/// write them anew: `./mvnw -pl protocol test -Dtest=VectorsTest -Dcloister.vectors=write`; then
/// look at the difference.
final class VectorsTest {
    @TestFactory
    List<DynamicTest> theCommittedFilesAreUpToDate() {
        boolean write = "write".equals(System.getProperty("cloister.vectors"));
        List<DynamicTest> tests = new ArrayList<>();
        Vectors.files()
                .forEach((name, content) ->
                        tests.add(
                                DynamicTest.dynamicTest(
                                        name,
                                        () -> {
                                            String made = VectorFiles.layout(content);
                                            if (write) {
                                                VectorFiles.write(name, made);
                                            }
                                            assertEquals(
                                                    made,
                                                    Files.readString(VectorFiles.file(name)),
                                                    "see the comment of this class");
                                        })));
        return tests;
    }

    private static String text(Fields fields, String name) throws MalformedException {
        return fields.string(name, 0, 1 << 24);
    }

    private static byte[] bytes(Fields input) throws MalformedException {
        return input.has("hex")
                ? Bytes.fromHex(text(input, "hex"), "hex").toArray()
                : text(input, "text").getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void canonicalJson() throws Exception {
        for (Json vector : VectorFiles.list("canonical-json.json", "vectors")) {
            Fields fields = Fields.of(vector, "vector");
            String id = text(fields, "id");
            byte[] bytes = bytes(fields.object("input"));
            Fields expected = fields.object("expected");
            if (text(expected, "outcome").equals("refused")) {
                assertEquals("json", text(expected, "stage"), id);
                assertThrows(
                        MalformedException.class,
                        () -> Json.parse(bytes, JsonLimits.MESSAGE, id),
                        id);
                continue;
            }
            byte[] canonical = Json.parse(bytes, JsonLimits.MESSAGE, id).canonical();
            assertArrayEquals(
                    text(expected, "canonical").getBytes(StandardCharsets.UTF_8), canonical, id);
            assertEquals(expected.sha256("digest"), Sha256.of(canonical), id);
            if (text(expected.object("asDocument"), "outcome").equals("accepted")) {
                CanonicalJson.parse(bytes, JsonLimits.MESSAGE, id);
            } else {
                assertThrows(
                        MalformedException.class,
                        () -> CanonicalJson.parse(bytes, JsonLimits.MESSAGE, id),
                        id);
            }
        }
    }

    @Test
    void phrases() throws Exception {
        for (Json vector : VectorFiles.list("phrase.json", "vectors")) {
            Fields fields = Fields.of(vector, "vector");
            assertEquals(
                    text(fields.object("expected"), "phrase"),
                    String.join(" ", Vectors.phrase(text(fields.object("input"), "digest"))));
        }
    }

    @Test
    void identities() throws Exception {
        for (Json vector : VectorFiles.list("documents/identity.json", "vectors")) {
            Fields fields = Fields.of(vector, "vector");
            String id = text(fields, "id");
            var bytes = Bytes.utf8(text(fields.object("input"), "text"));
            Fields expected = fields.object("expected");
            if (text(expected, "outcome").equals("accepted")) {
                EnclaveIdentity identity = EnclaveIdentity.parse(bytes);
                assertEquals(expected.sha256("digest"), identity.digest());
                assertEquals(text(expected, "reportData"), identity.reportData().hex());
            } else {
                var refused =
                        assertThrows(
                                MalformedException.class, () -> EnclaveIdentity.parse(bytes), id);
                if (expected.has("path")) {
                    assertEquals(text(expected, "path"), refused.path(), id);
                }
            }
        }
    }

    @Test
    void outputIndexes() throws Exception {
        for (Json vector : VectorFiles.list("output-index.json", "vectors")) {
            Fields fields = Fields.of(vector, "vector");
            String id = text(fields, "id");
            Fields input = fields.object("input");
            String text = text(input, "text");
            int blanks =
                    (int) input.integer("bytes", 0, 1 << 20)
                            - text.getBytes(StandardCharsets.UTF_8).length;
            var bytes = Bytes.utf8(text + " ".repeat(blanks));
            Fields expected = fields.object("expected");
            if (text(expected, "outcome").equals("accepted")) {
                OutputIndex index = OutputIndex.parse(bytes);
                assertEquals(expected.integer("entries", 0, 100), index.entries().size(), id);
                assertEquals(bytes, index.padded(), id);
            } else {
                var refused =
                        assertThrows(MalformedException.class, () -> OutputIndex.parse(bytes), id);
                if (expected.has("path")) {
                    assertEquals(text(expected, "path"), refused.path(), id);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void documents(Kind kind) throws Exception {
        List<String> accepted = new ArrayList<>();
        List<String> stages = new ArrayList<>();
        for (Json vector : VectorFiles.list(kind.file(), "vectors")) {
            Fields fields = Fields.of(vector, "vector");
            String id = text(fields, "id");
            Fields input = fields.object("input");
            String envelope =
                    input.has("text") ? text(input, "text") : input.any("envelope").text();
            PublicSigningKey key = input.text("key", PublicSigningKey::parse);
            Json expected = fields.any("expected");
            assertEquals(expected, kind.judge(envelope, key), id);
            if (text(fields.object("expected"), "outcome").equals("accepted")) {
                accepted.add(id);
            } else {
                stages.add(text(fields.object("expected"), "stage"));
            }
        }
        assertEquals("good", accepted.getFirst());
        assertTrue(
                stages.containsAll(
                        List.of("json", "envelope", "type", "canonical", "field", "signature")));
    }

    @Test
    void computations() throws Exception {
        Json file = VectorFiles.read("computation.json");
        Fields top = Fields.of(file, "file");
        Map<String, Event> events = new LinkedHashMap<>();
        for (Map.Entry<String, Json> entry : ((Json.Obj) top.any("events")).members().entrySet()) {
            Fields event = Fields.of(entry.getValue(), entry.getKey());
            events.put(entry.getKey(), Event.read(text(event, "type"), event.any("data")));
        }
        Map<String, Computation> states = new LinkedHashMap<>();
        for (Map.Entry<String, Json> entry : ((Json.Obj) top.any("states")).members().entrySet()) {
            Fields state = Fields.of(entry.getValue(), entry.getKey());
            List<Event> log =
                    state.texts("log", 100, (name, _) -> Objects.requireNonNull(events.get(name)));
            Computation computation = Life.replayed(log).state();
            assertEquals(text(state, "state"), computation.word());
            assertEquals(state.any("pending"), Json.array(ComputationVectors.pending(computation)));
            states.put(entry.getKey(), computation);
        }
        for (Json vector : VectorFiles.list("computation.json", "vectors")) {
            Fields fields = Fields.of(vector, "vector");
            Computation state = Objects.requireNonNull(states.get(text(fields, "state")));
            Event event = Objects.requireNonNull(events.get(text(fields, "event")));
            assertEquals(
                    fields.any("expected"),
                    ComputationVectors.expected(state, event),
                    text(fields, "id"));
        }
        assertInstanceOf(Json.Obj.class, file);
    }

    /// The same files, by a program that shares no line with ours.
    @Test
    void pythonAgrees() throws IOException, InterruptedException {
        assumeTrue(hasPython(), "no python3 here");
        Process python =
                new ProcessBuilder("python3", "-I", VectorFiles.file("check.py").toString())
                        .directory(new File(VectorFiles.root().toString()))
                        .redirectErrorStream(true)
                        .start();
        String said = new String(python.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(python.waitFor(100, TimeUnit.SECONDS));
        assertEquals(0, python.exitValue(), said);
    }

    private static boolean hasPython() throws InterruptedException {
        try {
            Process python =
                    new ProcessBuilder("python3", "--version").redirectErrorStream(true).start();
            python.getInputStream().readAllBytes();
            return python.waitFor() == 0;
        } catch (IOException _) {
            return false;
        }
    }
}
