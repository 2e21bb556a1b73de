package io.cloister.protocol.state;

import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Dialect;
import io.cloister.protocol.Email;
import io.cloister.protocol.document.CodeDigests;
import io.cloister.protocol.document.Roster;
import io.cloister.protocol.document.RuntimeRef;
import io.cloister.protocol.document.Terms;

import java.util.Optional;

/// What an agreement is made of, as far as it is there: signed documents, or the server's word.
public sealed interface Papers permits NativePapers, CosmianPapers {
    /// How the parties speak.
    Dialect dialect();

    /// Which computation.
    ComputationId computation();

    /// For people, shown escaped.
    String title();

    /// Who set it up.
    Email owner();

    /// Who takes part.
    Roster roster();

    /// Which Python packages it runs with.
    RuntimeRef runtime();

    /// What user code may do.
    Terms terms();

    /// Which code is there, if any.
    Optional<CodeDigests> codeDigests();

    /// The same without code, and without what falls with it.
    Papers withoutCode();
}
