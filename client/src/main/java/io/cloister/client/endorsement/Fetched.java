package io.cloister.client.endorsement;

import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.finding.CouldNotCheckException;

import java.util.List;

/// Endorsements with where they came from.
///
/// @param endorsements what was fetched, and of what was there before the certificate of the key
///   that signed, so that nothing else is needed
/// @param origins one for each document that was needed
public record Fetched(Endorsements endorsements, List<Origin> origins) {
    public Fetched {
        origins = List.copyOf(origins);
    }

    /// These, if every service that had to be asked answered. What was kept of another day may be
    /// valid still and say nothing of what was revoked since.
    ///
    /// @throws CouldNotCheckException if one did not; the message says which
    public Fetched requireAnswered() throws CouldNotCheckException {
        for (Origin origin : origins) {
            if (origin.how() == Origin.How.UNANSWERED) {
                throw new CouldNotCheckException(
                        "no usable answer from "
                                + origin.url()
                                + ": what is kept of it is of "
                                + origin.fetchedAt()
                                + ", and may say nothing of what was revoked since");
            }
        }
        return this;
    }
}
