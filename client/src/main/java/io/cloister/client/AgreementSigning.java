package io.cloister.client;

import io.cloister.client.Finding.Kind;
import io.cloister.client.server.ServerException;
import io.cloister.crypto.EnvelopeSigner;
import io.cloister.protocol.CloisterBugException;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.Agreement;
import io.cloister.protocol.document.VerifiedAgreement;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.dsse.Signed;

import java.util.List;
import java.util.Optional;

/// How an Owner's client signs one agreement and no second one. Two agreements of one computation,
/// both with the Owner's signature, would let whoever runs the server show them to different
/// people; a server that denies the first would get the second for the asking, if the Owner's own
/// record were not what decides.
final class AgreementSigning {
    private final Seat seat;
    private final boolean allowTwoVersions;

    AgreementSigning(Seat seat, boolean allowTwoVersions) {
        this.seat = seat;
        this.allowTwoVersions = allowTwoVersions;
    }

    /// What an agreement is made of, each checked.
    ///
    /// @param proposal the Owner's
    /// @param cards everyone's, in the proposal's order
    /// @param code the code statement
    record Parts(Envelope proposal, List<Envelope> cards, Envelope code) {
        Parts {
            cards = List.copyOf(cards);
        }

        boolean areOf(Agreement agreement) {
            return proposal.equals(agreement.proposal())
                    && cards.equals(agreement.cards())
                    && code.equals(agreement.code());
        }
    }

    interface Collecting {
        Parts collect()
                throws ClientException, ServerException, RefusedException, InterruptedException;
    }

    SignedAgreement sign(Collecting collecting)
            throws ClientException, ServerException, RefusedException, InterruptedException {
        boolean shown = seat.said().agreement().isPresent();
        if (shown && !allowTwoVersions) {
            return adopt(seat.approval().agreement());
        }
        Parts parts = collecting.collect();
        if (shown) {
            // A server that hides that the code was taken back shows the one before.
            VerifiedAgreement agreement = seat.approval().agreement();
            if (areOf(parts, agreement.envelope())) {
                return adopt(agreement);
            }
        }
        SignedAgreement signed = record(parts);
        seat.server().putAgreement(seat.place().computation(), signed.agreement().envelope());
        note(signed.agreement().digest());
        return signed;
    }

    /// One the server has. It is the Owner's by its signature; if there is no record of any, a copy
    /// of this key store signed it, and from now on it is the one.
    private SignedAgreement adopt(VerifiedAgreement shown)
            throws ClientException, RefusedException {
        try (var _ = seat.cloister().vault().lock()) {
            Membership membership = seat.membership();
            Ownership ownership = ownership(membership);
            if (!ownership.agreements().contains(shown.envelope())) {
                requireNone(membership, Optional.of(shown.digest()));
                seat.cloister().save(membership.with(ownership.with(shown.envelope())));
            }
        }
        note(shown.digest());
        return new SignedAgreement(shown, SignedAgreement.How.BEFORE);
    }

    /// The agreement of these parts, as it was signed before, or now; durable on return.
    private SignedAgreement record(Parts parts) throws ClientException, RefusedException {
        try (var _ = seat.cloister().vault().lock()) {
            Membership membership = seat.membership();
            Ownership ownership = ownership(membership);
            Optional<Envelope> same = find(parts, ownership);
            if (same.isPresent()) {
                return new SignedAgreement(verify(same.get()), SignedAgreement.How.SENT_AGAIN);
            }
            requireNone(membership, Optional.empty());
            VerifiedAgreement agreement = verify(sign(parts, ownership));
            seat.cloister().save(membership.with(ownership.with(agreement.envelope())));
            return new SignedAgreement(agreement, SignedAgreement.How.NOW);
        }
    }

    /// Earlier versions of this client kept only the digest of the agreement that was signed.
    ///
    /// @param same the agreement that may be the one signed before
    private void requireNone(Membership membership, Optional<Sha256> same) throws RefusedException {
        Optional<Sha256> before =
                ownership(membership).agreements().stream()
                        .map(Envelope::digest)
                        .reduce((_, later) -> later)
                        .or(() -> membership.history().agreement());
        if (before.isEmpty() || before.equals(same) || allowTwoVersions) {
            return;
        }
        throw Seat.refused(
                Kind.NOT_ACCEPTABLE,
                "agreement-signed-before",
                "this client signed another agreement of this computation before, "
                        + before.get()
                        + "; with two, the operator can show some people one and others the other."
                        + " If the code was taken back and you mean it: --allow-two-versions, and"
                        + " compare the phrase with everyone");
    }

    private static Optional<Envelope> find(Parts parts, Ownership ownership)
            throws ClientException {
        for (Envelope signed : ownership.agreements().reversed()) {
            if (areOf(parts, signed)) {
                return Optional.of(signed);
            }
        }
        return Optional.empty();
    }

    private static boolean areOf(Parts parts, Envelope signed) throws ClientException {
        try {
            return parts.areOf(Signed.readUnverified(signed, Agreement.TYPE));
        } catch (MalformedException e) {
            throw ClientException.local("an agreement that was verified can't be read", e);
        }
    }

    private Envelope sign(Parts parts, Ownership ownership) {
        var agreement =
                new Agreement(
                        seat.place().computation(),
                        parts.proposal(),
                        parts.cards(),
                        parts.code(),
                        seat.now());
        return EnvelopeSigner.sign(ownership.key(), Agreement.TYPE, agreement);
    }

    private static VerifiedAgreement verify(Envelope agreement) throws RefusedException {
        var findings = new Findings();
        Optional<VerifiedAgreement> verified =
                findings.reading("agreement", () -> VerifiedAgreement.verify(agreement));
        return findings.verdict(verified).orThrow().orElseThrow();
    }

    private void note(Sha256 agreement) throws ClientException {
        seat.change(membership -> membership.with(membership.history().withAgreement(agreement)));
    }

    private static Ownership ownership(Membership membership) {
        return membership
                .ownership()
                .orElseThrow(() -> new CloisterBugException("an owner has an ownership"));
    }
}
