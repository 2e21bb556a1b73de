package io.cloister.attestation.appraisal;

import io.cloister.attestation.evidence.EvidenceKind;
import io.cloister.protocol.Bytes;

/// A Reference Value for SEV-SNP guests.
public sealed interface SnpValue extends HardwareValue permits SnpGuestValue, SnpSignerValue {
    /// Length of a measurement and of a key's digest, in bytes.
    int DIGEST_LENGTH = 48;

    /// Length of HOST_DATA, in bytes.
    int HOST_DATA_LENGTH = 32;

    @Override
    default EvidenceKind kind() {
        return EvidenceKind.SNP;
    }

    /// Who signed its ID block, 48 bytes; zeros for nobody.
    Bytes idKeyDigest();

    /// Who vouches for the ID key, 48 bytes; zeros for nobody.
    Bytes authorKeyDigest();

    /// What the host says at its start, 32 bytes.
    Bytes hostData();
}
