package io.cloister.protocol.document;

import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Dialect;
import io.cloister.protocol.Email;
import io.cloister.protocol.Sha256;

/// What an enclave is started for, whatever the dialect: signed and recomputed, or the server's
/// word. A participant's client takes a [VerifiedAgreement] and nothing else.
public sealed interface ServedAgreement permits VerifiedAgreement, CosmianAgreement {
    /// How its parties speak.
    Dialect dialect();

    /// Which computation.
    ComputationId computation();

    /// The agreement's digest.
    Sha256 digest();

    /// Who set it up.
    Email owner();

    /// Who takes part.
    Roster roster();

    /// What user code may do.
    Terms terms();

    /// Which Python packages it runs with.
    RuntimeRef runtime();

    /// Which code it is.
    CodeDigests codeDigests();
}
