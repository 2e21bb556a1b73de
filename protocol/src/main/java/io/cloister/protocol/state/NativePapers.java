package io.cloister.protocol.state;

import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Dialect;
import io.cloister.protocol.Email;
import io.cloister.protocol.document.Card;
import io.cloister.protocol.document.CodeDigests;
import io.cloister.protocol.document.CodeStatement;
import io.cloister.protocol.document.Proposal;
import io.cloister.protocol.document.Roster;
import io.cloister.protocol.document.RuntimeRef;
import io.cloister.protocol.document.Terms;
import io.cloister.protocol.dsse.Signed;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// Signed documents on their way to an agreement.
///
/// @param proposal signed by the key inside
/// @param cards registered so far
/// @param code the current code statement
public record NativePapers(
        Signed<Proposal> proposal,
        Map<Email, RegisteredCard> cards,
        Optional<Signed<CodeStatement>> code)
        implements Papers {
    public NativePapers {
        cards = Map.copyOf(cards);
    }

    /// A card and the tag beside it.
    ///
    /// @param card signed by the key inside
    /// @param tag for the Owner's client
    public record RegisteredCard(Signed<Card> card, Tag tag) {}

    static NativePapers of(Signed<Proposal> proposal) {
        return new NativePapers(proposal, Map.of(), Optional.empty());
    }

    /// The card of `person`, if registered.
    public Optional<RegisteredCard> card(Email person) {
        return Optional.ofNullable(cards.get(person));
    }

    NativePapers with(RegisteredCard card) {
        Map<Email, RegisteredCard> more = new LinkedHashMap<>(cards);
        more.put(card.card().document().email(), card);
        return new NativePapers(proposal, more, code);
    }

    NativePapers with(Signed<CodeStatement> statement) {
        return new NativePapers(proposal, cards, Optional.of(statement));
    }

    @Override
    public Papers withoutCode() {
        return new NativePapers(proposal, cards, Optional.empty());
    }

    @Override
    public Optional<CodeDigests> codeDigests() {
        return code.map(statement -> statement.document().digests());
    }

    @Override
    public Dialect dialect() {
        return Dialect.CLOISTER;
    }

    @Override
    public ComputationId computation() {
        return proposal.document().computation();
    }

    @Override
    public String title() {
        return proposal.document().title();
    }

    @Override
    public Email owner() {
        return proposal.document().owner();
    }

    @Override
    public Roster roster() {
        return proposal.document().roster();
    }

    @Override
    public RuntimeRef runtime() {
        return proposal.document().runtime();
    }

    @Override
    public Terms terms() {
        return proposal.document().terms();
    }
}
