package io.cloister.client;

import io.cloister.client.Finding.Kind;
import io.cloister.client.invite.Invitation;
import io.cloister.client.server.RegisteredCard;
import io.cloister.client.server.Said;
import io.cloister.client.server.ServerException;
import io.cloister.crypto.InvitationSecret;
import io.cloister.protocol.CloisterBugException;
import io.cloister.protocol.Email;
import io.cloister.protocol.document.Card;
import io.cloister.protocol.document.Proposal;
import io.cloister.protocol.document.VerifiedAgreement;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.dsse.Signed;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/// What an Owner does: invitations, checking cards, signing the agreement, archiving.
public final class OwnerDesk {
    private final Seat seat;

    OwnerDesk(Seat seat) {
        this.seat = seat;
    }

    /// An invitation as this client keeps it.
    ///
    /// @param invitation its content
    /// @param revoked whether it was taken back here
    public record Kept(Invitation invitation, boolean revoked) {}

    /// The invitations that were made, in the proposal's order.
    public List<Kept> invitations() throws ClientException {
        List<Email> order = readProposal().roster().people();
        return ownership().invitations().stream()
                .map(issued -> new Kept(issued.invitation(), issued.revoked()))
                .sorted(
                        Comparator.comparingInt(
                                (Kept kept) -> order.indexOf(kept.invitation().email())))
                .toList();
    }

    /// The invitation of one person.
    public Kept invitation(Email person) throws ClientException {
        return invitations().stream()
                .filter(kept -> kept.invitation().email().equals(person))
                .findFirst()
                .orElseThrow(() ->
                        new ClientException(
                                ClientException.Kind.NOT_FOUND,
                                person + " is not invited to this computation"));
    }

    /// Makes another invitation for a person who has not joined yet, with fresh secrets; the one
    /// before, and what was redeemed with it, ends.
    ///
    /// @throws ClientException if a card is registered for that person: it would stay in the way of
    ///   one made with another invitation
    public Invitation renew(Email person)
            throws ClientException, ServerException, InterruptedException {
        invitation(person);
        boolean joined =
                seat.said().participants().stream()
                        .anyMatch(one -> one.email().equals(person) && one.card().isPresent());
        if (joined) {
            throw new ClientException(
                    ClientException.Kind.STATE,
                    person + " has joined already, and a card cannot be taken back",
                    "if somebody else joined with the invitation, revoke it, archive this"
                            + " computation and create another");
        }
        Invitation fresh =
                seat.cloister().invitation(seat.membership().endpoint(), readProposal(), person);
        keep(new Ownership.Issued(fresh, false));
        seat.server()
                .replaceInvitation(
                        seat.place().computation(), person, Cloister.hash(fresh.token()));
        return fresh;
    }

    /// Takes an invitation back.
    public void revoke(Email person) throws ClientException, ServerException, InterruptedException {
        keep(new Ownership.Issued(invitation(person).invitation(), true));
        seat.server().revokeInvitation(seat.place().computation(), person);
    }

    private void keep(Ownership.Issued issued) throws ClientException {
        seat.change(
                membership -> membership.with(membership.ownership().orElseThrow().with(issued)));
    }

    private Ownership ownership() throws ClientException {
        return seat.membership()
                .ownership()
                .orElseThrow(() -> new CloisterBugException("an owner has an ownership"));
    }

    private Proposal readProposal() throws ClientException {
        return signedProposal().document();
    }

    private Signed<Proposal> signedProposal() throws ClientException {
        return switch (ProposalCheck.check(ownership().proposal(), seat.membership())) {
            case Verdict.Accepted<Signed<Proposal>>(var proposal) -> proposal;
            case Verdict.Refused<Signed<Proposal>> refused ->
                    throw new ClientException(
                            ClientException.Kind.LOCAL,
                            "the key store's own proposal is damaged: "
                                    + refused.findings().getFirst().sentence());
        };
    }

    /// Checks every registered card: signed by itself, for this proposal and person, with a tag
    /// only that person's invitation can make.
    ///
    /// @return the cards in the proposal's order, or every one that doesn't fit; a missing card is
    ///   no finding
    public Verdict<List<Signed<Card>>> checkCards()
            throws ClientException, ServerException, InterruptedException {
        Signed<Proposal> proposal = signedProposal();
        Map<Email, RegisteredCard> registered =
                seat.server().cards(seat.place().computation()).stream()
                        .collect(
                                Collectors.toMap(
                                        RegisteredCard::email,
                                        Function.identity(),
                                        (first, second) -> second));
        var findings = new Findings();
        List<Signed<Card>> cards = new ArrayList<>();
        for (Email person : proposal.document().roster().people()) {
            Optional<RegisteredCard> card = Optional.ofNullable(registered.get(person));
            if (card.isPresent()) {
                check(card.get(), person, proposal, findings).ifPresent(cards::add);
            }
        }
        return findings.verdict(List.copyOf(cards));
    }

    private Optional<Signed<Card>> check(
            RegisteredCard registered, Email person, Signed<Proposal> proposal, Findings findings)
            throws ClientException {
        Optional<Signed<Card>> card =
                findings.reading(
                        "card",
                        () -> {
                            Signed<Card> signed = Card.verify(registered.card());
                            VerifiedAgreement.checkCard(signed.document(), person, proposal);
                            return signed;
                        });
        if (card.isPresent() && !hasTag(registered, invitation(person))) {
            findings.add(
                    Kind.NOT_AUTHENTIC,
                    "card-tag",
                    "the card registered as "
                            + person
                            + " was not made with the invitation of "
                            + person);
            return Optional.empty();
        }
        return card;
    }

    private boolean hasTag(RegisteredCard registered, Kept kept) {
        InvitationSecret secret = kept.invitation().secret();
        return !kept.revoked()
                && registered.tag().isPresent()
                && secret.accepts(
                        seat.place().computation(),
                        registered.card().payload(),
                        registered.tag().get());
    }

    /// Puts the agreement together from the checked cards and the code, signs and registers it. It
    /// is recorded before it leaves. Signing again sends the same one again; what the server says
    /// of an agreement being there or not makes no difference to that.
    ///
    /// @throws RefusedException if a card or the code doesn't fit, or this client signed one of
    ///   other parts before; nothing is signed then
    /// @throws ClientException if a card or the code is missing yet
    public SignedAgreement signAgreement()
            throws ClientException, ServerException, RefusedException, InterruptedException {
        return new AgreementSigning(seat, false).sign(this::collect);
    }

    /// As [#signAgreement], even if this client signed one of other parts before: for code that was
    /// taken back. Whoever runs the server can then show some people the one and some the other;
    /// comparing the phrase shows it.
    public SignedAgreement signAgreementAllowingTwoVersions()
            throws ClientException, ServerException, RefusedException, InterruptedException {
        return new AgreementSigning(seat, true).sign(this::collect);
    }

    private AgreementSigning.Parts collect()
            throws ClientException, ServerException, RefusedException, InterruptedException {
        List<Signed<Card>> cards = checkCards().orThrow();
        Signed<Proposal> proposal = signedProposal();
        requireComplete(cards, proposal.document());
        return new AgreementSigning.Parts(
                proposal.envelope(),
                cards.stream().map(Signed::envelope).toList(),
                codeStatement(proposal, cards));
    }

    private void requireComplete(List<Signed<Card>> cards, Proposal proposal)
            throws ClientException {
        List<Email> missing = new ArrayList<>(proposal.roster().people());
        cards.forEach(card -> missing.remove(card.document().email()));
        if (!missing.isEmpty()) {
            throw new ClientException(
                    ClientException.Kind.STATE,
                    "not everyone has joined yet: "
                            + missing.stream().map(Email::value).collect(Collectors.joining(", ")),
                    "wait with: cloister computation watch --sign " + proposal.computation());
        }
    }

    private Envelope codeStatement(Signed<Proposal> proposal, List<Signed<Card>> cards)
            throws ClientException, ServerException, RefusedException, InterruptedException {
        if (seat.said().code().isEmpty()) {
            throw new ClientException(
                    ClientException.Kind.STATE,
                    "the code provider has not pushed the code yet",
                    "wait with: cloister computation watch --sign " + seat.place().computation());
        }
        Envelope statement = seat.server().code(seat.place().computation());
        Email provider = proposal.document().roster().codeProvider();
        Signed<Card> card =
                cards.stream()
                        .filter(one -> one.document().email().equals(provider))
                        .findFirst()
                        .orElseThrow();
        var findings = new Findings();
        findings.reading("code", () -> VerifiedAgreement.verifyCode(statement, proposal, card));
        return findings.verdict(statement).orThrow();
    }

    /// Waits until every card and the code are there, then signs.
    ///
    /// @throws RefusedException if one that came doesn't fit
    public SignedAgreement signWhenComplete(Duration longest)
            throws ClientException, ServerException, RefusedException, InterruptedException {
        int people = readProposal().roster().people().size();
        seat.await(
                said ->
                        said.agreement().isPresent()
                                || (said.code().isPresent()
                                        && checkCards().orThrow().size() == people),
                longest);
        return signAgreement();
    }

    /// Ends the computation.
    public Said.Computation archive() throws ServerException, InterruptedException {
        return seat.server().archive(seat.place().computation());
    }
}
