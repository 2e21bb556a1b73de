package io.cloister.client;

import static io.cloister.client.Finding.Kind.MALFORMED;
import static io.cloister.client.Finding.Kind.NOT_ACCEPTABLE;
import static io.cloister.client.Finding.Kind.NOT_AUTHENTIC;
import static io.cloister.client.Verdicts.accepted;
import static io.cloister.client.Verdicts.refused;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.cloister.attestation.appraisal.AppraisalPolicy;
import io.cloister.attestation.appraisal.ReferenceValue;
import io.cloister.attestation.appraisal.SimulatedPolicy;
import io.cloister.attestation.measurement.Measurement;
import io.cloister.attestation.testkit.SimulatedVendor;
import io.cloister.client.server.Published;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.EnclaveIdentity;
import io.cloister.protocol.document.RuntimeRef;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

class EnclaveCheckTest {
    private static final String X25519 =
            "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj";

    private final Play play = new Play();

    private Verdict<EnclaveCheck.Enclave> check(EnclaveIdentity identity) {
        return check(play.published(identity), identity.digest(), play.policy());
    }

    private Verdict<EnclaveCheck.Enclave> check(
            Published published, Sha256 expected, AppraisalPolicy policy) {
        return EnclaveCheck.check(published, expected, play.agreement, policy, Play.NOW);
    }

    private Sha256 digest() {
        return play.identity.digest();
    }

    @Test
    void acceptsTheEnclaveOfTheAgreement() {
        assertEquals(play.identity, accepted(check(play.identity)).identity());
    }

    @Test
    void refusesAnotherIdentityThanAskedFor() {
        refused(
                check(
                        play.published(play.identity),
                        Sha256.of(Bytes.utf8("asked for")),
                        play.policy()),
                NOT_AUTHENTIC,
                "identity-digest");
    }

    @Test
    void refusesTheEnclaveOfAnotherComputation() {
        var other = new ComputationId(Bytes.utf8("fedcba9876543210"));
        refused(
                check(play.identity(other, play.agreement.digest(), play.runtime, play.enclaveKey)),
                NOT_AUTHENTIC,
                "identity-computation");
    }

    @Test
    void refusesTheEnclaveOfAnotherAgreement() {
        refused(
                check(play.identity(Sha256.of(Bytes.utf8("another")))),
                NOT_AUTHENTIC,
                "identity-agreement");
    }

    @Test
    void refusesAnEnclaveWithOtherPackages() {
        var other = new RuntimeRef("bare", Sha256.of(Bytes.utf8("another lock")));
        refused(
                check(
                        play.identity(
                                play.computation, play.agreement.digest(), other, play.enclaveKey)),
                NOT_ACCEPTABLE,
                "identity-runtime");
    }

    /// The identity, with one word of it exchanged.
    private Verdict<EnclaveCheck.Enclave> altered(String word, String other) {
        String text = new String(play.identity.canonical().toArray(), StandardCharsets.UTF_8);
        Bytes altered = Bytes.utf8(text.replace(word, other));
        assertNotEquals(play.identity.canonical(), altered);
        return check(
                new Published(altered, play.published(play.identity).evidence()),
                Sha256.of(altered),
                play.policy());
    }

    @Test
    void refusesAnEnclaveThatIsolatesLessThanTheTermsDemand() {
        var demanding = new Play("http://127.0.0.1:1", Play.demandingCgroups(), List.of());
        Verdict<EnclaveCheck.Enclave> verdict =
                EnclaveCheck.check(
                        demanding.published(demanding.identity),
                        demanding.identity.digest(),
                        demanding.agreement,
                        demanding.policy(),
                        Play.NOW);
        refused(verdict, NOT_ACCEPTABLE, "identity-isolation");
    }

    @Test
    void refusesAnIsolationLevelItDoesNotKnow() {
        refused(altered("\"namespaces\"", "\"none\""), MALFORMED, "identity-form");
    }

    @Test
    void refusesARecipientThatIsNotPostQuantum() {
        refused(altered(play.identity.recipient().value(), X25519), MALFORMED, "identity-form");
    }

    @Test
    void refusesAnEnclaveWithAParticipantsKey() {
        var participants = Play.of(Play.CODER, play.keys).signing();
        refused(
                check(
                        play.identity(
                                play.computation,
                                play.agreement.digest(),
                                play.runtime,
                                participants)),
                NOT_AUTHENTIC,
                "identity-keys");
    }

    @Test
    void refusesEvidenceOfAnotherIdentity() {
        EnclaveIdentity other = play.identity(Sha256.of(Bytes.utf8("another")));
        var mixed = new Published(play.identity.canonical(), play.published(other).evidence());
        refused(check(mixed, digest(), play.policy()), NOT_ACCEPTABLE, "report-data");
    }

    @Test
    void refusesAnAgentWithAnotherMeasurement() {
        var other =
                new Measurement(
                        Sha256.of(Bytes.utf8("another agent")),
                        play.measurement.python(),
                        play.measurement.runtime());
        refused(
                check(play.published(play.identity, other), digest(), play.policy()),
                NOT_ACCEPTABLE,
                "measurement");
    }

    @Test
    void refusesAnotherInstallationThanThePolicyPins() {
        AppraisalPolicy other =
                SimulatedPolicy.pinned(
                        new SimulatedVendor("other").root().publicKey(),
                        List.of(new ReferenceValue("test", play.measurement)));
        refused(
                check(play.published(play.identity), digest(), other),
                NOT_ACCEPTABLE,
                "root-pinned");
    }

    @Test
    void refusesSimulatedEvidenceByTheBuiltInPolicy() {
        refused(
                check(play.published(play.identity), digest(), AppraisalPolicy.builtIn()),
                NOT_ACCEPTABLE,
                "evidence-kind-accepted");
    }

    @Test
    void refusesAnEnclaveMeasuredWithOtherPackagesThanAgreed() {
        var other =
                new Measurement(
                        play.measurement.agent(),
                        play.measurement.python(),
                        Sha256.of(Bytes.utf8("another lock")));
        AppraisalPolicy both =
                SimulatedPolicy.pinned(
                        play.vendor.root().publicKey(),
                        List.of(new ReferenceValue("other", other)));
        refused(
                check(play.published(play.identity, other), digest(), both),
                NOT_ACCEPTABLE,
                "measured-runtime");
    }

    @Test
    void refusesEvidenceThatExpired() {
        refused(
                EnclaveCheck.check(
                        play.published(play.identity),
                        digest(),
                        play.agreement,
                        play.policy(),
                        Play.NOW.plus(Duration.ofDays(30))),
                NOT_AUTHENTIC,
                "simulated-certificate-unexpired");
    }

    @Test
    void refusesEvidenceThatIsNone() {
        var broken = new Published(play.identity.canonical(), Bytes.utf8("{}"));
        refused(check(broken, digest(), play.policy()), MALFORMED, "evidence-form");
    }

    @Test
    void refusesAnIdentityThatIsNone() {
        var broken = new Published(Bytes.utf8("{}"), play.published(play.identity).evidence());
        refused(
                check(broken, Sha256.of(Bytes.utf8("{}")), play.policy()),
                MALFORMED,
                "identity-form");
    }

    @Test
    void listsEveryCheckThatDoesNotPass() {
        var other = new RuntimeRef("bare", Sha256.of(Bytes.utf8("another lock")));
        EnclaveIdentity wrong =
                play.identity(
                        play.computation,
                        Sha256.of(Bytes.utf8("another agreement")),
                        other,
                        play.enclaveKey);
        Verdict<EnclaveCheck.Enclave> verdict =
                check(play.published(wrong), wrong.digest(), AppraisalPolicy.builtIn());
        refused(verdict, NOT_AUTHENTIC, "identity-agreement");
        refused(verdict, NOT_ACCEPTABLE, "identity-runtime");
        refused(verdict, NOT_ACCEPTABLE, "evidence-kind-accepted");
    }
}
