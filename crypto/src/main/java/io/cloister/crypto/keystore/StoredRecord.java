package io.cloister.crypto.keystore;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/// The form of every file in a key store: one line that says what follows and by which a cut or
/// changed file is noticed, then the content.
///
/// The digest finds accidents. What somebody changed on purpose is found by the tag, which only a
/// key store under a passphrase has: see [RecordKey].
///
/// @param content at most [#MAX_LENGTH] bytes; with a tag an age file to the store's own recipient
/// @param tag [#TAG_LENGTH] bytes
record StoredRecord(Bytes content, Optional<Bytes> tag) {
    /// Largest content in bytes.
    static final int MAX_LENGTH = 16 << 20;

    /// Length of a tag in bytes.
    static final int TAG_LENGTH = 32;

    private static final String MAGIC = "cloister-record/v1";
    private static final String TAG = "hmac-sha256:";
    private static final int MAX_LINE = 192;

    /// Longest file in bytes.
    static final int MAX_FILE_LENGTH = MAX_LENGTH + MAX_LINE;

    StoredRecord {
        if (content.length() > MAX_LENGTH) {
            throw new IllegalArgumentException(
                    "a document has at most " + MAX_LENGTH + " bytes, not " + content.length());
        }
    }

    /// A record whose content anyone may read and write.
    static StoredRecord clear(Bytes content) {
        return new StoredRecord(content, Optional.empty());
    }

    /// Whether it is an age file with a tag.
    boolean sealed() {
        return tag.isPresent();
    }

    Bytes toFile() {
        return Bytes.concat(Bytes.utf8(line()), content);
    }

    private String line() {
        return String.join(
                        " ",
                        MAGIC,
                        sealed() ? "age" : "clear",
                        Integer.toString(content.length()),
                        Sha256.of(content).toString())
                + tag.map(it -> " " + TAG + it.hex()).orElse("")
                + "\n";
    }

    /// Reads a file.
    ///
    /// @param path names the file in errors, which never quote content
    /// @throws MalformedException if it has another form or was damaged
    static StoredRecord parse(byte[] file, String path) throws MalformedException {
        int end = 0;
        while (end < file.length && file[end] != '\n') {
            if (++end > MAX_LINE) {
                throw new MalformedException(
                        path, "a first line that begins " + MAGIC, "a longer line");
            }
        }
        String line = new String(file, 0, end, StandardCharsets.ISO_8859_1);
        if (!line.startsWith(MAGIC + " ")) {
            throw new MalformedException(path, "a first line that begins " + MAGIC, "another file");
        }
        if (file.length - end - 1 > MAX_LENGTH) {
            throw new MalformedException(path, "at most " + MAX_LENGTH + " bytes", "more");
        }
        Bytes content =
                end < file.length
                        ? Bytes.copyOf(Arrays.copyOfRange(file, end + 1, file.length))
                        : Bytes.utf8("");
        // The line follows from the content and the tag, so it is made anew and compared.
        var record = new StoredRecord(content, tag(line, path));
        if (!record.line().equals(line + "\n")) {
            throw new MalformedException(
                    path, "content as its first line says", "a file that was cut or changed");
        }
        return record;
    }

    private static Optional<Bytes> tag(String line, String path) throws MalformedException {
        int at = line.indexOf(" " + TAG);
        if (at < 0) {
            return Optional.empty();
        }
        Bytes tag = Bytes.fromHex(line.substring(at + 1 + TAG.length()), path);
        if (tag.length() != TAG_LENGTH) {
            throw new MalformedException(
                    path, "a tag of " + TAG_LENGTH + " bytes", tag.length() + " bytes");
        }
        return Optional.of(tag);
    }
}
