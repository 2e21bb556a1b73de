package io.cloister.attestation.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.attestation.finding.FindingCode;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Runs `spec/vectors/attestation-simulated/cases.json`, and holds the file to its maker. To write
/// it anew after the maker was changed, run the tests with `-Dcloister.writeVectors=true`.
class SimulatedVectorsTest {
    private static final Path FILE =
            Path.of(
                    System.getProperty("cloister.root", ".."),
                    "spec/vectors/attestation-simulated/cases.json");
    private static final JsonLimits LIMITS = new JsonLimits(8 << 20, 16, 100_000);

    @TestFactory
    Stream<DynamicTest> vectors() throws IOException, MalformedException {
        Fields file = Fields.of(Json.parse(Files.readAllBytes(FILE), LIMITS, "cases"), "cases");
        List<VectorCase> cases = file.list("cases", 1_000, VectorCase::read);
        return cases.stream()
                .map(vector ->
                        DynamicTest.dynamicTest(
                                vector.id(),
                                () ->
                                        assertEquals(
                                                vector.expected(),
                                                vector.actual(),
                                                vector.comment())));
    }

    @Test
    void fileIsWhatItsMakerMakes() throws IOException {
        String made =
                SimulatedVectors.all().stream()
                        .map(vector -> vector.toJson().text())
                        .collect(Collectors.joining(",\n", "{\"cases\":[\n", "\n]}\n"));
        if (Boolean.getBoolean("cloister.writeVectors")) {
            Files.createDirectories(FILE.getParent());
            Files.writeString(FILE, made);
        }

        // Not compared by assertEquals, which would print both.
        assertTrue(made.equals(Files.readString(FILE)), "the file is not what its maker makes");
    }

    @Test
    void everyCheckRefusesInOneVectorAlone() {
        Set<String> alone =
                SimulatedVectors.all().stream()
                        .map(VectorCase::codes)
                        .filter(codes -> codes.size() == 1)
                        .map(List::getFirst)
                        .collect(Collectors.toSet());
        Set<String> all =
                Arrays.stream(FindingCode.values())
                        .filter(SimulatedVectorsTest::isMadeForSimulation)
                        .map(FindingCode::code)
                        .collect(Collectors.toCollection(HashSet::new));
        // Refuses only with another: simulated Evidence under a policy without reference values of
        // its kind.
        all.remove(FindingCode.EVIDENCE_KIND_ACCEPTED.code());
        // Needs two instants, which a vector hasn't; AppraisalTest has it.
        all.remove(FindingCode.EVIDENCE_CURRENT.code());

        assertEquals(all, alone);
    }

    private static boolean isMadeForSimulation(FindingCode code) {
        return code.section().matches("spec/evidence\\.md §(2|5\\.[1-6]|6\\.[1-7])");
    }

    @Test
    void idsAreUnique() {
        List<String> ids = SimulatedVectors.all().stream().map(VectorCase::id).toList();

        assertEquals(ids.size(), new HashSet<>(ids).size());
        assertTrue(ids.size() > 50);
    }
}
