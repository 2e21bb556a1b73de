package io.cloister.crypto.age;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.document.AgeRecipient;

/// The classical recipient `age1…` (stanza `X25519`). What is sealed to it today can be opened by a
/// quantum computer one day.
///
/// Specification: [C2SP age](https://c2sp.org/age)
///
/// @param key u-coordinate, 32 bytes
public record X25519Recipient(Bytes key) implements Recipient {
    private static final String PREFIX = "age";

    /// @throws IllegalArgumentException if the key has another length or is of low order
    public X25519Recipient {
        if (!isAcceptable(key)) {
            throw new IllegalArgumentException("not an acceptable X25519 recipient");
        }
    }

    static X25519Recipient parse(String text, String path) throws MalformedException {
        Bytes key = Bech32.decode(PREFIX, text, X25519.LENGTH, path);
        if (!isAcceptable(key)) {
            throw new MalformedException(path, "a key of large order", "one of low order");
        }
        return new X25519Recipient(key);
    }

    private static boolean isAcceptable(Bytes key) {
        return key.length() == X25519.LENGTH && !X25519.isLowOrder(key.toArray());
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
