package io.cloister.attestation.testkit;

import io.cloister.protocol.Bytes;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/// Writes DER, for fake vendors.
public final class DerWriter {
    private static final Instant FIRST_GENERALIZED = Instant.parse("2050-01-01T00:00:00Z");
    private static final DateTimeFormatter UTC =
            DateTimeFormatter.ofPattern("yyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);
    private static final DateTimeFormatter GENERALIZED =
            DateTimeFormatter.ofPattern("yyyyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);

    private DerWriter() {}

    /// An element with `tag` around the parts.
    public static Bytes element(int tag, Bytes... parts) {
        Bytes content = Bytes.concat(parts);
        var out = new ByteArrayOutputStream();
        out.write(tag);
        int length = content.length();
        if (length < 0x80) {
            out.write(length);
        } else {
            byte[] octets = BigInteger.valueOf(length).toByteArray();
            int from = octets[0] == 0 ? 1 : 0;
            out.write(0x80 | (octets.length - from));
            out.write(octets, from, octets.length - from);
        }
        out.writeBytes(content.toArray());
        return Bytes.copyOf(out.toByteArray());
    }

    /// A SEQUENCE.
    public static Bytes sequence(Bytes... parts) {
        return element(0x30, parts);
    }

    /// A SET of one.
    public static Bytes set(Bytes part) {
        return element(0x31, part);
    }

    /// A constructed, context-specific element.
    public static Bytes explicit(int number, Bytes part) {
        return element(0xa0 | number, part);
    }

    /// An INTEGER.
    public static Bytes integer(BigInteger value) {
        return element(0x02, Bytes.copyOf(value.toByteArray()));
    }

    /// An INTEGER.
    public static Bytes integer(long value) {
        return integer(BigInteger.valueOf(value));
    }

    /// An ENUMERATED.
    public static Bytes enumerated(int value) {
        return element(0x0a, Bytes.copyOf(BigInteger.valueOf(value).toByteArray()));
    }

    /// A BOOLEAN.
    public static Bytes bool(boolean value) {
        return element(0x01, Bytes.copyOf(new byte[] {(byte) (value ? 0xff : 0)}));
    }

    /// An OCTET STRING.
    public static Bytes octets(Bytes value) {
        return element(0x04, value);
    }

    /// A BIT STRING of whole bytes.
    public static Bytes bits(Bytes value) {
        return element(0x03, Bytes.copyOf(new byte[1]), value);
    }

    /// A UTF8String.
    public static Bytes utf8(String value) {
        return element(0x0c, Bytes.utf8(value));
    }

    /// A PrintableString.
    public static Bytes printable(String value) {
        return element(0x13, Bytes.utf8(value));
    }

    /// An IA5String.
    public static Bytes ia5(String value) {
        return element(0x16, Bytes.utf8(value));
    }

    /// An OBJECT IDENTIFIER, from its dotted form.
    public static Bytes oid(String dotted) {
        String[] arcs = dotted.split("\\.", -1);
        var out = new ByteArrayOutputStream();
        base128(out, Long.parseLong(arcs[0]) * 40 + Long.parseLong(arcs[1]));
        for (int i = 2; i < arcs.length; i++) {
            base128(out, Long.parseLong(arcs[i]));
        }
        return element(0x06, Bytes.copyOf(out.toByteArray()));
    }

    private static void base128(ByteArrayOutputStream out, long arc) {
        int groups = Math.max(1, (64 - Long.numberOfLeadingZeros(arc) + 6) / 7);
        for (int i = groups - 1; i >= 0; i--) {
            out.write((int) ((arc >>> (7 * i)) & 0x7f) | (i > 0 ? 0x80 : 0));
        }
    }

    /// A time, in the form that RFC 5280 demands for it.
    public static Bytes time(Instant instant) {
        boolean utc = instant.isBefore(FIRST_GENERALIZED);
        String text = (utc ? UTC : GENERALIZED).format(instant);
        return element(utc ? 0x17 : 0x18, Bytes.copyOf(text.getBytes(StandardCharsets.US_ASCII)));
    }
}
