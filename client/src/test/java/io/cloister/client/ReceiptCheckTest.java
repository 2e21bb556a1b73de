package io.cloister.client;

import static io.cloister.client.Finding.Kind.COULD_NOT_CHECK;
import static io.cloister.client.Finding.Kind.MALFORMED;
import static io.cloister.client.Finding.Kind.NOT_ACCEPTABLE;
import static io.cloister.client.Finding.Kind.NOT_AUTHENTIC;
import static io.cloister.client.Verdicts.accepted;
import static io.cloister.client.Verdicts.refused;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cloister.attestation.appraisal.AppraisalPolicy;
import io.cloister.attestation.appraisal.ReferenceValue;
import io.cloister.attestation.appraisal.SimulatedPolicy;
import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.evidence.EvidenceBundle;
import io.cloister.attestation.evidence.SnpEvidence;
import io.cloister.attestation.measurement.Measurement;
import io.cloister.attestation.runtime.RuntimeLock;
import io.cloister.crypto.EnvelopeSigner;
import io.cloister.crypto.SigningKey;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.BillOfMaterials;
import io.cloister.protocol.document.Receipt;
import io.cloister.protocol.document.RuntimeRef;
import io.cloister.protocol.document.Terms;
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
                it.packages(),
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
                it.packages(),
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
    void believesNoHardwareReceiptsOwnWordForItsInstant() {
        Envelope hardware =
                play.sign(
                        withEvidence(
                                new EvidenceBundle(
                                        new SnpEvidence(Bytes.copyOf(new byte[1184])),
                                        Endorsements.none())));

        refused(
                ReceiptCheck.verify(hardware, play.policy(), Optional.empty()),
                COULD_NOT_CHECK,
                "instant");
        refused(
                ReceiptCheck.verify(hardware, play.policy(), Optional.of(Play.NOW)),
                MALFORMED,
                "evidence-form");
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

    private static Verdict<VerifiedReceipt> against(
            Receipt receipt, Play signer, Play agreed, AppraisalPolicy policy) {
        return ReceiptCheck.verifyAgainst(
                signer.sign(receipt), policy, Optional.empty(), agreed.agreement);
    }

    @Test
    void saysWhetherAReceiptWasComparedWithItsAgreement() {
        assertEquals(Optional.empty(), verified(play.receipt()).comparedWith());
        assertEquals(
                Optional.of(play.agreement.digest()),
                accepted(against(play.receipt(), play, play, play.policy())).comparedWith());
    }

    @Test
    void saysWhatWasNotCompared() {
        List<Uncompared> withoutAgreement =
                List.of(
                        Uncompared.COMPUTATION,
                        Uncompared.AGREEMENT,
                        Uncompared.CODE,
                        Uncompared.PACKAGES);
        assertEquals(withoutAgreement, verified(play.receipt()).notCompared(true));
        VerifiedReceipt compared = accepted(against(play.receipt(), play, play, play.policy()));
        assertEquals(List.of(), compared.notCompared(true));
        assertEquals(List.of(Uncompared.RUNTIME_PACKAGES), compared.notCompared(false));
    }

    @Test
    void saysThatPackagesOfTheCodeWereNotCompared() {
        for (BillOfMaterials.Origin origin : BillOfMaterials.Origin.values()) {
            var one =
                    new BillOfMaterials.Component(
                            "toml", "0.10.2", Sha256.of(Bytes.utf8("wheel")), origin);
            VerifiedReceipt receipt = verified(with(play.receipt(), play.runtime, one));
            assertEquals(
                    origin == BillOfMaterials.Origin.CODE,
                    receipt.notCompared(true).contains(Uncompared.CODE_PACKAGES));
        }
    }

    @Test
    void refusesAReceiptUnderAnotherAgreement() {
        Verdict<VerifiedReceipt> verdict = against(play.receipt(), play, new Play(), play.policy());
        refused(verdict, NOT_AUTHENTIC, "receipt-agreement");
        refused(verdict, NOT_AUTHENTIC, "identity-agreement");
    }

    @Test
    void refusesAReceiptWithWiderTermsThanItsAgreement() {
        Receipt it = play.receipt();
        Terms agreed = it.terms();
        var wider = agreed.toBuilder().outputBytes(agreed.outputBytes() + 1).build();
        var receipt =
                new Receipt(
                        it.computation(),
                        it.agreement(),
                        it.identity(),
                        it.evidence(),
                        it.run(),
                        it.grants(),
                        it.inputLists(),
                        it.bundle(),
                        it.runtime(),
                        it.packages(),
                        it.inputs(),
                        it.outputs(),
                        wider,
                        it.report(),
                        it.previous());
        accepted(ReceiptCheck.verify(play.sign(receipt), play.policy(), Optional.empty()));
        refused(against(receipt, play, play, play.policy()), NOT_AUTHENTIC, "receipt-terms");
    }

    private void refusedFor(String code, RuntimeRef runtime, List<Receipt.Input> inputs) {
        Receipt it = play.receipt();
        assertEquals(List.of(), ReceiptCheck.compare(it, play.agreement));
        var altered =
                new Receipt(
                        it.computation(),
                        it.agreement(),
                        it.identity(),
                        it.evidence(),
                        it.run(),
                        it.grants(),
                        it.inputLists(),
                        it.bundle(),
                        runtime,
                        it.packages(),
                        inputs,
                        it.outputs(),
                        it.terms(),
                        it.report(),
                        it.previous());
        List<Finding> findings = ReceiptCheck.compare(altered, play.agreement);
        assertEquals(
                List.of(NOT_AUTHENTIC + " " + code),
                findings.stream().map(one -> one.kind() + " " + one.code()).toList());
    }

    @Test
    void refusesAReceiptWithOtherPackagesThanAgreed() {
        List<Receipt.Input> inputs = play.receipt().inputs();
        Sha256 other = Sha256.of(Bytes.utf8("other packages"));
        refusedFor("receipt-runtime", new RuntimeRef(play.runtime.name(), other), inputs);
        refusedFor("receipt-runtime", new RuntimeRef("other", play.runtime.digest()), inputs);
    }

    @Test
    void refusesAReceiptWithAnInputOfSomeoneWhoIsNoDataProvider() {
        Receipt.Input input = play.receipt().inputs().getFirst();
        refusedFor(
                "receipt-inputs",
                play.runtime,
                List.of(new Receipt.Input(Play.CONSUMER, input.position(), input.ciphertext())));
    }

    @Test
    void refusesPackagesThatCameWithCodeThatHasNone() {
        Receipt it = play.receipt();
        for (BillOfMaterials.Origin origin : BillOfMaterials.Origin.values()) {
            var receipt =
                    new Receipt(
                            it.computation(),
                            it.agreement(),
                            it.identity(),
                            it.evidence(),
                            it.run(),
                            it.grants(),
                            it.inputLists(),
                            it.bundle(),
                            it.runtime(),
                            new BillOfMaterials(
                                    List.of(
                                            new BillOfMaterials.Component(
                                                    "toml",
                                                    "0.10.2",
                                                    Sha256.of(Bytes.utf8("wheel")),
                                                    origin))),
                            it.inputs(),
                            it.outputs(),
                            it.terms(),
                            it.report(),
                            it.previous());
            switch (origin) {
                case RUNTIME -> accepted(against(receipt, play, play, play.policy()));
                case CODE ->
                        refused(
                                against(receipt, play, play, play.policy()),
                                NOT_AUTHENTIC,
                                "receipt-packages");
            }
        }
    }

    private static Receipt with(Receipt it, Sha256 runtime, BillOfMaterials.Component... packages) {
        return with(it, new RuntimeRef("base", runtime), packages);
    }

    private static Receipt with(
            Receipt it, RuntimeRef runtime, BillOfMaterials.Component... packages) {
        return new Receipt(
                it.computation(),
                it.agreement(),
                it.identity(),
                it.evidence(),
                it.run(),
                it.grants(),
                it.inputLists(),
                it.bundle(),
                runtime,
                new BillOfMaterials(List.of(packages)),
                it.inputs(),
                it.outputs(),
                it.terms(),
                it.report(),
                it.previous());
    }

    @Test
    void refusesPackagesOfTheRuntimeThatItsLockDoesNotHave() throws Exception {
        Sha256 wheel = Sha256.of(Bytes.utf8("wheel"));
        var lock = RuntimeLock.parse(Bytes.utf8("toml==0.10.2 \\\n    --hash=" + wheel + "\n"));
        var toml =
                new BillOfMaterials.Component(
                        "toml", "0.10.2", wheel, BillOfMaterials.Origin.RUNTIME);
        var more = new BillOfMaterials.Component("zoo", "1", wheel, BillOfMaterials.Origin.RUNTIME);
        var newer =
                new BillOfMaterials.Component(
                        "toml", "0.10.3", wheel, BillOfMaterials.Origin.RUNTIME);
        var other =
                new BillOfMaterials.Component(
                        "toml",
                        "0.10.2",
                        Sha256.of(Bytes.utf8("other")),
                        BillOfMaterials.Origin.RUNTIME);
        Receipt it = play.receipt();
        accepted(ReceiptCheck.comparePackages(with(it, lock.digest(), toml), lock));
        for (Receipt wrong :
                List.of(
                        with(it, lock.digest()),
                        with(it, lock.digest(), toml, more),
                        with(it, lock.digest(), newer),
                        with(it, lock.digest(), other))) {
            refused(ReceiptCheck.comparePackages(wrong, lock), NOT_AUTHENTIC, "receipt-packages");
        }
        refused(
                ReceiptCheck.comparePackages(with(it, wheel, toml), lock),
                NOT_AUTHENTIC,
                "receipt-runtime");
    }

    @Test
    void refusesAnEnclaveTheAgreementIsNotNarrowedTo() {
        var narrowed = new Play("http://127.0.0.1:1", 1, List.of("simulated:" + "0".repeat(64)));
        accepted(
                ReceiptCheck.verify(
                        narrowed.sign(narrowed.receipt()), narrowed.policy(), Optional.empty()));
        refused(
                against(narrowed.receipt(), narrowed, narrowed, narrowed.policy()),
                NOT_ACCEPTABLE,
                "measurement-narrowed");
    }

    @Test
    void refusesAnEnclaveMeasuredWithOtherPackagesThanAgreed() {
        var other =
                new Measurement(
                        play.measurement.agent(),
                        play.measurement.python(),
                        Sha256.of(Bytes.utf8("other packages")));
        Receipt it = play.receipt();
        var receipt =
                new Receipt(
                        it.computation(),
                        it.agreement(),
                        it.identity(),
                        play.vendor.bundle(other, play.identity.reportData(), Play.NOW).toJson(),
                        it.run(),
                        it.grants(),
                        it.inputLists(),
                        it.bundle(),
                        it.runtime(),
                        it.packages(),
                        it.inputs(),
                        it.outputs(),
                        it.terms(),
                        it.report(),
                        it.previous());
        AppraisalPolicy both =
                SimulatedPolicy.pinned(
                        play.vendor.root().publicKey(),
                        List.of(new ReferenceValue("other packages", other)));
        accepted(ReceiptCheck.verify(play.sign(receipt), both, Optional.empty()));
        refused(against(receipt, play, play, both), NOT_ACCEPTABLE, "measured-runtime");
    }

    @Test
    void refusesAgreementsInFilesThatDoNotRecompute() {
        assertEquals(
                play.agreement.digest(),
                accepted(AgreementFile.verify(play.agreement.envelope())).digest());
        refused(
                AgreementFile.verify(
                        play.signAgreement(
                                SigningKey.generate(Play.RANDOM), play.code, play.cards)),
                NOT_AUTHENTIC,
                "agreement-signature");
    }

    @Test
    void seesThatARunIsMissingBetweenTwoReceipts() {
        VerifiedReceipt first = verified(numbered(1, Optional.empty()));
        VerifiedReceipt second = verified(numbered(2, Optional.of(first.digest())));
        VerifiedReceipt third = verified(numbered(3, Optional.of(second.digest())));
        assertEquals(List.of(), ReceiptCheck.chain(List.of(first, second, third)));
        Verdicts.has(ReceiptCheck.chain(List.of(first, third)), NOT_AUTHENTIC, "receipt-chain");
        Verdicts.has(ReceiptCheck.chain(List.of(second, first)), NOT_AUTHENTIC, "receipt-chain");
    }

    @Test
    void seesThatReceiptsDoNotBeginAtTheFirstRun() {
        VerifiedReceipt first = verified(numbered(1, Optional.empty()));
        VerifiedReceipt second = verified(numbered(2, Optional.of(first.digest())));
        VerifiedReceipt third = verified(numbered(3, Optional.of(second.digest())));
        Verdicts.has(ReceiptCheck.chain(List.of(second, third)), NOT_AUTHENTIC, "receipt-chain");
        assertEquals(List.of(), ReceiptCheck.chainAfter(first.digest(), List.of(second, third)));
        Verdicts.has(
                ReceiptCheck.chainAfter(second.digest(), List.of(second, third)),
                NOT_AUTHENTIC,
                "receipt-chain");
    }

    @Test
    void findsNothingInOneReceiptAlone() {
        assertEquals(List.of(), ReceiptCheck.chain(List.of(verified(play.receipt()))));
    }
}
