package io.cloister.client.endorsement;

import io.cloister.attestation.endorsement.Endorsement;
import io.cloister.attestation.pki.Certificate;

import java.time.Instant;
import java.util.List;

/// A document that parses and chains to a vendor's root.
///
/// @param endorsements what it holds
/// @param certificates those among them, read, the one that signs first
/// @param from the first instant all of it is valid
/// @param until the last instant all of it is valid
record Checked(
        List<Endorsement> endorsements,
        List<Certificate> certificates,
        Instant from,
        Instant until) {
    Checked {
        endorsements = List.copyOf(endorsements);
        certificates = List.copyOf(certificates);
    }

    boolean isValidAt(Instant instant) {
        return !instant.isBefore(from) && !instant.isAfter(until);
    }
}
