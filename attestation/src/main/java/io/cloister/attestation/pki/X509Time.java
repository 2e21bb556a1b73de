package io.cloister.attestation.pki;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;

/// Reads UTCTime and GeneralizedTime in the one form that RFC 5280 §4.1.2.5 allows each.
final class X509Time {
    private static final int UTC_TIME = 0x17;
    private static final int GENERALIZED_TIME = 0x18;
    private static final int UTC_LENGTH = 13;
    private static final int GENERALIZED_LENGTH = 15;
    private static final int FIRST_GENERALIZED_YEAR = 2050;

    private X509Time() {}

    static Instant read(DerReader parent, String field) throws MalformedException {
        boolean utc = parent.nextIs(UTC_TIME);
        Bytes content = parent.content(field, utc ? UTC_TIME : GENERALIZED_TIME);
        String text = new String(content.toArray(), StandardCharsets.US_ASCII);
        if (!hasForm(text, utc ? UTC_LENGTH : GENERALIZED_LENGTH)) {
            throw new MalformedException(field, "a time in UTC with seconds", text);
        }
        String digits = utc ? (text.charAt(0) < '5' ? "20" : "19") + text : text;
        int year = number(digits, 0, 4);
        if (!utc && year < FIRST_GENERALIZED_YEAR) {
            throw new MalformedException(field, "a time before 2050 in its shorter form", text);
        }
        try {
            return LocalDateTime.of(
                            year,
                            number(digits, 4, 2),
                            number(digits, 6, 2),
                            number(digits, 8, 2),
                            number(digits, 10, 2),
                            number(digits, 12, 2))
                    .toInstant(ZoneOffset.UTC);
        } catch (DateTimeException _) {
            throw new MalformedException(field, "a time that exists", text);
        }
    }

    private static boolean hasForm(String text, int length) {
        if (text.length() != length || text.charAt(length - 1) != 'Z') {
            return false;
        }
        for (int i = 0; i < length - 1; i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return false;
            }
        }
        return true;
    }

    private static int number(String digits, int from, int length) {
        return Integer.parseInt(digits, from, from + length, 10);
    }
}
