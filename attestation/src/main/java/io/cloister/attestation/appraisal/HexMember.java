package io.cloister.attestation.appraisal;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Fields;

/// Bytes of one length that a policy names in lower-case hexadecimal digits.
final class HexMember {
    private HexMember() {}

    static Bytes parse(String text, String path, int length) throws MalformedException {
        Bytes value = Bytes.fromHex(text, path);
        if (value.length() != length) {
            throw new MalformedException(
                    path, 2 * length + " hexadecimal digits", text.length() + " digits");
        }
        return value;
    }

    static Bytes read(Fields fields, String name, int length) throws MalformedException {
        return fields.text(name, (text, path) -> parse(text, path, length));
    }

    /// Zeros where the member is absent: what a host may set freely is refused unless it is named.
    static Bytes readOrZeros(Fields fields, String name, int length) throws MalformedException {
        return fields.has(name) ? read(fields, name, length) : zeros(length);
    }

    /// What was measured, or who signed: zeros are a template that nobody filled in, or stand for
    /// "none" in Evidence and would match whatever has none.
    static Bytes readMeasured(Fields fields, String name, int length) throws MalformedException {
        Bytes value = read(fields, name, length);
        if (isZero(value)) {
            throw new MalformedException(fields.path(name), "another value than zeros", "zeros");
        }
        return value;
    }

    /// For people, behind what else a value accepts: what must be there if it isn't zeros.
    static String sentence(String title, Bytes value) {
        return isZero(value) ? "" : ", with " + title + " " + value.hex();
    }

    static boolean isZero(Bytes value) {
        return value.equals(zeros(value.length()));
    }

    static Bytes zeros(int length) {
        return Bytes.copyOf(new byte[length]);
    }

    /// For constructors: `value` if it has that length.
    static Bytes require(String name, Bytes value, int length) {
        if (value.length() != length) {
            throw new IllegalArgumentException(name + " has " + length + " bytes");
        }
        return value;
    }

    /// For constructors: `value` if it has that length and is not all zeros.
    static Bytes requireMeasured(String name, Bytes value, int length) {
        if (isZero(require(name, value, length))) {
            throw new IllegalArgumentException(name + " is not zeros");
        }
        return value;
    }
}
