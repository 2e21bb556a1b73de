package io.cloister.crypto.cosmian;

import io.cloister.protocol.MalformedException;

import java.nio.charset.StandardCharsets;

/// A file's place in a project of the Cosmian dialect: names joined by `/`, at most 32, at most
/// 1,000 UTF-8 bytes, none empty, `.` or `..`, without control characters. What ends in `.enc` is
/// encrypted, everything else is clear.
///
/// @param value as in `package/module.py.enc`
public record ProjectPath(String value) {
    /// The program everyone reads.
    public static final ProjectPath RUN = new ProjectPath("run.py");

    /// The packages it asks for, if it asks for any.
    public static final ProjectPath REQUIREMENTS = new ProjectPath("requirements.txt");

    /// The name that Cloister's own dialect has for a lock, which this one does not have.
    static final ProjectPath LOCK = new ProjectPath("requirements.lock");

    private static final String ENCRYPTED_SUFFIX = ".enc";
    private static final int MAX_BYTES = 1_000;
    private static final int MAX_NAME_BYTES = 255;
    private static final int MAX_NAMES = 32;

    public ProjectPath {
        if (!isAcceptable(value)) {
            throw new IllegalArgumentException("not the path of a file of a project");
        }
    }

    /// Reads a path.
    ///
    /// @throws MalformedException if it is not acceptable, naming `path`
    static ProjectPath parse(String text, String path) throws MalformedException {
        if (!isAcceptable(text)) {
            throw new MalformedException(
                    path, "a relative path without . and .. of ordinary characters", text);
        }
        var parsed = new ProjectPath(text);
        if (parsed.isEncrypted() && parsed.clearPath().equals(RUN.value)) {
            throw new MalformedException(path, "run.py in clear", text);
        }
        return parsed;
    }

    private static boolean isAcceptable(String text) {
        String[] names = text.split("/", -1);
        if (bytes(text) > MAX_BYTES
                || names.length > MAX_NAMES
                || text.codePoints().anyMatch(Character::isISOControl)) {
            return false;
        }
        for (String name : names) {
            if (name.isEmpty()
                    || name.equals(".")
                    || name.equals("..")
                    || name.equals(ENCRYPTED_SUFFIX)
                    || bytes(name) > MAX_NAME_BYTES) {
                return false;
            }
        }
        return true;
    }

    private static int bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    /// Whether the Code Provider's key opens it.
    public boolean isEncrypted() {
        return value.endsWith(ENCRYPTED_SUFFIX);
    }

    /// Where the file stands once opened: an encrypted file's path without `.enc`.
    public String clearPath() {
        return isEncrypted()
                ? value.substring(0, value.length() - ENCRYPTED_SUFFIX.length())
                : value;
    }

    @Override
    public String toString() {
        return value;
    }
}
