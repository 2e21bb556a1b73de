package io.cloister.client;

import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Email;
import io.cloister.protocol.PublicSigningKey;
import io.cloister.protocol.document.Proposal;
import io.cloister.protocol.document.Roster;
import io.cloister.protocol.document.RuntimeRef;
import io.cloister.protocol.document.Terms;

import java.time.Instant;
import java.util.List;

/// What an Owner wants to propose.
///
/// @param title for people
/// @param roster who takes part, in order
/// @param runtime Python packages
/// @param measurements enclaves to narrow everyone's policy to, as `kind:hex` in order; empty for
///   none
/// @param terms what user code may do
public record Draft(
        String title, Roster roster, RuntimeRef runtime, List<String> measurements, Terms terms) {
    public Draft {
        measurements = measurements.stream().sorted().distinct().toList();
    }

    Proposal proposal(ComputationId id, Email owner, PublicSigningKey ownerKey, Instant now) {
        return new Proposal(id, title, owner, ownerKey, roster, runtime, measurements, terms, now);
    }
}
