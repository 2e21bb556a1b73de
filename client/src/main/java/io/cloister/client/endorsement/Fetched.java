package io.cloister.client.endorsement;

import io.cloister.attestation.endorsement.Endorsements;

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
}
