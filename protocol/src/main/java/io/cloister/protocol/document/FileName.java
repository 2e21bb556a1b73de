package io.cloister.protocol.document;

import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Shown;

import java.nio.charset.StandardCharsets;
import java.text.Normalizer;

/// A single file name as data: 1 to 200 UTF-8 bytes in NFC, printable, no separator of any system,
/// not `.` or `..`. Safe to show; whether a file may get this name on disk is decided where one is
/// written.
///
/// @param value the name
public record FileName(String value) {
    private static final int MAX_BYTES = 200;

    public FileName {
        if (!isAcceptable(value)) {
            throw new IllegalArgumentException(
                    "not an acceptable file name: " + Shown.bounded(value));
        }
    }

    /// Reads a name.
    ///
    /// @throws MalformedException if it is not acceptable, naming `path`
    public static FileName parse(String text, String path) throws MalformedException {
        if (!isAcceptable(text)) {
            throw new MalformedException(
                    path,
                    "a printable file name of at most 200 bytes without / \\ or control characters",
                    text);
        }
        return new FileName(text);
    }

    private static boolean isAcceptable(String text) {
        return !text.isEmpty()
                && text.getBytes(StandardCharsets.UTF_8).length <= MAX_BYTES
                && !text.equals(".")
                && !text.equals("..")
                && text.indexOf('/') < 0
                && text.indexOf('\\') < 0
                && Shown.escaped(text, Integer.MAX_VALUE).equals(text)
                && Normalizer.isNormalized(text, Normalizer.Form.NFC);
    }

    @Override
    public String toString() {
        return value;
    }
}
