package io.cloister.protocol.document;

import io.cloister.protocol.CloisterBugException;
import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Dialect;
import io.cloister.protocol.Email;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.PublicSigningKey;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.dsse.NotAuthenticException;
import io.cloister.protocol.dsse.Signed;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// An agreement recomputed from its parts: every signature checked, every part of the same
/// computation and proposal, one card per person with exactly that person's roles, the code signed
/// by the Code Provider's card. Only [#verify] makes one.
///
/// It does not say that the Owner is the right one: compare [#ownerKey] with the invitation. Nor
/// that cards are the right people's: only the Owner's client could check the tags; compare the
/// [#phrase] by voice.
public final class VerifiedAgreement implements ServedAgreement {
    private final Signed<Agreement> agreement;
    private final Signed<Proposal> proposal;
    private final Map<Email, Signed<Card>> cards;
    private final Signed<CodeStatement> code;

    private VerifiedAgreement(
            Signed<Agreement> agreement,
            Signed<Proposal> proposal,
            Map<Email, Signed<Card>> cards,
            Signed<CodeStatement> code) {
        this.agreement = agreement;
        this.proposal = proposal;
        this.cards = cards;
        this.code = code;
    }

    /// Checks an agreement and all it carries (spec/documents.md §5.2).
    ///
    /// @throws MalformedException if a document has not its form
    /// @throws NotAuthenticException if a signature is not by the key it must be by
    /// @throws DocumentRefusedException if the parts do not fit
    public static VerifiedAgreement verify(Envelope envelope)
            throws MalformedException, NotAuthenticException, DocumentRefusedException {
        Agreement parts = Signed.readUnverified(envelope, Agreement.TYPE);
        Signed<Proposal> proposal =
                Signed.verifySelfSigned(parts.proposal(), Proposal.TYPE, Proposal::ownerKey);
        Signed<Agreement> agreement =
                Signed.verify(envelope, Agreement.TYPE, proposal.document().ownerKey());
        ComputationId computation = proposal.document().computation();
        require(
                parts.computation().equals(computation),
                "agreement.computation",
                "the agreement is for computation "
                        + parts.computation()
                        + ", its proposal for "
                        + computation);
        Map<Email, Signed<Card>> cards = verifyCards(parts.cards(), proposal);
        Signed<CodeStatement> code = verifyCode(parts.code(), proposal, cards);
        return new VerifiedAgreement(agreement, proposal, cards, code);
    }

    private static Map<Email, Signed<Card>> verifyCards(
            List<Envelope> envelopes, Signed<Proposal> proposal)
            throws MalformedException, NotAuthenticException, DocumentRefusedException {
        List<Email> people = proposal.document().roster().people();
        require(
                envelopes.size() == people.size(),
                "agreement.cards",
                people.size()
                        + " people need one card each, the agreement has "
                        + envelopes.size());
        Map<Email, Signed<Card>> cards = new LinkedHashMap<>();
        List<PublicSigningKey> keys = new ArrayList<>(List.of(proposal.document().ownerKey()));
        List<AgeRecipient> recipients = new ArrayList<>();
        for (int i = 0; i < people.size(); i++) {
            Signed<Card> card = Card.verify(envelopes.get(i));
            checkCard(card.document(), people.get(i), proposal);
            PublicSigningKey key = card.document().signingKey();
            require(
                    !keys.contains(key),
                    "agreement.key-twice",
                    people.get(i) + " has a signing key used twice");
            keys.add(key);
            AgeRecipient recipient = card.document().recipient();
            require(
                    !recipients.contains(recipient),
                    "agreement.recipient-twice",
                    people.get(i) + " has a recipient used twice");
            recipients.add(recipient);
            cards.put(people.get(i), card);
        }
        return cards;
    }

    /// Checks that `card` answers `proposal` as `person` with exactly that person's roles.
    ///
    /// @throws DocumentRefusedException if it does not
    public static void checkCard(Card card, Email person, Signed<Proposal> proposal)
            throws DocumentRefusedException {
        require(
                card.email().equals(person),
                "agreement.card-person",
                "a card of " + card.email() + " stands where " + person + " must");
        require(
                card.computation().equals(proposal.document().computation()),
                "agreement.card-computation",
                "the card of " + person + " is for another computation");
        require(
                card.proposal().equals(proposal.digest()),
                "agreement.card-proposal",
                "the card of " + person + " answers another proposal");
        require(
                card.roles().equals(proposal.document().roster().roles(person)),
                "agreement.card-roles",
                "the card of " + person + " names other roles than the proposal");
    }

    private static Signed<CodeStatement> verifyCode(
            Envelope envelope, Signed<Proposal> proposal, Map<Email, Signed<Card>> cards)
            throws MalformedException, NotAuthenticException, DocumentRefusedException {
        Email provider = proposal.document().roster().codeProvider();
        Signed<Card> card = cards.get(provider);
        if (card == null) {
            throw new CloisterBugException("everyone has a card by now");
        }
        return verifyCode(envelope, proposal, card);
    }

    /// Checks that `envelope` is the Code Provider's statement for `proposal`, signed with the key
    /// of `card`.
    public static Signed<CodeStatement> verifyCode(
            Envelope envelope, Signed<Proposal> proposal, Signed<Card> card)
            throws MalformedException, NotAuthenticException, DocumentRefusedException {
        Email provider = proposal.document().roster().codeProvider();
        Signed<CodeStatement> code =
                Signed.verify(envelope, CodeStatement.TYPE, card.document().signingKey());
        CodeStatement statement = code.document();
        require(
                statement.signer().equals(provider) && card.document().email().equals(provider),
                "agreement.code-signer",
                "the code statement is by "
                        + statement.signer()
                        + ", the Code Provider is "
                        + provider);
        require(
                statement.computation().equals(proposal.document().computation()),
                "agreement.code-computation",
                "the code statement is for another computation");
        require(
                statement.proposal().equals(proposal.digest()),
                "agreement.code-proposal",
                "the code statement answers another proposal");
        return code;
    }

    private static void require(boolean holds, String code, String sentence)
            throws DocumentRefusedException {
        if (!holds) {
            throw new DocumentRefusedException(code, sentence);
        }
    }

    @Override
    public Dialect dialect() {
        return Dialect.CLOISTER;
    }

    @Override
    public Sha256 digest() {
        return agreement.digest();
    }

    /// The envelope as it came.
    public Envelope envelope() {
        return agreement.envelope();
    }

    @Override
    public ComputationId computation() {
        return proposal.document().computation();
    }

    /// The proposal inside.
    public Proposal proposal() {
        return proposal.document();
    }

    /// Digest of the proposal inside.
    public Sha256 proposalDigest() {
        return proposal.digest();
    }

    /// The key that signed agreement and proposal; compare it with the invitation's.
    public PublicSigningKey ownerKey() {
        return agreement.signer();
    }

    @Override
    public Email owner() {
        return proposal().owner();
    }

    @Override
    public Roster roster() {
        return proposal().roster();
    }

    @Override
    public Terms terms() {
        return proposal().terms();
    }

    @Override
    public RuntimeRef runtime() {
        return proposal().runtime();
    }

    @Override
    public CodeDigests codeDigests() {
        return code().digests();
    }

    /// When the Owner signed, by the Owner's clock.
    public Instant issuedAt() {
        return agreement.document().issuedAt();
    }

    /// The card of `person`.
    ///
    /// @throws IllegalArgumentException if `person` does not take part
    public Card card(Email person) {
        Signed<Card> card = cards.get(person);
        if (card == null) {
            throw new IllegalArgumentException(person + " does not take part");
        }
        return card.document();
    }

    /// All cards, in the order of [Roster#people].
    public List<Card> cards() {
        return cards.values().stream().map(Signed::document).toList();
    }

    /// The code statement inside.
    public CodeStatement code() {
        return code.document();
    }

    /// Digest of the code statement inside.
    public Sha256 codeDigest() {
        return code.digest();
    }

    /// The 12 words to compare by voice: 132 bits of a labelled SHA-256 over the agreement's
    /// digest.
    public List<String> phrase() {
        return Phrase.of(digest());
    }

    /// Whether `other` is the same agreement, signature included: all else follows from it.
    @Override
    public boolean equals(Object other) {
        return other instanceof VerifiedAgreement that && agreement.equals(that.agreement);
    }

    @Override
    public int hashCode() {
        return agreement.hashCode();
    }

    @Override
    public String toString() {
        return "VerifiedAgreement[" + digest() + "]";
    }
}
