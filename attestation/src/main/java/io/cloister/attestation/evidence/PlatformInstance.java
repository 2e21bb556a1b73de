package io.cloister.attestation.evidence;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

/// One installation of a simulated platform. Text form: 32 lower-case hexadecimal digits.
///
/// @param value 16 random bytes, made once with the installation's root
public record PlatformInstance(Bytes value) {
    /// Length in bytes.
    public static final int LENGTH = 16;

    public PlatformInstance {
        if (value.length() != LENGTH) {
            throw new IllegalArgumentException(
                    "a platform instance has 16 bytes, not " + value.length());
        }
    }

    /// Reads the text form.
    ///
    /// @throws MalformedException if `text` is anything else, naming `path`
    public static PlatformInstance parse(String text, String path) throws MalformedException {
        if (text.length() != 2 * LENGTH) {
            throw new MalformedException(
                    path, "a platform instance of 32 hexadecimal digits", text);
        }
        return new PlatformInstance(Bytes.fromHex(text, path));
    }

    @Override
    public String toString() {
        return value.hex();
    }
}
