package io.cloister.protocol.state;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

/// The tag beside a card: HMAC-SHA-256 over the card's payload bytes under a key from its
/// invitation, 64 hexadecimal digits.
///
/// @param value 32 bytes
public record Tag(Bytes value) {
    /// Length in bytes.
    public static final int LENGTH = 32;

    public Tag {
        if (value.length() != LENGTH) {
            throw new IllegalArgumentException("a tag has 32 bytes");
        }
    }

    /// Reads the text form.
    ///
    /// @throws MalformedException if `text` is anything else, naming `path`
    public static Tag parse(String text, String path) throws MalformedException {
        if (text.length() != 2 * LENGTH) {
            throw new MalformedException(path, "64 hexadecimal digits", text);
        }
        return new Tag(Bytes.fromHex(text, path));
    }

    @Override
    public String toString() {
        return value.hex();
    }
}
