package io.cloister.client;

import io.cloister.client.Finding.Kind;
import io.cloister.protocol.document.Card;
import io.cloister.protocol.document.Role;
import io.cloister.protocol.document.VerifiedAgreement;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.dsse.Signed;

import java.util.Optional;

/// Whether an agreement is the Owner's, recomputed from its parts, and has this person in their
/// place (spec/documents.md §5 and spec/grant.md).
final class AgreementCheck {
    private AgreementCheck() {}

    static Verdict<VerifiedAgreement> check(Envelope envelope, Membership membership) {
        var findings = new Findings();
        Optional<VerifiedAgreement> recomputed =
                findings.reading("agreement", () -> VerifiedAgreement.verify(envelope));
        if (recomputed.isEmpty()) {
            return findings.refused();
        }
        VerifiedAgreement agreement = recomputed.get();
        findings.requireEqual(
                Kind.NOT_AUTHENTIC,
                "owner-key",
                "the agreement is signed by another owner's key than the invitation names",
                membership.ownerKey(),
                agreement.ownerKey());
        findings.requireEqual(
                Kind.NOT_AUTHENTIC,
                "agreement-computation",
                "the agreement is for another computation",
                membership.computation(),
                agreement.computation());
        membership
                .history()
                .proposal()
                .ifPresent(before ->
                        findings.requireEqual(
                                Kind.NOT_AUTHENTIC,
                                "agreement-proposal",
                                "the agreement is about another proposal than the one joined",
                                before,
                                agreement.proposalDigest()));
        membership.keys().ifPresent(keys -> checkOwnCard(agreement, membership, keys, findings));
        checkOwnCode(agreement, membership, findings);
        return findings.verdict(agreement);
    }

    private static void checkOwnCard(
            VerifiedAgreement agreement, Membership membership, Keys keys, Findings findings) {
        if (!agreement.roster().people().contains(membership.email())) {
            findings.add(
                    Kind.NOT_ACCEPTABLE,
                    "own-place",
                    "the agreement has no place for " + membership.email());
            return;
        }
        Optional<Card> own =
                keys.card()
                        .flatMap(envelope ->
                                new Findings().reading("card", () -> Card.verify(envelope)))
                        .map(Signed::document);
        findings.require(
                own.isPresent() && own.get().equals(agreement.card(membership.email())),
                Kind.NOT_AUTHENTIC,
                "own-card",
                "the card of "
                        + membership.email()
                        + " in the agreement is not the one this client made");
    }

    private static void checkOwnCode(
            VerifiedAgreement agreement, Membership membership, Findings findings) {
        if (membership.keys().isEmpty()
                || !agreement.roster().has(membership.email(), Role.CODE_PROVIDER)) {
            return;
        }
        findings.require(
                membership.history().code().equals(Optional.of(agreement.codeDigest())),
                Kind.NOT_AUTHENTIC,
                "own-code",
                "the code in the agreement is not what this client pushed last");
    }
}
