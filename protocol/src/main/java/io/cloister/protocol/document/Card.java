package io.cloister.protocol.document;

import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Email;
import io.cloister.protocol.Labels;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.PublicSigningKey;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.dsse.DocumentType;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.dsse.NotAuthenticException;
import io.cloister.protocol.dsse.Signed;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;

import java.time.Instant;
import java.util.List;

/// A participant's keys for one computation, signed with the signing key it names
/// (spec/documents.md §3). That proves possession only; that the key is this person's is shown to
/// the Owner by the tag beside the card.
///
/// @param computation which
/// @param proposal digest of the proposal it answers
/// @param email whose card
/// @param roles all of this person's roles, in the order of [Role]
/// @param signingKey signs this person's documents
/// @param recipient what others encrypt to, for this person to open
/// @param issuedAt whole seconds, the participant's clock
public record Card(
        ComputationId computation,
        Sha256 proposal,
        Email email,
        List<Role> roles,
        PublicSigningKey signingKey,
        AgeRecipient recipient,
        Instant issuedAt) {
    /// The signed document.
    public static final DocumentType<Card> TYPE = new Type();

    public Card {
        roles = List.copyOf(roles);
    }

    /// Checks that `envelope` holds a card signed by the key inside.
    public static Signed<Card> verify(Envelope envelope)
            throws MalformedException, NotAuthenticException {
        return Signed.verifySelfSigned(envelope, TYPE, Card::signingKey);
    }

    private static final class Type implements DocumentType<Card> {
        @Override
        public String payloadType() {
            return Labels.CARD;
        }

        @Override
        public String name() {
            return "card";
        }

        @Override
        public Card read(Json payload) throws MalformedException {
            Fields fields = Fields.of(payload, name());
            fields.constant("type", payloadType());
            var card =
                    new Card(
                            fields.text("computation", ComputationId::parse),
                            fields.sha256("proposal"),
                            fields.text("email", Email::parse),
                            Lists.sortedUnique(
                                    Lists.nonEmpty(
                                            fields.texts(
                                                    "roles", Role.values().length, Role::parse),
                                            fields.path("roles")),
                                    fields.path("roles")),
                            fields.text("signingKey", PublicSigningKey::parse),
                            fields.text("recipient", AgeRecipient::parse),
                            Instant.ofEpochSecond(
                                    fields.integer("issuedAt", 0, Terms.MAX_INSTANT)));
            fields.end();
            return card;
        }

        @Override
        public Json write(Card card) {
            return Json.object()
                    .put("type", payloadType())
                    .put("computation", card.computation.toString())
                    .put("proposal", card.proposal.toString())
                    .put("email", card.email.value())
                    .put("roles", Lists.texts(card.roles))
                    .put("signingKey", card.signingKey.toString())
                    .put("recipient", card.recipient.value())
                    .put("issuedAt", card.issuedAt.getEpochSecond())
                    .build();
        }
    }
}
