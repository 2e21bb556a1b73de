package io.cloister.attestation.intel;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;

/// The values that the documents of Intel's service share.
final class Pcs {
    /// Most levels in one list.
    static final int MAX_LEVELS = 256;

    /// Largest security version, and largest evaluation number.
    static final int MAX_U16 = 0xffff;

    private static final int MAX_ADVISORIES = 256;
    private static final Pattern INSTANT =
            Pattern.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z");
    private static final Pattern ADVISORY = Pattern.compile("[A-Z0-9-]{1,40}");

    private Pcs() {}

    /// A time in UTC with seconds.
    static Instant instant(Fields fields, String name) throws MalformedException {
        return fields.text(name, Pcs::instant);
    }

    private static Instant instant(String text, String path) throws MalformedException {
        if (!INSTANT.matcher(text).matches()) {
            throw new MalformedException(path, "a time as 2025-01-31T23:59:59Z", text);
        }
        try {
            return Instant.parse(text);
        } catch (DateTimeException _) {
            throw new MalformedException(path, "a time that exists", text);
        }
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
        if (!ADVISORY.matcher(text).matches()) {
            throw new MalformedException(path, "an advisory as INTEL-SA-00001", text);
        }
        return text;
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
