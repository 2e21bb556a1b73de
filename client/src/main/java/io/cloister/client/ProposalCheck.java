package io.cloister.client;

import io.cloister.client.Finding.Kind;
import io.cloister.protocol.document.Proposal;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.dsse.Signed;

import java.util.Optional;

/// Whether a proposal is the one this person was invited to (spec/documents.md §2).
final class ProposalCheck {
    private ProposalCheck() {}

    static Verdict<Signed<Proposal>> check(Envelope envelope, Membership membership) {
        var findings = new Findings();
        Optional<Signed<Proposal>> signed =
                findings.reading(
                        "proposal",
                        () -> Signed.verify(envelope, Proposal.TYPE, membership.ownerKey()));
        if (signed.isEmpty()) {
            return findings.refused();
        }
        Proposal proposal = signed.get().document();
        findings.requireEqual(
                Kind.NOT_AUTHENTIC,
                "proposal-owner-key",
                "the proposal names another owner's key than the invitation",
                membership.ownerKey(),
                proposal.ownerKey());
        findings.requireEqual(
                Kind.NOT_AUTHENTIC,
                "proposal-computation",
                "the proposal is for another computation",
                membership.computation(),
                proposal.computation());
        findings.require(
                proposal.roster().people().contains(membership.email())
                        || membership.ownership().isPresent(),
                Kind.NOT_ACCEPTABLE,
                "proposal-person",
                "the proposal has no place for " + membership.email());
        membership
                .history()
                .proposal()
                .ifPresent(before ->
                        findings.requireEqual(
                                Kind.NOT_AUTHENTIC,
                                "proposal-changed",
                                "the server shows another proposal than before",
                                before,
                                signed.get().digest()));
        return findings.verdict(signed.get());
    }
}
