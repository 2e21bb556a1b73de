package io.cloister.agent;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.Email;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.OutputIndex;
import io.cloister.protocol.document.Receipt;

/// An output whose body the control plane stores, and whose header, without which nobody can open
/// it, is still here.
///
/// @param reader to whom it is encrypted
/// @param kind what it is
/// @param position among that reader's of its kind
/// @param header the age header, or nonce and tag of a secretbox message
/// @param ciphertext digest of header and body; in the Cosmian dialect of body and header
/// @param ciphertextBytes size of header and body
/// @param entry what the reader's index says of it
record StagedOutput(
        Email reader,
        Receipt.Kind kind,
        long position,
        Bytes header,
        Sha256 ciphertext,
        long ciphertextBytes,
        OutputIndex.Entry entry) {
    Receipt.Output named() {
        return new Receipt.Output(reader, kind, position, ciphertext, ciphertextBytes);
    }

    ControlPlane.Released released() {
        return new ControlPlane.Released(reader, kind, position, header);
    }
}
