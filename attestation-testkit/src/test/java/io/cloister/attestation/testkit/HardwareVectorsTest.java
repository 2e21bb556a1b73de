package io.cloister.attestation.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cloister.attestation.evidence.Verifier;
import io.cloister.attestation.finding.FindingCode;
import io.cloister.attestation.pki.PinnedKey;
import io.cloister.attestation.pki.SignatureChecks;
import io.cloister.attestation.pki.VendorRoots;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

import java.io.IOException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Runs `spec/vectors/attestation/hardware/cases.json` under the roots that it names, and holds the
/// file to its maker. To write it anew after the maker was changed, run the tests with
/// `-Dcloister.writeVectors=true`.
class HardwareVectorsTest {
    private static final VectorFile FILE =
            VectorFile.of("attestation/hardware", HardwareVectors.all());

    @TestFactory
    Stream<DynamicTest> vectors() throws IOException, MalformedException {
        Fields file = FILE.read();
        return VectorFile.tests(
                file, new Verifier(roots(file.object("roots")), SignatureChecks.ofPlatform()));
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
        FILE.isWhatItsMakerMakes("\"roots\":" + named.text() + ",\n");
    }

    /// Every check of appraisal that only hardware has refuses somewhere, alone.
    @Test
    void everyCheckOfAppraisalRefusesInOneVectorAlone() {
        Set<String> all =
                Arrays.stream(FindingCode.values())
                        .filter(code -> code.section().matches(".*§6\\.([89]|1[0-4])"))
                        .map(FindingCode::code)
                        .collect(Collectors.toCollection(HashSet::new));

        all.removeAll(FILE.codesAlone());
        assertEquals(Set.of(), all);
    }

    /// Every check of verification refuses somewhere, alone, but those that cannot.
    @Test
    void everyCheckOfVerificationRefusesInOneVectorAlone() {
        Set<FindingCode> cannot =
                Set.of(
                        // What is for others is ignored, so that these never refuse. Where nothing
                        // else is there nobody can check: sgx-tcb-info-of-another-family,
                        // tdx-qe-identity-of-the-other-kind.
                        FindingCode.INTEL_TCB_INFO_MATCHES,
                        FindingCode.INTEL_QE_IDENTITY_MATCHES,
                        // It is met or not checked, and never where a bundle is verified;
                        // UnlessRevokedTest has it.
                        FindingCode.SNP_REVOCATION_CHECKED,
                        // Made where Evidence stands in a TLS certificate, before there is a
                        // bundle; TlsKeyBindingTest has it.
                        FindingCode.TLS_KEY_BOUND);
        Set<String> found = FILE.codesAlone();

        assertEquals(
                cannot,
                Arrays.stream(FindingCode.values())
                        .filter(HardwareVectorsTest::isMadeWhenVerifying)
                        .filter(code -> !found.contains(code.code()))
                        .collect(Collectors.toSet()));
    }

    private static boolean isMadeWhenVerifying(FindingCode code) {
        return code.section().matches("spec/evidence\\.md §(6\\.7|9|9\\..*|10|10\\..*|11)")
                || code == FindingCode.INTEL_CERTIFICATE_PROFILE
                || code == FindingCode.EVIDENCE_FORM;
    }

    /// Nothing that can come out is without a case.
    @Test
    void hasCasesOfEachOutcomeAndStage() {
        Set<String> found =
                FILE.cases().stream()
                        .map(vector -> (vector.outcome() + " " + vector.stage()).strip())
                        .collect(Collectors.toSet());

        assertEquals(
                Set.of(
                        "affirmed",
                        "could-not-check",
                        "refused parse",
                        "refused verify",
                        "refused appraise"),
                found);
    }

    @Test
    void idsAreUnique() {
        FILE.hasUniqueIdsAndMoreThan(500);
    }
}
