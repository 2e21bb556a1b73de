package io.cloister.protocol;

/// A computation's id: 128 random bits chosen by the Owner's client. Text form: 32 lower-case
/// hexadecimal digits.
///
/// @param value the 16 bytes
public record ComputationId(Bytes value) implements Comparable<ComputationId> {
    /// Length in bytes.
    public static final int LENGTH = 16;

    public ComputationId {
        if (value.length() != LENGTH) {
            throw new IllegalArgumentException(
                    "a computation id has 16 bytes, not " + value.length());
        }
    }

    /// Reads the text form.
    ///
    /// @throws MalformedException if `text` is anything else, naming `path`
    public static ComputationId parse(String text, String path) throws MalformedException {
        if (text.length() != 2 * LENGTH) {
            throw new MalformedException(path, "a computation id of 32 hexadecimal digits", text);
        }
        return new ComputationId(Bytes.fromHex(text, path));
    }

    @Override
    public int compareTo(ComputationId other) {
        return toString().compareTo(other.toString());
    }

    @Override
    public String toString() {
        return value.hex();
    }
}
