package io.cloister.client.endorsement;

import io.cloister.attestation.endorsement.Endorsement;
import io.cloister.attestation.pki.Certificate;

import java.time.Instant;
import java.util.List;

/// A document that parses and chains to a vendor's root.
///
/// @param endorsements what it holds
/// @param certificates those among them, read, the one that signs first
/// @param evaluation `tcbEvaluationDataNumber`; 0 for documents that have none
/// @param from the first instant all of it is valid
/// @param until the last instant all of it is valid
record Checked(
        List<Endorsement> endorsements,
        List<Certificate> certificates,
        int evaluation,
        Instant from,
        Instant until) {
    Checked {
        endorsements = List.copyOf(endorsements);
        certificates = List.copyOf(certificates);
    }

    /// Whether a service that has answered with `other` and now answers with this goes back: to an
    /// older evaluation, or within one to an older issue.
    boolean isOlderThan(Checked other) {
        return evaluation != other.evaluation
                ? evaluation < other.evaluation
                : from.isBefore(other.from);
    }

    boolean isValidAt(Instant instant) {
        return !instant.isBefore(from) && !instant.isAfter(until);
    }
}
