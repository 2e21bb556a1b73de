package io.cloister.protocol.document;

import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Labels;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.dsse.DocumentType;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;

import java.time.Instant;
import java.util.List;

/// Proposal, cards and code statement put together by the Owner (spec/documents.md §5). It carries
/// the envelopes; only [VerifiedAgreement] says that they fit and are signed.
///
/// @param computation which
/// @param proposal signed by the Owner
/// @param cards one per person, in the order of [Roster#people]
/// @param code signed by the Code Provider
/// @param issuedAt whole seconds, the Owner's clock
public record Agreement(
        ComputationId computation,
        Envelope proposal,
        List<Envelope> cards,
        Envelope code,
        Instant issuedAt) {
    /// The signed document.
    public static final DocumentType<Agreement> TYPE = new Type();

    private static final int MAX_CARDS = 1 + 2 * Roster.MAX_PER_ROLE;

    public Agreement {
        cards = List.copyOf(cards);
    }

    private static final class Type implements DocumentType<Agreement> {
        @Override
        public String payloadType() {
            return Labels.AGREEMENT;
        }

        @Override
        public String name() {
            return "agreement";
        }

        @Override
        public Agreement read(Json payload) throws MalformedException {
            Fields fields = Fields.of(payload, name());
            fields.constant("type", payloadType());
            var agreement =
                    new Agreement(
                            fields.text("computation", ComputationId::parse),
                            Envelope.read(fields.any("proposal"), fields.path("proposal")),
                            fields.list("cards", MAX_CARDS, Envelope::read),
                            Envelope.read(fields.any("code"), fields.path("code")),
                            Instant.ofEpochSecond(
                                    fields.integer("issuedAt", 0, Terms.MAX_INSTANT)));
            fields.end();
            return agreement;
        }

        @Override
        public Json write(Agreement agreement) {
            return Json.object()
                    .put("type", payloadType())
                    .put("computation", agreement.computation.toString())
                    .put("proposal", agreement.proposal.toJson())
                    .put("cards", agreement.cards.stream().map(Envelope::toJson).toList())
                    .put("code", agreement.code.toJson())
                    .put("issuedAt", agreement.issuedAt.getEpochSecond())
                    .build();
        }
    }
}
