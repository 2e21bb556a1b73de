package io.cloister.attestation.appraisal;

/// Whether enclaves that can be looked into are accepted.
public sealed interface DebugRule {
    /// They are not.
    record Refuse() implements DebugRule {}

    /// They are: a relaxation.
    ///
    /// @param reason its author's
    record Allow(Reason reason) implements DebugRule {}
}
