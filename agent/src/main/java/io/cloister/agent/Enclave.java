package io.cloister.agent;

import io.cloister.attestation.evidence.EvidenceBundle;
import io.cloister.crypto.SigningKey;
import io.cloister.crypto.age.HybridIdentity;
import io.cloister.protocol.document.EnclaveIdentity;
import io.cloister.protocol.document.VerifiedAgreement;

/// Who this enclave is, with the keys that die with it.
///
/// @param agreement the one it serves
/// @param identity what it published
/// @param evidence what vouches for the identity
/// @param sealing opens what is sealed to it
/// @param signing signs its receipts
record Enclave(
        VerifiedAgreement agreement,
        EnclaveIdentity identity,
        EvidenceBundle evidence,
        HybridIdentity sealing,
        SigningKey signing) {
    @Override
    public String toString() {
        return "Enclave[" + identity.digest() + "]";
    }
}
