package io.cloister.attestation.pki;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import java.math.BigInteger;

/// Reads DER (X.690 §10) and nothing laxer: one-byte tags, definite and shortest lengths, nothing
/// behind the end. It does not recurse, so depth costs nothing. Used by one thread.
public final class DerReader {
    /// Tag of BOOLEAN.
    public static final int BOOLEAN = 0x01;

    /// Tag of INTEGER.
    public static final int INTEGER = 0x02;

    /// Tag of BIT STRING.
    public static final int BIT_STRING = 0x03;

    /// Tag of OCTET STRING.
    public static final int OCTET_STRING = 0x04;

    /// Tag of OBJECT IDENTIFIER.
    public static final int OBJECT_IDENTIFIER = 0x06;

    /// Tag of ENUMERATED.
    public static final int ENUMERATED = 0x0a;

    /// Tag of UTF8String.
    public static final int UTF8_STRING = 0x0c;

    /// Tag of PrintableString.
    public static final int PRINTABLE_STRING = 0x13;

    /// Tag of IA5String.
    public static final int IA5_STRING = 0x16;

    /// Tag of SEQUENCE and SEQUENCE OF.
    public static final int SEQUENCE = 0x30;

    /// Tag of SET and SET OF.
    public static final int SET = 0x31;

    private static final int MULTI_BYTE_TAG = 0x1f;
    private static final int LONG_FORM = 0x80;
    private static final int MAX_LENGTH_BYTES = 3;

    private final Bytes bytes;
    private final String name;
    private final int end;
    private int position;

    private DerReader(Bytes bytes, String name, int from, int end) {
        this.bytes = bytes;
        this.name = name;
        this.position = from;
        this.end = end;
    }

    /// Reads `bytes`, whose name is the beginning of every path in a failure.
    public static DerReader of(Bytes bytes, String name) {
        return new DerReader(bytes, name, 0, bytes.length());
    }

    /// Whether anything is left.
    public boolean hasNext() {
        return position < end;
    }

    /// Whether the next element has `tag`.
    public boolean nextIs(int tag) {
        return hasNext() && (bytes.at(position) & 0xff) == tag;
    }

    /// The content of the next element, to be read in its turn.
    ///
    /// @throws MalformedException if it has another tag or another form
    public DerReader element(String field, int tag) throws MalformedException {
        int length = header(field, tag);
        var content = new DerReader(bytes, path(field), position, position + length);
        position += length;
        return content;
    }

    /// The content of the next element.
    ///
    /// @throws MalformedException if it has another tag or another form
    public Bytes content(String field, int tag) throws MalformedException {
        int length = header(field, tag);
        Bytes content = bytes.slice(position, length);
        position += length;
        return content;
    }

    /// The next element whole, with its tag and length.
    ///
    /// @throws MalformedException if it has another tag or another form
    public Bytes encoded(String field, int tag) throws MalformedException {
        int from = position;
        int length = header(field, tag);
        position += length;
        return bytes.slice(from, position - from);
    }

    /// The next element, an OBJECT IDENTIFIER, in dotted form.
    ///
    /// @throws MalformedException if it is anything else, or longer than 32 bytes
    public String oid(String field) throws MalformedException {
        int at = position;
        Bytes content = content(field, OBJECT_IDENTIFIER);
        if (content.length() == 0
                || content.length() > 32
                || content.at(content.length() - 1) < 0) {
            throw malformed(field, at, "an object identifier", content.hex());
        }
        var dotted = new StringBuilder();
        long arc = 0;
        boolean begins = true;
        for (int i = 0; i < content.length(); i++) {
            int octet = content.at(i) & 0xff;
            if ((begins && octet == LONG_FORM) || arc > Integer.MAX_VALUE) {
                throw malformed(
                        field, at, "an object identifier in its shortest form", content.hex());
            }
            arc = (arc << 7) | (octet & 0x7f);
            begins = (octet & LONG_FORM) == 0;
            if (begins) {
                dotted.append(dotted.isEmpty() ? firstArcs(arc) : "." + arc);
                arc = 0;
            }
        }
        return dotted.toString();
    }

    private static String firstArcs(long arc) {
        long first = Math.min(arc / 40, 2);
        return first + "." + (arc - 40 * first);
    }

    /// The next element, an INTEGER or ENUMERATED of at most `maxBytes` bytes that is not negative.
    ///
    /// @throws MalformedException if it is anything else
    public BigInteger natural(String field, int tag, int maxBytes) throws MalformedException {
        int at = position;
        Bytes content = content(field, tag);
        if (content.length() == 0 || content.length() > maxBytes || content.at(0) < 0) {
            throw malformed(
                    field, at, "a natural number of at most " + maxBytes + " bytes", content.hex());
        }
        if (content.length() > 1 && content.at(0) == 0 && content.at(1) >= 0) {
            throw malformed(field, at, "a number in its shortest form", content.hex());
        }
        return new BigInteger(content.toArray());
    }

    /// The next element, a BOOLEAN.
    ///
    /// @throws MalformedException if it is anything else
    public boolean bool(String field) throws MalformedException {
        int at = position;
        Bytes content = content(field, BOOLEAN);
        if (content.length() != 1 || (content.at(0) != 0 && content.at(0) != -1)) {
            throw malformed(field, at, "00 or ff", content.hex());
        }
        return content.at(0) != 0;
    }

    /// The next element, a BOOLEAN whose default is false: DER leaves that out (X.690 §11.5), so
    /// that only true is written.
    ///
    /// @return true
    /// @throws MalformedException if it is anything else
    public boolean trueOnly(String field) throws MalformedException {
        int at = position;
        if (!bool(field)) {
            throw malformed(field, at, "no default", "00");
        }
        return true;
    }

    /// Requires that nothing is left.
    ///
    /// @throws MalformedException if something is
    public void end() throws MalformedException {
        if (hasNext()) {
            throw new MalformedException(
                    name, "an end at offset " + position, (end - position) + " further bytes");
        }
    }

    private int header(String field, int tag) throws MalformedException {
        int at = position;
        int found = octet(field);
        if (found != tag || (found & MULTI_BYTE_TAG) == MULTI_BYTE_TAG) {
            throw malformed(
                    field, at, "tag " + Integer.toHexString(tag), Integer.toHexString(found));
        }
        int length = octet(field);
        if (length >= LONG_FORM) {
            int count = length - LONG_FORM;
            if (count == 0 || count > MAX_LENGTH_BYTES) {
                throw malformed(field, at, "a definite length below 2^24", "form " + length);
            }
            length = 0;
            for (int i = 0; i < count; i++) {
                length = (length << 8) | octet(field);
            }
            if (length < LONG_FORM || length < (1 << (8 * (count - 1)))) {
                throw malformed(field, at, "a length in its shortest form", length + "");
            }
        }
        if (length > end - position) {
            throw malformed(
                    field,
                    at,
                    "at most the " + (end - position) + " bytes that follow",
                    length + "");
        }
        return length;
    }

    private int octet(String field) throws MalformedException {
        if (!hasNext()) {
            throw malformed(field, position, "a further byte", "the end");
        }
        return bytes.at(position++) & 0xff;
    }

    private MalformedException malformed(String field, int at, String expected, String actual) {
        return new MalformedException(path(field), expected + " at offset " + at, actual);
    }

    private String path(String field) {
        return name + "." + field;
    }
}
