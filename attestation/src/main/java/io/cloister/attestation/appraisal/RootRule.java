package io.cloister.attestation.appraisal;

import io.cloister.protocol.PublicSigningKey;

/// Whose simulated platforms a policy accepts.
public sealed interface RootRule {
    /// Those under one root.
    ///
    /// @param root the installation's
    record Pinned(PublicSigningKey root) implements RootRule {}

    /// Those under any root that came with the Evidence: a relaxation.
    ///
    /// @param reason its author's
    record Any(Reason reason) implements RootRule {}
}
