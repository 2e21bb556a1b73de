package io.cloister.attestation.appraisal;

import io.cloister.attestation.evidence.EvidenceKind;
import io.cloister.protocol.Bytes;

/// A Reference Value for SEV-SNP guests.
public sealed interface SnpValue extends HardwareValue permits SnpGuestValue, SnpSignerValue {
    /// Length of HOST_DATA, in bytes.
    int HOST_DATA_LENGTH = 32;

    @Override
    default EvidenceKind kind() {
        return EvidenceKind.SNP;
    }

    /// What it is started with.
    SnpIdBlock idBlock();

    /// What the host says at its start, 32 bytes.
    Bytes hostData();
}
