package io.cloister.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// `evidence verify` of what the Cosmian client is shown of an enclave.
class CosmianEvidenceTest {
    private static final Path VECTORS =
            Path.of(System.getProperty("cloister.root", ".."), "spec/vectors/cosmian/enclave.json");

    @TempDir private Path folder;

    private record Vector(String id, Json shown, int exit) {}

    private final List<Vector> vectors = new ArrayList<>();
    private String instant = "";
    private String ownKey = "";

    @BeforeEach
    void read() throws Exception {
        Fields file =
                Fields.of(
                        Json.parse(Files.readAllBytes(VECTORS), JsonLimits.DOCUMENT, "file"),
                        "file");
        Files.write(folder.resolve("policy.json"), file.any("policy").canonical());
        instant = Instant.ofEpochSecond(file.integer("instant", 0, Json.MAX_INTEGER)).toString();
        ownKey = file.string("ownKey", 64, 64);
        vectors.addAll(
                file.list(
                        "cases",
                        100,
                        (json, path) -> {
                            Fields one = Fields.of(json, path);
                            return new Vector(
                                    one.string("id", 1, 100),
                                    one.any("shown"),
                                    switch (one.string("outcome", 1, 40)) {
                                        case "affirmed" -> 0;
                                        case "malformed" -> 3;
                                        case "not-authentic" -> 4;
                                        default -> 5;
                                    });
                        }));
    }

    private CommandLineRun verify(Json shown, String... more) throws IOException {
        Files.write(folder.resolve("identity.json"), shown.canonical());
        String[] given = {
            "evidence", "verify", "identity.json", "--policy", "policy.json", "--at", instant
        };
        return CommandLineRun.in(
                folder, Stream.concat(Stream.of(given), Stream.of(more)).toArray(String[]::new));
    }

    private Json good() {
        return vectors.getFirst().shown();
    }

    @TestFactory
    Stream<DynamicTest> eachOutcomeHasItsExitCode() {
        return vectors.stream()
                .map(vector ->
                        DynamicTest.dynamicTest(
                                vector.id(),
                                () -> {
                                    CommandLineRun run = verifyMine(vector.shown());
                                    assertEquals(vector.exit(), run.exit(), run.err());
                                }));
    }

    @Test
    void refusesTheDialectUnlessItIsAllowed() throws Exception {
        CommandLineRun run = verify(good());
        assertEquals(5, run.exit(), run.err());
        assertTrue(run.err().contains("--allow-cosmian-dialect"), run.err());
    }

    /// As the participant whose key is given.
    private CommandLineRun verifyMine(Json shown, String... more) throws IOException {
        String[] mine = {
            "--allow-cosmian-dialect",
            "--own-key",
            ownKey,
            "--own-seat",
            "coder@example.org/code-provider"
        };
        return verify(
                shown, Stream.concat(Stream.of(mine), Stream.of(more)).toArray(String[]::new));
    }

    @Test
    void saysThatEverythingIsTheServersWordAndThatYourKeyIsThere() throws Exception {
        CommandLineRun run = verifyMine(good());
        assertEquals(0, run.exit(), run.err());
        assertTrue(run.out().contains("nobody signed"), run.out());
        assertTrue(run.out().contains(ownKey), run.out());
        assertTrue(run.out().contains("simulated"), run.out());
        assertTrue(run.out().contains("Your key is at its place"), run.out());
    }

    @Test
    void doesNotAcceptWhereNoKeyWasCompared() throws Exception {
        CommandLineRun run = verify(good(), "--allow-cosmian-dialect");
        assertEquals(6, run.exit(), run.err());
        assertTrue(run.err().contains("own key was not compared"), run.err());
    }

    @Test
    void refusesYourKeyAtAnotherPlaceOrNowhere() throws Exception {
        CommandLineRun elsewhere =
                verify(
                        good(),
                        "--allow-cosmian-dialect",
                        "--own-key",
                        ownKey,
                        "--own-seat",
                        "provider@example.org/data-provider");
        assertEquals(5, elsewhere.exit(), elsewhere.err());
        char last = ownKey.charAt(62) == '0' ? '1' : '0';
        String others = ownKey.substring(0, 62) + last + ownKey.substring(63);
        CommandLineRun nowhere =
                verify(
                        good(),
                        "--allow-cosmian-dialect",
                        "--own-key",
                        others,
                        "--own-seat",
                        "coder@example.org/code-provider");
        assertEquals(5, nowhere.exit(), nowhere.err());
        assertTrue(nowhere.err().contains("not at your place"), nowhere.err());
    }

    @Test
    void saysTheWholeOutcomeOnceInJson() throws Exception {
        for (Vector vector : vectors) {
            CommandLineRun run = verifyMine(vector.shown(), "--json");
            if (vector.id().equals("accepted")) {
                assertTrue(run.out().contains("\"result\":\"accepted\""), run.out());
            } else {
                assertFalse(run.out().contains("\"result\":\"accepted\""), run.out());
            }
        }
        assertTrue(
                verify(good(), "--allow-cosmian-dialect", "--json")
                        .out()
                        .contains("\"result\":\"own-key-not-compared\""));
    }

    @Test
    void holdsTheFileToTheEnclaveThatIsNamed() throws Exception {
        Matcher said =
                Pattern.compile("\"identity\":\"sha256:([0-9a-f]{64})\"")
                        .matcher(verifyMine(good(), "--json").out());
        assertTrue(said.find());
        String digest = said.group(1);
        assertEquals(0, verifyMine(good(), "--identity", "sha256:" + digest).exit());
        char last = digest.charAt(63) == '0' ? '1' : '0';
        CommandLineRun other =
                verifyMine(good(), "--identity", "sha256:" + digest.substring(0, 63) + last);
        assertEquals(5, other.exit(), other.err());
        assertTrue(other.err().contains("the file is about the enclave"), other.err());
    }

    @Test
    void takesAWholeComputationToo() throws Exception {
        Json whole =
                Json.object()
                        .put("uuid", "30313233-3435-3637-3839-616263646566")
                        .put("enclave", Json.object().put("identity", good()).build())
                        .build();
        assertEquals(0, verifyMine(whole).exit());
    }

    @Test
    void refusesByAPolicyThatHasNoSuchAgent() throws Exception {
        Files.writeString(folder.resolve("policy.json"), "{}");
        assertEquals(3, verifyMine(good()).exit());
        CommandLineRun run =
                CommandLineRun.in(
                        folder,
                        "evidence",
                        "verify",
                        "identity.json",
                        "--allow-cosmian-dialect",
                        "--at",
                        instant);
        assertEquals(5, run.exit(), run.err());
    }

    @Test
    void takesNoOptionThatWouldCompareLess() throws Exception {
        assertEquals(2, verifyMine(good(), "--report-data", "00".repeat(64)).exit());
        assertEquals(2, verifyMine(good(), "--authentic-only").exit());
        assertEquals(2, verify(good(), "--allow-cosmian-dialect", "--own-key", ownKey).exit());
        Files.write(
                folder.resolve("bundle.json"),
                Fields.of(good(), "shown").base64("quote", 1, 1 << 20).toArray());
        CommandLineRun plain =
                CommandLineRun.in(
                        folder,
                        "evidence",
                        "verify",
                        "bundle.json",
                        "--policy",
                        "policy.json",
                        "--at",
                        instant,
                        "--own-key",
                        ownKey);
        assertEquals(2, plain.exit(), plain.err());
    }
}
