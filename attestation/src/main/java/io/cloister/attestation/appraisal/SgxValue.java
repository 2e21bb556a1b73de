package io.cloister.attestation.appraisal;

import io.cloister.attestation.evidence.EvidenceKind;

/// A Reference Value for SGX enclaves.
public sealed interface SgxValue extends HardwareValue permits SgxEnclaveValue, SgxSignerValue {
    @Override
    default EvidenceKind kind() {
        return EvidenceKind.SGX;
    }

    /// Which configuration may be given to it at launch.
    SgxConfig config();
}
