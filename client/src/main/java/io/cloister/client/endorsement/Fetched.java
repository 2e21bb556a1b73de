package io.cloister.client.endorsement;

import io.cloister.attestation.endorsement.Endorsements;

import java.util.List;

/// Endorsements with where they came from.
///
/// @param endorsements together with the certificates that were there before
/// @param origins one for each document that was needed
public record Fetched(Endorsements endorsements, List<Origin> origins) {
    public Fetched {
        origins = List.copyOf(origins);
    }
}
