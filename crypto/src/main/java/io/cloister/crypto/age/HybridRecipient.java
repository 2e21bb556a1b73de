package io.cloister.crypto.age;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.document.AgeRecipient;

/// The post-quantum hybrid recipient `age1pq1…` (stanza `mlkem768x25519`): what is sealed to it
/// stays secret while ML-KEM-768 or X25519 holds.
///
/// Specification: [C2SP age](https://c2sp.org/age)
///
/// @param key the X-Wing public key, 1,216 bytes: `pk_M ‖ pk_X`
public record HybridRecipient(Bytes key) implements Recipient {
    static final String PREFIX = "age1pq";

    /// @throws IllegalArgumentException if the key has another length, an unreduced ML-KEM
    ///   coefficient or an X25519 part of low order
    public HybridRecipient {
        if (!XWing.isAcceptable(key.toArray())) {
            throw new IllegalArgumentException("not an acceptable hybrid recipient");
        }
    }

    static HybridRecipient parse(String text, String path) throws MalformedException {
        Bytes key = Bech32.decode(PREFIX, text, XWing.PUBLIC_KEY_LENGTH, path);
        if (!XWing.isAcceptable(key.toArray())) {
            throw new MalformedException(path, "a key that can be encrypted to", "one that cannot");
        }
        return new HybridRecipient(key);
    }

    @Override
    public AgeRecipient text() {
        return new AgeRecipient(Bech32.encode(PREFIX, key.toArray()));
    }

    @Override
    public String toString() {
        return text().value();
    }
}
