package io.cloister.agent;

import io.cloister.protocol.Email;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.FileName;

/// A file that a run reads.
///
/// @param whose its provider
/// @param provider the provider's position in the agreement, from 0
/// @param name as the code is told it
/// @param ciphertext digest
/// @param ciphertextBytes size
/// @param unsealing opens it
record PlannedInput(
        Email whose,
        int provider,
        FileName name,
        Sha256 ciphertext,
        long ciphertextBytes,
        Unsealing unsealing) {}
