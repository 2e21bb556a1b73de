package io.cloister.attestation.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.cloister.attestation.appraisal.AppraisalPolicy;
import io.cloister.attestation.appraisal.HardwarePolicy;
import io.cloister.attestation.appraisal.ReferenceValue;
import io.cloister.attestation.appraisal.SimulatedPolicy;
import io.cloister.attestation.measurement.Measurement;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.PublicSigningKey;
import io.cloister.protocol.Sha256;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;
import java.util.stream.Stream;

class PolicyTest {
    private static final PublicSigningKey ROOT = TestKey.named("root").publicKey();
    private static final Sha256 DIGEST = Sha256.of(new byte[0]);
    private static final SimulatedPolicy PINNED =
            SimulatedPolicy.pinned(
                    ROOT,
                    List.of(new ReferenceValue("build", new Measurement(DIGEST, DIGEST, DIGEST))));
    private static final String HEAD =
            "{\"type\":\"" + AppraisalPolicy.TYPE + "\",\"kind\":\"simulated\",";

    static Stream<AppraisalPolicy> policies() {
        return Stream.of(
                AppraisalPolicy.builtIn(),
                PINNED,
                PINNED.allowAnyMeasurement("a"),
                PINNED.allowAnyRoot("b"),
                PINNED.allowDebug("c"),
                PINNED.allowAnyMeasurement("a").allowAnyRoot("b").allowDebug("c"),
                SimulatedPolicy.pinned(ROOT, List.of()));
    }

    @ParameterizedTest
    @MethodSource("policies")
    void isReadBackFromItsOwnForm(AppraisalPolicy policy) throws Exception {
        AppraisalPolicy again = AppraisalPolicy.parse(Bytes.copyOf(policy.toJson().canonical()));

        assertEquals(policy, again);
        assertEquals(policy.digest(), again.digest());
    }

    @Test
    void digestDependsOnEveryReason() {
        assertNotEquals(PINNED.allowDebug("one").digest(), PINNED.allowDebug("other").digest());
    }

    @Test
    void layoutOfTheFileDoesNotChangeTheDigest() throws Exception {
        String written =
                HEAD.replace(",", ",\n    ")
                        + "\"root\": \""
                        + ROOT
                        + "\",\n \"referenceValues\": [] }\n";

        assertEquals(
                SimulatedPolicy.pinned(ROOT, List.of()).digest(),
                AppraisalPolicy.parse(Bytes.utf8(written)).digest());
    }

    @Test
    void builtInPolicyIsForHardware() {
        assertInstanceOf(HardwarePolicy.class, AppraisalPolicy.builtIn());
    }

    static Stream<String> malformed() {
        String root = "\"root\":\"" + ROOT + "\"";
        return Stream.of(
                        root + "}",
                        "\"referenceValues\":[]}",
                        root + ",\"referenceValues\":[],\"allow\":{\"anyMeasurement\":\"why\"}}",
                        root + ",\"referenceValues\":[],\"allow\":{\"anyRoot\":\"why\"}}",
                        root + ",\"referenceValues\":[],\"allow\":{\"debug\":\"\"}}",
                        root + ",\"referenceValues\":[],\"allow\":{\"debug\":true}}",
                        root + ",\"referenceValues\":[],\"allow\":{\"everything\":\"why\"}}",
                        root + ",\"referenceValues\":[],\"allow\":null}",
                        root + ",\"referenceValues\":{}}",
                        root + ",\"referenceValues\":[{\"name\":\"x\"}]}",
                        root + ",\"referenceValues\":[],\"hardware\":true}",
                        "\"root\":\"ed25519:00\",\"referenceValues\":[]}")
                .map(HEAD::concat);
    }

    @ParameterizedTest
    @MethodSource("malformed")
    @ValueSource(
            strings = {
                "",
                "{}",
                "[]",
                "{\"type\":\"application/vnd.cloister.appraisal-policy.v1+json\",\"kind\":\"both\",\"referenceValues\":[]}",
                "{\"type\":\"application/vnd.cloister.appraisal-policy.v1+json\",\"kind\":\"hardware\"}",
                "{\"type\":\"application/vnd.cloister.appraisal-policy.v1+json\",\"kind\":\"hardware\",\"referenceValues\":[1]}",
                "{\"type\":\"application/vnd.cloister.appraisal-policy.v1+json\",\"kind\":\"hardware\",\"referenceValues\":[],"
                    + "\"allow\":{\"simulated\":\"why\"}}",
                "{\"type\":\"application/vnd.cloister.appraisal-policy.v2+json\",\"kind\":\"hardware\",\"referenceValues\":[]}",
            })
    void refuses(String policy) {
        assertThrows(MalformedException.class, () -> AppraisalPolicy.parse(Bytes.utf8(policy)));
    }
}
