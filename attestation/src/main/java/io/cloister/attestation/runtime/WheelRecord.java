package io.cloister.attestation.runtime;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.regex.Pattern;

/// A wheel's RECORD: every file it holds with size and SHA-256 (spec/runtime.md §3). Read strictly,
/// since file names are made from it.
///
/// @param entries every file but the RECORD itself, each once
public record WheelRecord(List<Entry> entries) {
    /// Largest RECORD in bytes.
    public static final int MAX_BYTES = 32 << 20;

    private static final int MAX_ENTRIES = 200_000;
    private static final int MAX_PATH = 1_000;
    private static final int COMPONENT_MAX = 255;
    private static final Pattern SIZE = Pattern.compile("0|[1-9][0-9]{0,11}");
    private static final String DIGEST = "sha256=";

    public WheelRecord {
        entries = List.copyOf(entries);
    }

    /// One file of a wheel.
    ///
    /// @param path within the wheel: relative, `/` between components, none of them empty, `.` or
    ///   `..`
    /// @param digest of its content
    /// @param size in bytes
    public record Entry(String path, Sha256 digest, long size) {}

    /// Reads a RECORD that stands at `recordPath` in its wheel.
    ///
    /// @throws MalformedException if the bytes are no RECORD, or one that can't be checked, naming
    ///   the line
    public static WheelRecord parse(Bytes file, String recordPath) throws MalformedException {
        var entries = new ArrayList<Entry>();
        var paths = new HashSet<String>();
        boolean listsItself = false;
        int number = 0;
        for (String line : text(file).split("\n", -1)) {
            number++;
            String stripped = line.endsWith("\r") ? line.substring(0, line.length() - 1) : line;
            if (stripped.isEmpty()) {
                continue;
            }
            String at = "RECORD line " + number;
            List<String> fields = fields(stripped, at);
            if (!paths.add(safePath(fields.getFirst(), at)) || paths.size() > MAX_ENTRIES) {
                throw new MalformedException(
                        at, "each path once, at most " + MAX_ENTRIES, fields.getFirst());
            }
            if (fields.getFirst().equals(recordPath)) {
                listsItself = true;
            } else {
                entries.add(entry(fields, at));
            }
        }
        if (!listsItself) {
            throw new MalformedException("RECORD", "a line for " + recordPath, "none");
        }
        return new WheelRecord(entries);
    }

    private static String text(Bytes file) throws MalformedException {
        if (file.length() > MAX_BYTES) {
            throw new MalformedException(
                    "RECORD", "at most " + MAX_BYTES + " bytes", file.length() + " bytes");
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(file.toArray()))
                    .toString();
        } catch (CharacterCodingException _) {
            throw new MalformedException("RECORD", "UTF-8", "bytes that are not");
        }
    }

    /// Three comma-separated fields; the first may be quoted as CSV does, because a path may hold a
    /// comma.
    private static List<String> fields(String line, String at) throws MalformedException {
        int end = line.lastIndexOf(',', line.lastIndexOf(',') - 1);
        if (end < 0) {
            throw new MalformedException(at, "path,sha256=digest,size", line);
        }
        String path = line.substring(0, end);
        if (path.startsWith("\"") && path.endsWith("\"") && path.length() > 1) {
            String inner = path.substring(1, path.length() - 1);
            path = inner.replace("\"\"", "\"");
            if (!path.replace("\"", "\"\"").equals(inner)) {
                throw new MalformedException(at, "doubled quotation marks", line);
            }
        } else if (path.indexOf(',') >= 0 || path.indexOf('"') >= 0) {
            throw new MalformedException(at, "three fields", line);
        }
        int comma = line.lastIndexOf(',');
        return List.of(path, line.substring(end + 1, comma), line.substring(comma + 1));
    }

    private static Entry entry(List<String> fields, String at) throws MalformedException {
        String digest = fields.get(1);
        if (!digest.startsWith(DIGEST) || !SIZE.matcher(fields.get(2)).matches()) {
            throw new MalformedException(
                    at, "sha256=digest and a size", digest + "," + fields.get(2));
        }
        return new Entry(
                fields.getFirst(),
                digest(digest.substring(DIGEST.length()), at),
                Long.parseLong(fields.get(2)));
    }

    private static Sha256 digest(String text, String at) throws MalformedException {
        try {
            byte[] value = Base64.getUrlDecoder().decode(text);
            if (value.length == Sha256.LENGTH
                    && Base64.getUrlEncoder().withoutPadding().encodeToString(value).equals(text)) {
                return new Sha256(Bytes.copyOf(value));
            }
        } catch (IllegalArgumentException _) {
            // Refused below like any other text.
        }
        throw new MalformedException(at, "URL-safe base64 of 32 bytes without padding", text);
    }

    /// A path that can't leave the folder it is resolved against, on any file system Python runs
    /// on.
    private static String safePath(String path, String at) throws MalformedException {
        boolean safe =
                !path.isEmpty()
                        && path.length() <= MAX_PATH
                        && path.chars()
                                .noneMatch(c -> c < ' ' || c == 0x7f || c == '\\' || c == ':');
        for (String component : path.split("/", -1)) {
            safe &=
                    !component.isEmpty()
                            && !component.equals(".")
                            && !component.equals("..")
                            && component.length() <= COMPONENT_MAX;
        }
        if (!safe) {
            throw new MalformedException(at, "a plain relative path", path);
        }
        return path;
    }
}
