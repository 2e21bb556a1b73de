package io.cloister.attestation.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cloister.attestation.evidence.Verifier;
import io.cloister.attestation.finding.FindingCode;
import io.cloister.protocol.MalformedException;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

import java.io.IOException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Runs `spec/vectors/attestation/simulated/cases.json`, and holds the file to its maker. To write
/// it anew after the maker was changed, run the tests with `-Dcloister.writeVectors=true`.
class SimulatedVectorsTest {
    private static final VectorFile FILE =
            VectorFile.of("attestation/simulated", SimulatedVectors.all());

    @TestFactory
    Stream<DynamicTest> vectors() throws IOException, MalformedException {
        return VectorFile.tests(FILE.read(), Verifier.standard());
    }

    @Test
    void fileIsWhatItsMakerMakes() throws IOException {
        FILE.isWhatItsMakerMakes("");
    }

    @Test
    void everyCheckRefusesInOneVectorAlone() {
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

        assertEquals(all, FILE.codesAlone());
    }

    private static boolean isMadeForSimulation(FindingCode code) {
        return code.section().matches("spec/evidence\\.md §(2|5\\.[1-6]|6\\.[1-7])");
    }

    @Test
    void idsAreUnique() {
        FILE.hasUniqueIdsAndMoreThan(50);
    }
}
