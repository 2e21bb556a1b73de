package io.cloister.e2e.operator;

import io.cloister.crypto.EnvelopeSigner;
import io.cloister.crypto.SigningKey;
import io.cloister.crypto.age.HybridIdentity;
import io.cloister.protocol.Email;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.Agreement;
import io.cloister.protocol.document.Card;
import io.cloister.protocol.document.CodeStatement;
import io.cloister.protocol.document.Proposal;
import io.cloister.protocol.document.Roster;
import io.cloister.protocol.document.Terms;
import io.cloister.protocol.document.VerifiedAgreement;
import io.cloister.protocol.dsse.Envelope;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;

/// Makes documents of the operator's own that are right in every respect but whose keys they are
/// signed with: an own Owner's key, and own cards for whomever it likes.
public final class Forge {
    private final SecureRandom random = new SecureRandom();
    private final VerifiedAgreement honest;
    private final SigningKey ownerKey = SigningKey.generate(random);
    private final Map<Email, SigningKey> keys = new HashMap<>();

    /// Starts from the agreement that the operator saw.
    public Forge(VerifiedAgreement honest) {
        this.honest = honest;
    }

    /// The operator's own key in the Owner's place.
    public SigningKey ownerKey() {
        return ownerKey;
    }

    /// A whole agreement, valid by itself: changed proposal, own cards for everyone, own code
    /// statement.
    public Envelope agreement(UnaryOperator<Roster> roster, UnaryOperator<Terms> terms) {
        Proposal from = honest.proposal();
        Proposal changed =
                new Proposal(
                        from.computation(),
                        from.title(),
                        from.owner(),
                        ownerKey.publicKey(),
                        roster.apply(from.roster()),
                        from.runtime(),
                        from.measurements(),
                        terms.apply(from.terms()),
                        from.issuedAt());
        Envelope proposal = EnvelopeSigner.sign(ownerKey, Proposal.TYPE, changed);
        List<Envelope> cards = new ArrayList<>();
        for (Email person : changed.roster().people()) {
            cards.add(card(person, changed, proposal.digest()));
        }
        Envelope code =
                code(
                        changed,
                        proposal.digest(),
                        Objects.requireNonNull(keys.get(changed.roster().codeProvider())));
        return EnvelopeSigner.sign(
                ownerKey,
                Agreement.TYPE,
                new Agreement(from.computation(), proposal, cards, code, honest.issuedAt()));
    }

    /// The honest parts, one of them exchanged, signed again with the operator's key.
    public Envelope resigned(UnaryOperator<Agreement> change, Agreement parts) {
        return EnvelopeSigner.sign(ownerKey, Agreement.TYPE, change.apply(parts));
    }

    /// A card of the operator's for `person`, in a proposal.
    public Envelope card(Email person, Proposal proposal, Sha256 digest) {
        SigningKey key = SigningKey.generate(random);
        keys.put(person, key);
        return EnvelopeSigner.sign(
                key,
                Card.TYPE,
                new Card(
                        proposal.computation(),
                        digest,
                        person,
                        proposal.roster().roles(person),
                        key.publicKey(),
                        HybridIdentity.generate(random).recipient().text(),
                        proposal.issuedAt()));
    }

    private Envelope code(Proposal proposal, Sha256 digest, SigningKey key) {
        CodeStatement from = honest.code();
        return EnvelopeSigner.sign(
                key,
                CodeStatement.TYPE,
                new CodeStatement(
                        proposal.computation(),
                        digest,
                        proposal.roster().codeProvider(),
                        from.bundle(),
                        from.bundleBytes(),
                        from.entrypoint(),
                        from.requirements(),
                        from.lock(),
                        from.issuedAt()));
    }
}
