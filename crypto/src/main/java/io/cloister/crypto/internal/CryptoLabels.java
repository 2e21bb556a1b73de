package io.cloister.crypto.internal;

import io.cloister.protocol.Bytes;

/// Every domain label of this module, so that no two uses of a key can be mistaken for each other.
/// Labels of signed documents are in `io.cloister.protocol`.
public final class CryptoLabels {
    /// HKDF `info` of an invitation's tag key, followed by the 16 bytes of the computation's id.
    public static final Bytes INVITATION_TAG = Bytes.utf8("cloister/invitation-tag/v1");

    /// HKDF `info` of the key that ties a key store's records to their places.
    public static final Bytes KEYSTORE_RECORD = Bytes.utf8("cloister/keystore-record/v1");

    private CryptoLabels() {}
}
