package io.cloister.client;

import static io.cloister.client.Finding.Kind.COULD_NOT_CHECK;
import static io.cloister.client.Finding.Kind.NOT_ACCEPTABLE;
import static io.cloister.client.Finding.Kind.NOT_AUTHENTIC;
import static io.cloister.client.Verdicts.accepted;
import static io.cloister.client.Verdicts.refused;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cloister.attestation.appraisal.AppraisalPolicy;
import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.evidence.EvidenceBundle;
import io.cloister.crypto.EnvelopeSigner;
import io.cloister.crypto.SigningKey;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.Receipt;
import io.cloister.protocol.dsse.Envelope;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

class ReceiptCheckTest {
    private final Play play = new Play();

    private Receipt numbered(long run, Optional<Sha256> previous) {
        Receipt it = play.receipt();
        return new Receipt(
                it.computation(),
                it.agreement(),
                it.identity(),
                it.evidence(),
                run,
                it.grants(),
                it.inputLists(),
                it.bundle(),
                it.runtime(),
                it.inputs(),
                it.outputs(),
                it.terms(),
                it.report(),
                previous);
    }

    private Receipt withEvidence(EvidenceBundle evidence) {
        Receipt it = play.receipt();
        return new Receipt(
                it.computation(),
                it.agreement(),
                it.identity(),
                evidence.toJson(),
                1,
                it.grants(),
                it.inputLists(),
                it.bundle(),
                it.runtime(),
                it.inputs(),
                it.outputs(),
                it.terms(),
                it.report(),
                Optional.empty());
    }

    private VerifiedReceipt verified(Receipt receipt) {
        return accepted(ReceiptCheck.verify(play.sign(receipt), play.policy(), Optional.empty()));
    }

    @Test
    void acceptsAReceiptWithoutAnyServer() {
        assertEquals(play.receipt(), verified(play.receipt()).receipt());
    }

    @Test
    void refusesASimulatedEnclaveByTheBuiltInPolicy() {
        refused(
                ReceiptCheck.verify(
                        play.sign(play.receipt()), AppraisalPolicy.builtIn(), Optional.empty()),
                NOT_ACCEPTABLE,
                "evidence-kind-accepted");
    }

    @Test
    void refusesAReceiptByAnotherKeyThanItsIdentitys() {
        var forged =
                EnvelopeSigner.sign(SigningKey.generate(Play.RANDOM), Receipt.TYPE, play.receipt());
        refused(
                ReceiptCheck.verify(forged, play.policy(), Optional.empty()),
                NOT_AUTHENTIC,
                "receipt-signature");
    }

    @Test
    void refusesEvidenceOfAnotherIdentity() {
        var other = play.identity(Sha256.of(Bytes.utf8("another")));
        Receipt mixed =
                withEvidence(play.vendor.bundle(play.measurement, other.reportData(), Play.NOW));
        refused(
                ReceiptCheck.verify(play.sign(mixed), play.policy(), Optional.empty()),
                NOT_ACCEPTABLE,
                "report-data");
    }

    @Test
    void takesEndorsementsThatTheReceiptDoesNotCarry() throws Exception {
        Receipt it = play.receipt();
        EvidenceBundle whole = EvidenceBundle.read(it.evidence(), "evidence");
        Envelope bare =
                play.sign(withEvidence(new EvidenceBundle(whole.evidence(), Endorsements.none())));

        refused(
                ReceiptCheck.verify(bare, play.policy(), Optional.empty()),
                COULD_NOT_CHECK,
                "endorsements");
        accepted(ReceiptCheck.verify(bare, play.policy(), Optional.empty(), whole.endorsements()));
        refused(
                ReceiptCheck.verify(
                        bare,
                        play.policy(),
                        Optional.empty(),
                        Endorsements.simulated(play.enclaveKey.publicKey())),
                NOT_AUTHENTIC,
                "simulated-root-endorsed");
    }

    @Test
    void appraisesForTheInstantAskedFor() {
        refused(
                ReceiptCheck.verify(
                        play.sign(play.receipt()),
                        play.policy(),
                        Optional.of(Play.NOW.plus(Duration.ofDays(30)))),
                NOT_AUTHENTIC,
                "simulated-certificate-unexpired");
    }

    @Test
    void seesThatARunIsMissingBetweenTwoReceipts() {
        VerifiedReceipt first = verified(numbered(1, Optional.empty()));
        VerifiedReceipt second =
                verified(numbered(1, Optional.of(Sha256.of(Bytes.utf8("hidden")))));
        Verdicts.has(ReceiptCheck.chain(List.of(first, second)), NOT_AUTHENTIC, "receipt-chain");
    }

    @Test
    void findsNothingInOneReceiptAlone() {
        assertEquals(List.of(), ReceiptCheck.chain(List.of(verified(play.receipt()))));
    }
}
