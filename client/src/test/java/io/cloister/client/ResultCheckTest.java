package io.cloister.client;

import static io.cloister.client.Finding.Kind.MALFORMED;
import static io.cloister.client.Finding.Kind.NOT_ACCEPTABLE;
import static io.cloister.client.Finding.Kind.NOT_AUTHENTIC;
import static io.cloister.client.Verdicts.accepted;
import static io.cloister.client.Verdicts.refused;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cloister.crypto.EnvelopeSigner;
import io.cloister.crypto.SigningKey;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.Email;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.Outcome;
import io.cloister.protocol.document.Receipt;
import io.cloister.protocol.document.Terms;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.dsse.Signed;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

class ResultCheckTest {
    private final Play play = new Play();
    private final Receipt honest = play.receipt();

    private Membership granted(Email person) {
        Membership it = play.membership(person);
        return it.with(it.history().with(play.grant(person)));
    }

    private Verdict<Signed<Receipt>> check(Envelope receipt) {
        return check(receipt, granted(Play.CONSUMER), false);
    }

    private Verdict<Signed<Receipt>> check(Envelope receipt, Membership membership, boolean again) {
        return ResultCheck.check(
                receipt,
                new ResultCheck.Asked(play.identity.digest(), 1),
                membership,
                play.agreement,
                again);
    }

    private Receipt with(
            long run,
            List<Receipt.SignedBy> grants,
            List<Receipt.SignedBy> lists,
            List<Receipt.Output> outputs,
            Terms terms,
            Outcome outcome) {
        return new Receipt(
                honest.computation(),
                honest.agreement(),
                honest.identity(),
                honest.evidence(),
                run,
                grants,
                lists,
                honest.bundle(),
                honest.runtime(),
                honest.packages(),
                honest.inputs(),
                outputs,
                terms,
                new Receipt.Report(
                        outcome, Optional.empty(), Optional.empty(), Play.NOW, 1, 1, 1 << 20),
                run == 1 ? Optional.empty() : Optional.of(Sha256.of(Bytes.utf8("previous"))));
    }

    private Receipt with(List<Receipt.SignedBy> grants, List<Receipt.SignedBy> lists) {
        return with(1, grants, lists, honest.outputs(), honest.terms(), Outcome.SUCCESS);
    }

    @Test
    void acceptsTheReceiptOfAGrantedRun() {
        assertEquals(honest, accepted(check(play.sign(honest))).document());
    }

    @Test
    void refusesAReceiptSignedByAnotherKey() {
        Envelope forged =
                EnvelopeSigner.sign(SigningKey.generate(Play.RANDOM), Receipt.TYPE, honest);
        refused(check(forged), NOT_AUTHENTIC, "receipt-signature");
    }

    @Test
    void refusesAnotherDocument() {
        refused(check(play.agreement.envelope()), MALFORMED, "receipt-form");
    }

    @Test
    void refusesTheReceiptOfAnEnclaveNeverGrantedTo() {
        refused(
                check(play.sign(honest), play.membership(Play.CONSUMER), false),
                NOT_AUTHENTIC,
                "result-enclave");
    }

    @Test
    void refusesTheReceiptOfAnotherAgreementThanGrantedUnder() {
        Membership it = play.membership(Play.CONSUMER);
        GrantRecord grant = play.grant(Play.CONSUMER);
        var other =
                new GrantRecord(
                        Sha256.of(Bytes.utf8("another agreement")),
                        grant.identity(),
                        grant.identityBytes(),
                        grant.grant(),
                        grant.inputList(),
                        grant.shown(),
                        grant.runs(),
                        grant.notAfter(),
                        grant.issuedAt(),
                        grant.measurement(),
                        grant.policy(),
                        grant.sealed(),
                        true);
        refused(
                check(play.sign(honest), it.with(it.history().with(other)), false),
                NOT_AUTHENTIC,
                "result-agreement");
    }

    @Test
    void refusesTheReceiptOfAnotherRunThanAskedFor() {
        Receipt second =
                with(
                        2,
                        honest.grants(),
                        honest.inputLists(),
                        honest.outputs(),
                        honest.terms(),
                        Outcome.SUCCESS);
        refused(check(play.sign(second)), NOT_AUTHENTIC, "result-run");
    }

    @Test
    void refusesARunBeyondTheGrant() {
        Receipt second =
                with(
                        2,
                        honest.grants(),
                        honest.inputLists(),
                        honest.outputs(),
                        honest.terms(),
                        Outcome.SUCCESS);
        refused(check(play.sign(second)), NOT_AUTHENTIC, "result-beyond-grant");
    }

    @Test
    void refusesAReceiptThatNamesAnotherGrantOfThisPerson() {
        List<Receipt.SignedBy> grants =
                Play.PEOPLE.stream()
                        .map(person ->
                                new Receipt.SignedBy(person, Sha256.of(Bytes.utf8("forged"))))
                        .toList();
        refused(check(play.sign(with(grants, honest.inputLists()))), NOT_AUTHENTIC, "result-grant");
    }

    @Test
    void refusesAReceiptWithoutSomeonesGrant() {
        refused(
                check(play.sign(with(honest.grants().subList(1, 3), honest.inputLists()))),
                NOT_AUTHENTIC,
                "receipt-grants");
    }

    @Test
    void refusesAReceiptWithoutAProvidersInputs() {
        refused(
                check(play.sign(with(honest.grants(), List.of()))),
                NOT_AUTHENTIC,
                "receipt-input-lists");
    }

    @Test
    void refusesToTheProviderAReceiptThatNamesAnotherInputListOfTheirs() {
        List<Receipt.SignedBy> lists =
                List.of(new Receipt.SignedBy(Play.PROVIDER, Sha256.of(Bytes.utf8("forged"))));
        refused(
                check(play.sign(with(honest.grants(), lists)), granted(Play.PROVIDER), false),
                NOT_AUTHENTIC,
                "result-inputs");
    }

    @Test
    void refusesAFailedRun() {
        Receipt failed =
                with(
                        1,
                        honest.grants(),
                        honest.inputLists(),
                        honest.outputs(),
                        honest.terms(),
                        Outcome.LIMIT_MEMORY);
        Envelope signed;
        try {
            signed = play.sign(failed);
        } catch (IllegalArgumentException _) {
            return; // A failed run with results can't even be written.
        }
        Verdict<Signed<Receipt>> verdict = check(signed);
        Verdicts.refusedForAny(verdict, "result-outcome", "receipt-form");
    }

    @Test
    void refusesAReceiptWithoutAnOutputForThisPerson() {
        refused(
                check(play.sign(honest), granted(Play.CODER), false),
                NOT_ACCEPTABLE,
                "result-reader");
    }

    @Test
    void refusesAResultForSomeoneWhoIsNoConsumer() {
        var outputs =
                List.of(
                        honest.outputs().get(0),
                        honest.outputs().get(1),
                        new Receipt.Output(
                                Play.CODER,
                                Receipt.Kind.RESULT,
                                0,
                                Sha256.of(Bytes.utf8("leak")),
                                100));
        Receipt leaking =
                with(
                        1,
                        honest.grants(),
                        honest.inputLists(),
                        outputs,
                        honest.terms(),
                        Outcome.SUCCESS);
        refused(check(play.sign(leaking)), NOT_AUTHENTIC, "receipt-readers");
    }

    @Test
    void refusesTermsWiderThanAgreed() {
        Terms it = honest.terms();
        var wider = it.toBuilder().outputBytes(it.outputBytes() + 1).build();
        Receipt receipt =
                with(
                        1,
                        honest.grants(),
                        honest.inputLists(),
                        honest.outputs(),
                        wider,
                        Outcome.SUCCESS);
        refused(check(play.sign(receipt)), NOT_AUTHENTIC, "receipt-terms");
    }

    @Test
    void refusesAnExpiryLaterThanGranted() {
        Membership it = play.membership(Play.CONSUMER);
        GrantRecord grant = play.grant(Play.CONSUMER);
        var shorter =
                new GrantRecord(
                        grant.agreement(),
                        grant.identity(),
                        grant.identityBytes(),
                        grant.grant(),
                        grant.inputList(),
                        grant.shown(),
                        grant.runs(),
                        grant.notAfter().minus(Duration.ofDays(1)),
                        grant.issuedAt(),
                        grant.measurement(),
                        grant.policy(),
                        grant.sealed(),
                        true);
        refused(
                check(play.sign(honest), it.with(it.history().with(shorter)), false),
                NOT_AUTHENTIC,
                "result-expiry");
    }

    private Receipt startedAt(Instant instant) {
        Receipt it = honest;
        return new Receipt(
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
                it.terms(),
                new Receipt.Report(
                        Outcome.SUCCESS,
                        Optional.empty(),
                        Optional.empty(),
                        instant,
                        1,
                        1,
                        1 << 20),
                it.previous());
    }

    @Test
    void refusesARunThatStartedAfterItsTermsEnded() {
        Instant end = honest.terms().notAfter();
        accepted(check(play.sign(startedAt(end))));
        refused(check(play.sign(startedAt(end.plusSeconds(1)))), NOT_AUTHENTIC, "receipt-expired");
    }

    /// An enclave's time never runs behind the grants it took.
    @Test
    void refusesARunThatStartedBeforeItWasGranted() {
        refused(
                check(play.sign(startedAt(Play.NOW.minusSeconds(1)))),
                NOT_AUTHENTIC,
                "result-before-grant");
    }

    @Test
    void refusesOtherCodeThanAgreed() {
        var other =
                new Receipt(
                        honest.computation(),
                        honest.agreement(),
                        honest.identity(),
                        honest.evidence(),
                        1,
                        honest.grants(),
                        honest.inputLists(),
                        Sha256.of(Bytes.utf8("other code")),
                        honest.runtime(),
                        honest.packages(),
                        honest.inputs(),
                        honest.outputs(),
                        honest.terms(),
                        honest.report(),
                        Optional.empty());
        refused(check(play.sign(other)), NOT_AUTHENTIC, "receipt-code");
    }

    @Test
    void refusesARunAcceptedBeforeUnlessAskedForAgain() {
        Envelope receipt = play.sign(honest);
        Membership it = granted(Play.CONSUMER);
        Membership accepted =
                it.with(
                        it.history()
                                .with(
                                        new AcceptedRun(
                                                play.identity.digest(), 1, receipt.digest())));
        refused(check(receipt, accepted, false), NOT_ACCEPTABLE, "result-accepted-before");
        accepted(check(receipt, accepted, true));
    }

    @Test
    void refusesAnotherReceiptOfARunAcceptedBeforeEvenIfAskedForAgain() {
        Membership it = granted(Play.CONSUMER);
        Membership accepted =
                it.with(
                        it.history()
                                .with(
                                        new AcceptedRun(
                                                play.identity.digest(),
                                                1,
                                                Sha256.of(Bytes.utf8("the first receipt")))));
        refused(check(play.sign(honest), accepted, true), NOT_AUTHENTIC, "result-other-receipt");
    }
}
