package io.cloister.attestation.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.attestation.evidence.Verifier;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import org.junit.jupiter.api.DynamicTest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The cases of one folder of `spec/vectors`, which a maker in the testkit makes.
///
/// @param path the file
/// @param cases what the maker makes
record VectorFile(Path path, List<VectorCase> cases) {
    private static final JsonLimits LIMITS = new JsonLimits(16 << 20, 24, 200_000);

    static VectorFile of(String folder, List<VectorCase> cases) {
        return new VectorFile(
                Path.of(
                        System.getProperty("cloister.root", ".."),
                        "spec/vectors",
                        folder,
                        "cases.json"),
                cases);
    }

    /// What is in the file.
    Fields read() throws IOException, MalformedException {
        return Fields.of(Json.parse(Files.readAllBytes(path), LIMITS, "cases"), "cases");
    }

    /// A test of each case in the file.
    static Stream<DynamicTest> tests(Fields file, Verifier verifier) throws MalformedException {
        List<VectorCase> cases = file.list("cases", 1_000, VectorCase::read);
        return cases.stream()
                .map(vector ->
                        DynamicTest.dynamicTest(
                                vector.id(),
                                () ->
                                        assertEquals(
                                                vector.expected(),
                                                vector.actual(verifier),
                                                vector.comment())));
    }

    /// Fails if the file is not what the maker makes; with `-Dcloister.writeVectors=true` it is
    /// written first.
    ///
    /// @param before members in front of the cases, each with a comma and the end of its line
    void isWhatItsMakerMakes(String before) throws IOException {
        String made =
                cases.stream()
                        .map(vector -> vector.toJson().text())
                        .collect(
                                Collectors.joining(
                                        ",\n", "{" + before + "\"cases\":[\n", "\n]}\n"));
        if (Boolean.getBoolean("cloister.writeVectors")) {
            Files.createDirectories(path.getParent());
            Files.writeString(path, made);
        }

        // Not compared by assertEquals, which would print both.
        assertTrue(made.equals(Files.readString(path)), "the file is not what its maker makes");
    }

    /// The codes that refuse alone somewhere.
    Set<String> codesAlone() {
        return cases.stream()
                .map(VectorCase::codes)
                .filter(codes -> codes.size() == 1)
                .map(List::getFirst)
                .collect(Collectors.toSet());
    }

    /// Fails if two cases have one id, or there are no more than `least`.
    void hasUniqueIdsAndMoreThan(int least) {
        List<String> ids = cases.stream().map(VectorCase::id).toList();

        assertEquals(ids.size(), new HashSet<>(ids).size());
        assertTrue(ids.size() > least, () -> ids.size() + " vectors");
    }
}
