package io.cloister.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
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
                                    CommandLineRun run =
                                            verify(vector.shown(), "--allow-cosmian-dialect");
                                    assertEquals(vector.exit(), run.exit(), run.err());
                                }));
    }

    @Test
    void refusesTheDialectUnlessItIsAllowed() throws Exception {
        CommandLineRun run = verify(good());
        assertEquals(5, run.exit(), run.err());
        assertTrue(run.err().contains("--allow-cosmian-dialect"), run.err());
    }

    @Test
    void saysThatEverythingIsTheServersWordAndWhatToCompare() throws Exception {
        CommandLineRun run = verify(good(), "--allow-cosmian-dialect");
        assertTrue(run.out().contains("nobody signed"), run.out());
        assertTrue(run.out().contains(ownKey), run.out());
        assertTrue(run.out().contains("simulated"), run.out());
        assertTrue(run.out().contains("Compare your key"), run.out());
    }

    @Test
    void findsYourOwnKeyOrRefuses() throws Exception {
        CommandLineRun mine = verify(good(), "--allow-cosmian-dialect", "--own-key", ownKey);
        assertEquals(0, mine.exit(), mine.err());
        assertTrue(mine.out().contains("Your key is there: coder@example.org"), mine.out());
        char last = ownKey.charAt(62) == '0' ? '1' : '0';
        String others = ownKey.substring(0, 62) + last + ownKey.substring(63);
        CommandLineRun notMine = verify(good(), "--allow-cosmian-dialect", "--own-key", others);
        assertEquals(5, notMine.exit(), notMine.err());
        assertTrue(notMine.err().contains("nobody's"), notMine.err());
    }

    @Test
    void takesNoOtherReportDataAndNoOwnKeyOfOtherEvidence() throws Exception {
        CommandLineRun run =
                verify(good(), "--allow-cosmian-dialect", "--report-data", "00".repeat(64));
        assertEquals(2, run.exit(), run.err());
        Fields shown = Fields.of(good(), "shown");
        Files.write(folder.resolve("bundle.json"), shown.base64("quote", 1, 1 << 20).toArray());
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
