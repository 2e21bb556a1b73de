package io.cloister.attestation.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.attestation.appraisal.AppraisalPolicy;
import io.cloister.attestation.appraisal.Appraiser;
import io.cloister.attestation.appraisal.AttestationCheck;
import io.cloister.attestation.appraisal.AttestationResult;
import io.cloister.attestation.appraisal.AttestationResult.Affirmed;
import io.cloister.attestation.appraisal.Expectation;
import io.cloister.attestation.appraisal.ReferenceValue;
import io.cloister.attestation.appraisal.SimulatedPolicy;
import io.cloister.attestation.evidence.EvidenceBundle;
import io.cloister.attestation.evidence.SimulatedEvidence;
import io.cloister.attestation.evidence.Verification;
import io.cloister.attestation.evidence.Verifier;
import io.cloister.attestation.measurement.Measurement;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.Sha256;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;

class AppraisalTest {
    private static final Instant NOW = Instant.parse("2027-03-04T05:06:07Z");
    private static final Bytes REPORT_DATA = Bytes.copyOf(new byte[64]);
    private static final Measurement MEASUREMENT =
            new Measurement(digest("a"), digest("p"), digest("r"));

    private final SimulatedVendor vendor = new SimulatedVendor("appraisal");
    private final EvidenceBundle bundle = vendor.bundle(MEASUREMENT, REPORT_DATA, NOW);
    private final SimulatedPolicy policy =
            SimulatedPolicy.pinned(
                    vendor.root().publicKey(), List.of(new ReferenceValue("build", MEASUREMENT)));

    @Test
    void affirmsWithEveryCheckListed() throws Exception {
        AttestationResult result =
                AttestationCheck.check(
                        bundle.canonical(), policy, new Expectation(REPORT_DATA), NOW);

        assertInstanceOf(Affirmed.class, result);
        assertEquals(17, result.findings().size());
        assertEquals(policy.digest(), result.policy());
        assertEquals(List.of(), result.reasons());
    }

    @Test
    void everyResultOfSimulationSaysSo() throws Exception {
        AttestationResult result =
                AttestationCheck.check(
                        bundle.canonical(), policy, new Expectation(REPORT_DATA), NOW);

        assertTrue(result.toJson().text().contains(SimulatedEvidence.WARNING));
    }

    @Test
    void relaxationsAndTheirReasonsReachTheResult() throws Exception {
        SimulatedPolicy relaxed =
                policy.allowAnyMeasurement("first reason").allowAnyRoot("second reason");
        AttestationResult result =
                AttestationCheck.check(
                        bundle.canonical(), relaxed, new Expectation(REPORT_DATA), NOW);
        String shown = result.relaxations().toString();

        assertEquals(3, result.relaxations().size());
        assertTrue(shown.contains("first reason") && shown.contains("second reason"), shown);
    }

    @Test
    void refusesWhatExpiredBetweenVerificationAndAppraisal() throws Exception {
        var authentic =
                assertInstanceOf(
                        Verification.Authentic.class,
                        Verifier.standard().verify(bundle.evidence(), bundle.endorsements(), NOW));
        Instant later = NOW.plus(Duration.ofDays(1)).plusSeconds(1);
        AttestationResult result =
                Appraiser.appraise(
                        authentic.evidence(), policy, new Expectation(REPORT_DATA), later);

        assertEquals(
                List.of("evidence-current"),
                result.reasons().stream().map(reason -> reason.code().code()).toList());
    }

    @Test
    void tellsWhichPartOfTheEnclaveDiffers() throws Exception {
        var other = new Measurement(MEASUREMENT.agent(), digest("other"), MEASUREMENT.runtime());
        AttestationResult result =
                AttestationCheck.check(
                        vendor.bundle(other, REPORT_DATA, NOW).canonical(),
                        policy,
                        new Expectation(REPORT_DATA),
                        NOW);

        assertTrue(
                result.reasons()
                        .getFirst()
                        .sentence()
                        .contains("\"build\" differs in python (" + digest("p")),
                result.reasons().toString());
    }

    @Test
    void builtInPolicyRefusesSimulatedEvidenceAndSaysWhy() throws Exception {
        AttestationResult result =
                AttestationCheck.check(
                        bundle.canonical(),
                        AppraisalPolicy.builtIn(),
                        new Expectation(REPORT_DATA),
                        NOW);

        assertTrue(result.reasons().getFirst().sentence().contains("accepts hardware kinds only"));
    }

    /// One bit at every offset: whatever is changed, no changed bundle is affirmed.
    @Test
    void noBundleWithOneChangedByteIsAffirmed() throws Exception {
        byte[] accepted = bundle.canonical().toArray();
        for (int i = 0; i < accepted.length; i++) {
            byte[] changed = accepted.clone();
            changed[i] ^= 1;
            assertFalse(isAffirmed(Bytes.copyOf(changed)), "offset " + i);
        }
    }

    @Test
    void noTruncatedBundleIsAffirmed() throws Exception {
        byte[] accepted = bundle.canonical().toArray();
        for (int length = 0; length < accepted.length; length++) {
            assertFalse(
                    isAffirmed(Bytes.copyOf(Arrays.copyOf(accepted, length))), "length " + length);
        }
    }

    private boolean isAffirmed(Bytes changed) throws Exception {
        return AttestationCheck.check(changed, policy, new Expectation(REPORT_DATA), NOW)
                instanceof Affirmed;
    }

    private static Sha256 digest(String name) {
        return Sha256.of(Bytes.utf8(name));
    }
}
