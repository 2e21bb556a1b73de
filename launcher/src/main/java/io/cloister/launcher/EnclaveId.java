package io.cloister.launcher;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import java.security.SecureRandom;

/// One started enclave, named by 128 random bits. It is a handle of the operator's and proves
/// nothing; what identifies an enclave to participants is its signed identity. Text form: 32
/// lower-case hexadecimal digits.
///
/// @param value the 16 bytes
public record EnclaveId(Bytes value) {
    /// Length in bytes.
    public static final int LENGTH = 16;

    public EnclaveId {
        if (value.length() != LENGTH) {
            throw new IllegalArgumentException("an enclave id has 16 bytes, not " + value.length());
        }
    }

    /// A fresh id.
    public static EnclaveId random(SecureRandom random) {
        byte[] value = new byte[LENGTH];
        random.nextBytes(value);
        return new EnclaveId(Bytes.copyOf(value));
    }

    /// Reads the text form.
    ///
    /// @throws MalformedException if `text` is anything else, naming `path`
    public static EnclaveId parse(String text, String path) throws MalformedException {
        if (text.length() != 2 * LENGTH) {
            throw new MalformedException(path, "an enclave id of 32 hexadecimal digits", text);
        }
        return new EnclaveId(Bytes.fromHex(text, path));
    }

    @Override
    public String toString() {
        return value.hex();
    }
}
