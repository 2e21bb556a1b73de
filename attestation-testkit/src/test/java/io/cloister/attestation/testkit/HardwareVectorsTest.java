package io.cloister.attestation.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.attestation.evidence.Verifier;
import io.cloister.attestation.finding.FindingCode;
import io.cloister.attestation.pki.PinnedKey;
import io.cloister.attestation.pki.SignatureChecks;
import io.cloister.attestation.pki.VendorRoots;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
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

/// Runs `spec/vectors/attestation-hardware/cases.json` under the roots that it names, and holds the
/// file to its maker. To write it anew after the maker was changed, run the tests with
/// `-Dcloister.writeVectors=true`.
class HardwareVectorsTest {
    private static final Path FILE =
            Path.of(
                    System.getProperty("cloister.root", ".."),
                    "spec/vectors/attestation-hardware/cases.json");
    private static final JsonLimits LIMITS = new JsonLimits(8 << 20, 24, 100_000);

    @TestFactory
    Stream<DynamicTest> vectors() throws IOException, MalformedException {
        Fields file = Fields.of(Json.parse(Files.readAllBytes(FILE), LIMITS, "cases"), "cases");
        var verifier = new Verifier(roots(file.object("roots")), SignatureChecks.ofPlatform());
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

    private static VendorRoots roots(Fields named) throws MalformedException {
        VendorRoots real = VendorRoots.pinned();
        return new VendorRoots(
                root(real.intel(), named.sha256("intel")),
                root(real.milan(), named.sha256("milan")),
                root(real.genoa(), named.sha256("genoa")),
                root(real.turin(), named.sha256("turin")));
    }

    /// A fake root under the real one's name.
    private static PinnedKey root(PinnedKey real, Sha256 key) {
        return new PinnedKey(real.name(), key, "the vectors");
    }

    @Test
    void fileIsWhatItsMakerMakes() throws IOException {
        VendorRoots roots = HardwareVectors.roots();
        Json named =
                Json.object()
                        .put("intel", roots.intel().key().toString())
                        .put("milan", roots.milan().key().toString())
                        .put("genoa", roots.genoa().key().toString())
                        .put("turin", roots.turin().key().toString())
                        .build();
        String made =
                HardwareVectors.all().stream()
                        .map(vector -> vector.toJson().text())
                        .collect(
                                Collectors.joining(
                                        ",\n",
                                        "{\"roots\":" + named.text() + ",\n\"cases\":[\n",
                                        "\n]}\n"));
        if (Boolean.getBoolean("cloister.writeVectors")) {
            Files.createDirectories(FILE.getParent());
            Files.writeString(FILE, made);
        }

        // Not compared by assertEquals, which would print both.
        assertTrue(made.equals(Files.readString(FILE)), "the file is not what its maker makes");
    }

    /// Every check of appraisal that only hardware has refuses somewhere, alone.
    @Test
    void everyCheckOfAppraisalRefusesInOneVectorAlone() {
        Set<String> alone =
                HardwareVectors.all().stream()
                        .map(VectorCase::codes)
                        .filter(codes -> codes.size() == 1)
                        .map(List::getFirst)
                        .collect(Collectors.toSet());
        Set<String> all =
                Arrays.stream(FindingCode.values())
                        .filter(code -> code.section().matches(".*§6\\.([89]|1[0-4])"))
                        .map(FindingCode::code)
                        .collect(Collectors.toCollection(HashSet::new));
        // The fake platform keeps its keys to itself; IntelAppraisalTest has it.
        all.remove(FindingCode.INTEL_CACHED_KEYS.code());

        all.removeAll(alone);
        assertEquals(Set.of(), all);
    }

    @Test
    void idsAreUnique() {
        List<String> ids = HardwareVectors.all().stream().map(VectorCase::id).toList();

        assertEquals(ids.size(), new HashSet<>(ids).size());
        assertTrue(ids.size() > 70, () -> ids.size() + " vectors");
    }
}
