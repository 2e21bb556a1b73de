package io.cloister.crypto;

import io.cloister.protocol.Bytes;

/// Every domain label of this module, so that no two uses of a key can be mistaken for each other.
/// Labels of signed documents are in `io.cloister.protocol`.
final class CryptoLabels {
    /// HKDF `info` of an invitation's tag key, followed by the 16 bytes of the computation's id.
    static final Bytes INVITATION_TAG = Bytes.utf8("cloister/invitation-tag/v1");

    private CryptoLabels() {}
}
