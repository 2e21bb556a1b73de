package io.cloister.agent;

import io.cloister.attestation.runtime.VerifiedRuntime;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.PublicSigningKey;
import io.cloister.protocol.document.Identity;
import io.cloister.protocol.document.IsolationLevel;
import io.cloister.protocol.document.ServedAgreement;

import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;

/// What an enclave does in its dialect's own way: the agreement is checked and keys to open with
/// are there when one exists.
sealed interface Suite permits NativeSuite, CosmianSuite {
    /// What is served.
    ServedAgreement agreement();

    /// Whether the code may bring packages of its own, which have to be there before anything else.
    boolean bringsPackages();

    /// Reads the code bundle once.
    ///
    /// @throws MalformedException if it is none
    /// @throws IOException if reading fails
    ReadCode read(InputStream bundle) throws MalformedException, IOException;

    /// Who this enclave says it is.
    ///
    /// @param startedAt whole seconds
    Identity identity(PublicSigningKey signing, IsolationLevel isolation, Instant startedAt);

    /// Takes what is handed to the enclave of that `identity`.
    Intake intake(Identity identity, EnclaveClock clock);

    /// A code bundle that was read.
    interface ReadCode {
        /// What it holds, if it is the agreed one and runs on `runtime`.
        ///
        /// @throws AgentStop if not
        Contents check(VerifiedRuntime runtime) throws AgentStop;
    }
}
