package io.cloister.protocol.document;

import static io.cloister.protocol.Samples.CARL;
import static io.cloister.protocol.Samples.DANA;
import static io.cloister.protocol.Samples.DAVE;
import static io.cloister.protocol.Samples.OLGA;
import static io.cloister.protocol.Samples.RITA;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Email;
import io.cloister.protocol.Labels;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Samples;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.TestKey;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.dsse.NotAuthenticException;
import io.cloister.protocol.dsse.Signed;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/// spec/documents.md §5.2, check by check. Every agreement here is signed by the Owner's real key:
/// the Owner, or whoever holds that key, is the attacker.
final class VerifiedAgreementTest {
    private static final ComputationId OTHER_COMPUTATION =
            new ComputationId(Samples.bytes("other computation", 16));
    private static final TestKey MALLORY = TestKey.of("mallory");

    private static Envelope sign(Agreement agreement) {
        return Samples.key(OLGA).sign(Agreement.TYPE, agreement);
    }

    private static Agreement with(List<Envelope> cards) {
        Agreement good = Samples.agreement();
        return new Agreement(
                good.computation(), good.proposal(), cards, good.code(), good.issuedAt());
    }

    private static Agreement withCard(int index, Envelope card) {
        List<Envelope> cards = new ArrayList<>(Samples.signedCards());
        cards.set(index, card);
        return with(cards);
    }

    private static Agreement withCode(Envelope code) {
        Agreement good = Samples.agreement();
        return new Agreement(
                good.computation(), good.proposal(), good.cards(), code, good.issuedAt());
    }

    private static Agreement withProposal(Envelope proposal) {
        Agreement good = Samples.agreement();
        return new Agreement(
                good.computation(), proposal, good.cards(), good.code(), good.issuedAt());
    }

    private static String refusal(Agreement agreement) {
        return assertThrows(
                        DocumentRefusedException.class,
                        () -> VerifiedAgreement.verify(sign(agreement)))
                .code();
    }

    private static void notAuthentic(Agreement agreement) {
        assertThrows(NotAuthenticException.class, () -> VerifiedAgreement.verify(sign(agreement)));
    }

    private static void malformed(String path, Agreement agreement) {
        assertEquals(
                path,
                assertThrows(
                                MalformedException.class,
                                () -> VerifiedAgreement.verify(sign(agreement)))
                        .path());
    }

    @Test
    void acceptsWhatFitsAndSaysWhatIsInIt() throws Exception {
        Envelope envelope = sign(Samples.agreement());
        VerifiedAgreement agreement = VerifiedAgreement.verify(envelope);
        assertEquals(envelope, agreement.envelope());
        assertEquals(envelope.digest(), agreement.digest());
        assertEquals(Samples.COMPUTATION, agreement.computation());
        assertEquals(Samples.proposal(), agreement.proposal());
        assertEquals(Samples.signedProposal().digest(), agreement.proposalDigest());
        assertEquals(Samples.key(OLGA).publicKey(), agreement.ownerKey());
        assertEquals(Samples.ROSTER, agreement.roster());
        assertEquals(Samples.terms(), agreement.terms());
        assertEquals(Samples.agreement().issuedAt(), agreement.issuedAt());
        assertEquals(Samples.card(DAVE), agreement.card(DAVE));
        assertEquals(
                List.of(
                        Samples.card(CARL),
                        Samples.card(DANA),
                        Samples.card(DAVE),
                        Samples.card(RITA)),
                agreement.cards());
        assertEquals(Samples.code(), agreement.code());
        assertEquals(12, agreement.phrase().size());
        assertThrows(IllegalArgumentException.class, () -> agreement.card(OLGA));
    }

    @Nested
    final class Owner {
        @Test
        void refusesAnAgreementSignedByAnotherKeyThanTheProposals() {
            Envelope other = MALLORY.sign(Agreement.TYPE, Samples.agreement());
            assertThrows(NotAuthenticException.class, () -> VerifiedAgreement.verify(other));
        }

        @Test
        void refusesAProposalNotSignedByTheKeyInside() {
            Envelope forged = MALLORY.sign(Proposal.TYPE, Samples.proposal());
            notAuthentic(withProposal(forged));
            Envelope good = Samples.signedProposal();
            notAuthentic(
                    withProposal(
                            new Envelope(
                                    good.payloadType(),
                                    good.payload(),
                                    good.keyId(),
                                    forged.signature())));
        }

        /// Everything by Mallory is an agreement, but Mallory's: a client compares `ownerKey` with
        /// its invitation.
        @Test
        void namesTheOwnerOfAnAgreementMadeByAnother() throws Exception {
            Proposal good = Samples.proposal();
            var theirs =
                    new Proposal(
                            good.computation(),
                            good.title(),
                            good.owner(),
                            MALLORY.publicKey(),
                            good.roster(),
                            good.runtime(),
                            good.measurements(),
                            good.terms(),
                            good.issuedAt());
            Envelope proposal = MALLORY.sign(Proposal.TYPE, theirs);
            List<Envelope> cards = new ArrayList<>();
            for (Email person : good.roster().people()) {
                cards.add(
                        Samples.key(person)
                                .sign(Card.TYPE, Samples.card(person, proposal.digest())));
            }
            var agreement =
                    new Agreement(
                            good.computation(),
                            proposal,
                            cards,
                            Samples.key(CARL)
                                    .sign(
                                            CodeStatement.TYPE,
                                            code(Samples.COMPUTATION, proposal.digest(), CARL)),
                            good.issuedAt());
            assertEquals(
                    MALLORY.publicKey(),
                    VerifiedAgreement.verify(MALLORY.sign(Agreement.TYPE, agreement)).ownerKey());
        }

        @Test
        void refusesAnotherDocumentInTheProposalsPlace() {
            malformed("proposal.payloadType", withProposal(Samples.signedCard(DANA)));
        }

        @Test
        void refusesAnotherComputation() {
            Agreement good = Samples.agreement();
            assertEquals(
                    "agreement.computation",
                    refusal(
                            new Agreement(
                                    OTHER_COMPUTATION,
                                    good.proposal(),
                                    good.cards(),
                                    good.code(),
                                    good.issuedAt())));
        }

        @Test
        void refusesAnotherProposalUnderTheSameCards() {
            Proposal good = Samples.proposal();
            Terms t = good.terms();
            var terms = t.toBuilder().outputBytes(t.outputBytes() + 1).build();
            var other =
                    new Proposal(
                            good.computation(),
                            good.title(),
                            good.owner(),
                            good.ownerKey(),
                            good.roster(),
                            good.runtime(),
                            good.measurements(),
                            terms,
                            good.issuedAt());
            assertEquals(
                    "agreement.card-proposal",
                    refusal(withProposal(Samples.key(OLGA).sign(Proposal.TYPE, other))));
        }

        @Test
        void refusesReorderedParticipantsUnderTheSameCards() {
            Proposal good = Samples.proposal();
            var roster = new Roster(CARL, List.of(DAVE, DANA), good.roster().resultConsumers());
            var other =
                    new Proposal(
                            good.computation(),
                            good.title(),
                            good.owner(),
                            good.ownerKey(),
                            roster,
                            good.runtime(),
                            good.measurements(),
                            good.terms(),
                            good.issuedAt());
            Envelope proposal = Samples.key(OLGA).sign(Proposal.TYPE, other);
            assertEquals("agreement.card-proposal", refusal(withProposal(proposal)));
            Agreement parts = Samples.agreement();
            List<Envelope> cards =
                    List.of(
                            parts.cards().get(0),
                            parts.cards().get(2),
                            parts.cards().get(1),
                            parts.cards().get(3));
            assertEquals(
                    "agreement.card-proposal",
                    refusal(
                            new Agreement(
                                    parts.computation(),
                                    proposal,
                                    cards,
                                    parts.code(),
                                    parts.issuedAt())));
        }
    }

    @Nested
    final class Cards {
        @Test
        void refusesOneLess() {
            for (int i = 0; i < 4; i++) {
                List<Envelope> cards = new ArrayList<>(Samples.signedCards());
                cards.remove(i);
                assertEquals("agreement.cards", refusal(with(cards)));
            }
            assertEquals("agreement.cards", refusal(with(List.of())));
        }

        @Test
        void refusesOneMore() {
            List<Envelope> cards = new ArrayList<>(Samples.signedCards());
            cards.add(cards.getFirst());
            assertEquals("agreement.cards", refusal(with(cards)));
        }

        @Test
        void refusesAnyTwoSwapped() {
            for (int i = 0; i < 4; i++) {
                for (int j = 0; j < i; j++) {
                    List<Envelope> cards = new ArrayList<>(Samples.signedCards());
                    Collections.swap(cards, i, j);
                    assertEquals("agreement.card-person", refusal(with(cards)));
                }
            }
        }

        @Test
        void refusesOneTwice() {
            assertEquals("agreement.card-person", refusal(withCard(2, Samples.signedCard(DANA))));
        }

        @Test
        void refusesAStranger() {
            Card good = Samples.card(DAVE);
            var stranger =
                    new Card(
                            good.computation(),
                            good.proposal(),
                            new Email("mallory@x.example"),
                            good.roles(),
                            MALLORY.publicKey(),
                            good.recipient(),
                            good.issuedAt());
            assertEquals(
                    "agreement.card-person",
                    refusal(withCard(2, MALLORY.sign(Card.TYPE, stranger))));
        }

        @Test
        void refusesOneOfAnotherComputation() {
            Card good = Samples.card(DAVE);
            assertEquals(
                    "agreement.card-computation",
                    refusal(
                            withCard(
                                    2,
                                    dave(
                                            new Card(
                                                    OTHER_COMPUTATION,
                                                    good.proposal(),
                                                    good.email(),
                                                    good.roles(),
                                                    good.signingKey(),
                                                    good.recipient(),
                                                    good.issuedAt())))));
        }

        @Test
        void refusesOneThatAnswersAnotherProposal() {
            assertEquals(
                    "agreement.card-proposal",
                    refusal(withCard(2, dave(Samples.card(DAVE, Samples.digest("other"))))));
        }

        @Test
        void refusesOtherRoles() {
            Card good = Samples.card(DAVE);
            for (List<Role> roles :
                    List.of(
                            List.of(Role.CODE_PROVIDER),
                            List.of(Role.DATA_PROVIDER, Role.RESULT_CONSUMER))) {
                assertEquals(
                        "agreement.card-roles",
                        refusal(
                                withCard(
                                        2,
                                        dave(
                                                new Card(
                                                        good.computation(),
                                                        good.proposal(),
                                                        good.email(),
                                                        roles,
                                                        good.signingKey(),
                                                        good.recipient(),
                                                        good.issuedAt())))));
            }
            Card dana = Samples.card(DANA);
            var fewer =
                    new Card(
                            dana.computation(),
                            dana.proposal(),
                            DANA,
                            List.of(Role.DATA_PROVIDER),
                            dana.signingKey(),
                            dana.recipient(),
                            dana.issuedAt());
            assertEquals(
                    "agreement.card-roles",
                    refusal(withCard(1, Samples.key(DANA).sign(Card.TYPE, fewer))));
        }

        @Test
        void refusesOneNotSignedByTheKeyInside() {
            notAuthentic(withCard(2, MALLORY.sign(Card.TYPE, Samples.card(DAVE))));
        }

        @Test
        void refusesASigningKeyOfAnother() {
            Card good = Samples.card(DAVE);
            TestKey danas = Samples.key(DANA);
            var shared =
                    new Card(
                            good.computation(),
                            good.proposal(),
                            good.email(),
                            good.roles(),
                            danas.publicKey(),
                            good.recipient(),
                            good.issuedAt());
            assertEquals(
                    "agreement.key-twice", refusal(withCard(2, danas.sign(Card.TYPE, shared))));
        }

        @Test
        void refusesTheOwnersKeyAsAParticipants() {
            Card good = Samples.card(DAVE);
            TestKey owners = Samples.key(OLGA);
            var shared =
                    new Card(
                            good.computation(),
                            good.proposal(),
                            good.email(),
                            good.roles(),
                            owners.publicKey(),
                            good.recipient(),
                            good.issuedAt());
            assertEquals(
                    "agreement.key-twice", refusal(withCard(2, owners.sign(Card.TYPE, shared))));
        }

        @Test
        void refusesARecipientOfAnother() {
            Card good = Samples.card(DAVE);
            for (Email other : List.of(CARL, DANA, RITA)) {
                var shared =
                        new Card(
                                good.computation(),
                                good.proposal(),
                                good.email(),
                                good.roles(),
                                good.signingKey(),
                                Samples.card(other).recipient(),
                                good.issuedAt());
                assertEquals("agreement.recipient-twice", refusal(withCard(2, dave(shared))));
            }
        }

        @Test
        void refusesAnotherDocumentInACardsPlace() {
            malformed("card.payloadType", withCard(2, Samples.signedCode()));
        }

        private static Envelope dave(Card card) {
            return Samples.key(DAVE).sign(Card.TYPE, card);
        }
    }

    private static CodeStatement code(ComputationId computation, Sha256 proposal, Email signer) {
        CodeStatement good = Samples.code();
        return new CodeStatement(
                computation,
                proposal,
                signer,
                good.bundle(),
                good.bundleBytes(),
                good.entrypoint(),
                Optional.empty(),
                Optional.empty(),
                good.issuedAt());
    }

    @Nested
    final class Code {
        private static Envelope carl(CodeStatement statement) {
            return Samples.key(CARL).sign(CodeStatement.TYPE, statement);
        }

        @Test
        void refusesCodeSignedByAnotherParticipantOrTheOwner() {
            for (Email other : List.of(DANA, DAVE, RITA, OLGA)) {
                notAuthentic(withCode(Samples.key(other).sign(CodeStatement.TYPE, Samples.code())));
            }
        }

        @Test
        void refusesCodeThatNamesAnotherSigner() {
            assertEquals(
                    "agreement.code-signer",
                    refusal(
                            withCode(
                                    carl(
                                            code(
                                                    Samples.COMPUTATION,
                                                    Samples.signedProposal().digest(),
                                                    DANA)))));
        }

        @Test
        void refusesCodeOfAnotherComputation() {
            assertEquals(
                    "agreement.code-computation",
                    refusal(
                            withCode(
                                    carl(
                                            code(
                                                    OTHER_COMPUTATION,
                                                    Samples.signedProposal().digest(),
                                                    CARL)))));
        }

        @Test
        void refusesCodeForAnotherProposal() {
            assertEquals(
                    "agreement.code-proposal",
                    refusal(
                            withCode(
                                    carl(
                                            code(
                                                    Samples.COMPUTATION,
                                                    Samples.digest("other"),
                                                    CARL)))));
        }

        @Test
        void refusesAnotherDocumentInTheCodesPlace() {
            malformed("code statement.payloadType", withCode(Samples.signedCard(CARL)));
        }

        @Test
        void refusesTheCardOfAnotherWhenAskedAlone() throws Exception {
            Signed<Proposal> proposal =
                    Signed.verifySelfSigned(
                            Samples.signedProposal(), Proposal.TYPE, Proposal::ownerKey);
            Signed<Card> dana = Card.verify(Samples.signedCard(DANA));
            Envelope byDana =
                    Samples.key(DANA)
                            .sign(
                                    CodeStatement.TYPE,
                                    code(Samples.COMPUTATION, proposal.digest(), CARL));
            assertEquals(
                    "agreement.code-signer",
                    assertThrows(
                                    DocumentRefusedException.class,
                                    () -> VerifiedAgreement.verifyCode(byDana, proposal, dana))
                            .code());
        }
    }

    @Test
    void refusesAnAgreementUnderAnotherType() {
        Envelope good = sign(Samples.agreement());
        Envelope other = Samples.key(OLGA).sign(Labels.PROPOSAL, good.payload());
        assertThrows(MalformedException.class, () -> VerifiedAgreement.verify(other));
    }

    @Test
    void aLaterDateMakesAnotherAgreement() throws Exception {
        Agreement good = Samples.agreement();
        var later =
                new Agreement(
                        good.computation(),
                        good.proposal(),
                        good.cards(),
                        good.code(),
                        Instant.EPOCH);
        assertNotEquals(
                VerifiedAgreement.verify(sign(good)).digest(),
                VerifiedAgreement.verify(sign(later)).digest());
    }
}
