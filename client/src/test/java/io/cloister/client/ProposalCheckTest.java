package io.cloister.client;

import static io.cloister.client.Finding.Kind.MALFORMED;
import static io.cloister.client.Finding.Kind.NOT_ACCEPTABLE;
import static io.cloister.client.Finding.Kind.NOT_AUTHENTIC;
import static io.cloister.client.Verdicts.accepted;
import static io.cloister.client.Verdicts.refused;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cloister.client.server.Endpoint;
import io.cloister.crypto.EnvelopeSigner;
import io.cloister.crypto.SigningKey;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Email;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.Proposal;

import org.junit.jupiter.api.Test;

import java.util.Optional;

class ProposalCheckTest {
    private final Play play = new Play();

    private Membership invited(Email person) {
        return new Membership(
                Endpoint.of(play.url),
                play.computation,
                person,
                play.ownerKey.publicKey(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Membership.History.empty());
    }

    @Test
    void acceptsTheProposalOfTheInvitation() {
        var proposal = accepted(ProposalCheck.check(play.signedProposal, invited(Play.CONSUMER)));
        assertEquals(play.proposal, proposal.document());
    }

    @Test
    void refusesAProposalSignedByAnotherKey() {
        var forged =
                EnvelopeSigner.sign(SigningKey.generate(Play.RANDOM), Proposal.TYPE, play.proposal);
        refused(
                ProposalCheck.check(forged, invited(Play.CONSUMER)),
                NOT_AUTHENTIC,
                "proposal-signature");
    }

    @Test
    void refusesAProposalThatNamesAnotherOwnerKey() {
        Play other = new Play();
        var renamed = EnvelopeSigner.sign(play.ownerKey, Proposal.TYPE, other.proposal);
        refused(
                ProposalCheck.check(renamed, invited(Play.CONSUMER)),
                NOT_AUTHENTIC,
                "proposal-owner-key");
    }

    @Test
    void refusesTheOwnersProposalForAnotherComputation() {
        var other = play.sign(play.proposal(new ComputationId(Bytes.utf8("fedcba9876543210"))));
        refused(
                ProposalCheck.check(other, invited(Play.CONSUMER)),
                NOT_AUTHENTIC,
                "proposal-computation");
    }

    @Test
    void refusesAProposalWithoutThisPersonsPlace() {
        refused(
                ProposalCheck.check(
                        play.signedProposal, invited(new Email("stranger@example.org"))),
                NOT_ACCEPTABLE,
                "proposal-person");
    }

    @Test
    void refusesAnotherProposalThanTheOneJoined() {
        Membership joined =
                invited(Play.CONSUMER)
                        .with(
                                Membership.History.empty()
                                        .withProposal(Sha256.of(Bytes.utf8("another"))));
        refused(
                ProposalCheck.check(play.signedProposal, joined),
                NOT_AUTHENTIC,
                "proposal-changed");
    }

    @Test
    void refusesAnotherDocumentInItsPlace() {
        refused(
                ProposalCheck.check(play.agreement.envelope(), invited(Play.CONSUMER)),
                MALFORMED,
                "proposal-form");
    }
}
