package io.cloister.attestation.intel;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.HexFormat;
import java.util.List;

/// The values that the documents of Intel's service share.
final class Pcs {
    /// Most levels in one list.
    static final int MAX_LEVELS = 256;

    /// Largest security version, and largest evaluation number.
    static final int MAX_U16 = 0xffff;

    private static final int MAX_ADVISORIES = 256;
    private static final int MAX_ADVISORY = 40;

    /// Every `0` stands for a digit.
    private static final String INSTANT = "0000-00-00T00:00:00Z";

    private Pcs() {}

    /// A time in UTC with seconds.
    static Instant instant(Fields fields, String name) throws MalformedException {
        return fields.text(name, Pcs::instant);
    }

    private static Instant instant(String text, String path) throws MalformedException {
        if (!hasForm(text)) {
            throw new MalformedException(path, "a time as 2025-01-31T23:59:59Z", text);
        }
        try {
            return LocalDateTime.of(
                            number(text, 0, 4),
                            number(text, 5, 2),
                            number(text, 8, 2),
                            number(text, 11, 2),
                            number(text, 14, 2),
                            number(text, 17, 2))
                    .toInstant(ZoneOffset.UTC);
        } catch (DateTimeException _) {
            throw new MalformedException(path, "a time that exists", text);
        }
    }

    private static boolean hasForm(String text) {
        if (text.length() != INSTANT.length()) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            char form = INSTANT.charAt(i);
            if (form == '0' ? c < '0' || c > '9' : c != form) {
                return false;
            }
        }
        return true;
    }

    private static int number(String text, int from, int length) {
        return Integer.parseInt(text, from, from + length, 10);
    }

    /// Exactly `length` bytes in hexadecimal digits of either case.
    static Bytes hex(Fields fields, String name, int length) throws MalformedException {
        String text = fields.string(name, 2 * length, 2 * length);
        if (!text.chars().allMatch(HexFormat::isHexDigit)) {
            throw new MalformedException(fields.path(name), "hexadecimal digits", text);
        }
        return Bytes.copyOf(HexFormat.of().parseHex(text));
    }

    /// The advisories that explain a status; none if the member is absent.
    static List<String> advisories(Fields fields) throws MalformedException {
        return fields.has("advisoryIDs")
                ? fields.texts("advisoryIDs", MAX_ADVISORIES, Pcs::advisory)
                : List.of();
    }

    private static String advisory(String text, String path) throws MalformedException {
        if (text.isEmpty() || text.length() > MAX_ADVISORY || !hasLettersOfAdvisories(text)) {
            throw new MalformedException(path, "an advisory as INTEL-SA-00001", text);
        }
        return text;
    }

    private static boolean hasLettersOfAdvisories(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if ((c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-') {
                return false;
            }
        }
        return true;
    }

    /// A list of levels, of which there must be one.
    static <T> List<T> levels(Fields fields, Fields.Reader<Json, T> reader)
            throws MalformedException {
        List<T> levels = fields.list("tcbLevels", MAX_LEVELS, reader);
        if (levels.isEmpty()) {
            throw new MalformedException(fields.path("tcbLevels"), "at least one level", "none");
        }
        return levels;
    }
}
