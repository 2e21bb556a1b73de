package io.cloister.attestation.appraisal;

import java.util.List;

/// To which enclaves a computation narrows every participant's policy. It never widens one: both
/// must accept.
public sealed interface Narrowing {
    /// From a proposal's list, in which emptiness means no narrowing.
    ///
    /// @param measurements each as kind, colon, hexadecimal digits
    static Narrowing ofProposal(List<String> measurements) {
        return measurements.isEmpty() ? new None() : new Only(measurements);
    }

    /// Each participant's policy alone decides.
    record None() implements Narrowing {}

    /// Only these.
    ///
    /// @param measurements each as kind, colon, hexadecimal digits; none refuses everything
    record Only(List<String> measurements) implements Narrowing {
        public Only {
            measurements = List.copyOf(measurements);
        }
    }
}
