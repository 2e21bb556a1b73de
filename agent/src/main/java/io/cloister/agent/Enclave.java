package io.cloister.agent;

import io.cloister.attestation.evidence.EvidenceBundle;
import io.cloister.crypto.SigningKey;
import io.cloister.protocol.document.Identity;
import io.cloister.protocol.document.ServedAgreement;

/// Who this enclave is. What it opens with is in its [Intake].
///
/// @param agreement the one it serves
/// @param identity what it published
/// @param evidence what vouches for the identity
/// @param signing signs its receipts
record Enclave(
        ServedAgreement agreement, Identity identity, EvidenceBundle evidence, SigningKey signing) {
    @Override
    public String toString() {
        return "Enclave[" + identity.digest() + "]";
    }
}
