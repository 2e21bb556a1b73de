package io.cloister.crypto.bundle;

import io.cloister.protocol.MalformedException;
import io.cloister.protocol.document.FileName;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;

/// A file's place in a bundle (spec/bundle.md §2): names joined by `/`, at most 16, at most 255
/// UTF-8 bytes, each acceptable as a [FileName]; short enough for a ustar header. It says by itself
/// whether the file is clear or encrypted. Ordered by UTF-8 bytes.
///
/// @param value as in `package/module.py.age`
public record BundlePath(String value) implements Comparable<BundlePath> {
    private static final Set<String> CLEAR =
            Set.of("run.py", "requirements.txt", "requirements.lock");

    /// The program everyone reads.
    public static final BundlePath RUN = new BundlePath("run.py");

    /// The packages it asks for, if it asks for any.
    public static final BundlePath REQUIREMENTS = new BundlePath("requirements.txt");

    /// Those packages with versions and hashes.
    public static final BundlePath LOCK = new BundlePath("requirements.lock");

    /// What an encrypted file's name ends with.
    public static final String ENCRYPTED_SUFFIX = ".age";

    private static final String WHEELS = "wheels/";
    private static final int MAX_BYTES = 255;
    private static final int MAX_NAMES = 16;

    public BundlePath {
        try {
            check(value, "path");
        } catch (MalformedException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    /// Reads a path.
    ///
    /// @throws MalformedException if it is not acceptable, naming `path`
    public static BundlePath parse(String text, String path) throws MalformedException {
        check(text, path);
        return new BundlePath(text);
    }

    private static void check(String text, String path) throws MalformedException {
        if (utf8(text).length > MAX_BYTES) {
            throw new MalformedException(path, "at most " + MAX_BYTES + " bytes", text);
        }
        String[] names = text.split("/", -1);
        if (names.length > MAX_NAMES) {
            throw new MalformedException(path, "at most " + MAX_NAMES + " names", text);
        }
        for (String name : names) {
            FileName.parse(name, path);
        }
        if (UstarHeader.cut(text).isEmpty()) {
            throw new MalformedException(path, "names short enough for a ustar header", text);
        }
        if (!isClear(text)) {
            requireEncrypted(text, path);
        }
    }

    private static void requireEncrypted(String text, String path) throws MalformedException {
        if (!text.endsWith(ENCRYPTED_SUFFIX)) {
            throw new MalformedException(
                    path,
                    "run.py, requirements.txt, requirements.lock, wheels/*.whl or *.age",
                    text);
        }
        String clear = withoutSuffix(text);
        if (clear.isEmpty() || clear.endsWith("/")) {
            throw new MalformedException(path, "a name before .age", text);
        }
        if (CLEAR.contains(fold(clear))
                || fold(clear).startsWith(WHEELS)
                || fold(clear).equals("wheels")) {
            throw new MalformedException(
                    path, "no encrypted file in the place of a clear one", text);
        }
    }

    private static boolean isClear(String text) {
        boolean wheel =
                text.startsWith(WHEELS)
                        && text.endsWith(".whl")
                        && text.length() > WHEELS.length() + ".whl".length()
                        && text.indexOf('/', WHEELS.length()) < 0;
        return CLEAR.contains(text) || wheel;
    }

    /// Whether everyone of the computation may read the file.
    public boolean isClear() {
        return isClear(value);
    }

    /// Whether it is a wheel, which is clear.
    public boolean isWheel() {
        return value.startsWith(WHEELS);
    }

    /// A wheel's file name.
    ///
    /// @throws IllegalStateException if it is none
    public String wheelName() {
        if (!isWheel()) {
            throw new IllegalStateException(value + " is no wheel");
        }
        return value.substring(WHEELS.length());
    }

    /// Where the file stands once opened: an encrypted file's path without `.age`.
    public String clearPath() {
        return isClear() ? value : withoutSuffix(value);
    }

    /// The place of the encrypted form of the project's file `clearPath`.
    ///
    /// @throws MalformedException if there is none: the file stays clear, or its path is not
    ///   acceptable
    public static BundlePath encrypted(String clearPath, String path) throws MalformedException {
        return parse(clearPath + ENCRYPTED_SUFFIX, path);
    }

    private static String withoutSuffix(String text) {
        return text.substring(0, text.length() - ENCRYPTED_SUFFIX.length());
    }

    /// What two paths share if some file system would take one for the other.
    static String fold(String path) {
        return path.toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public int compareTo(BundlePath other) {
        return Arrays.compareUnsigned(utf8(value), utf8(other.value));
    }

    @Override
    public String toString() {
        return value;
    }
}
