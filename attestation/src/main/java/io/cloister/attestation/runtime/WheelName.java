package io.cloister.attestation.runtime;

import io.cloister.protocol.MalformedException;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A wheel's file name (binary distribution format, "File name convention").
///
/// @param fileName the whole name
/// @param name the distribution's name as written
/// @param version its version
public record WheelName(String fileName, String name, String version) {
    private static final int MAX = 255;
    private static final Pattern FORM =
            Pattern.compile(
                    "([A-Za-z0-9][A-Za-z0-9._]*)-([A-Za-z0-9][A-Za-z0-9.!+_]*)(-[0-9][A-Za-z0-9._]*)?"
                        + "-([A-Za-z0-9._]+)-([A-Za-z0-9._]+)-([A-Za-z0-9._]+)\\.whl");

    /// Reads a file name.
    ///
    /// @throws MalformedException if it is no wheel's, naming `path`
    public static WheelName parse(String fileName, String path) throws MalformedException {
        Matcher form = FORM.matcher(fileName);
        if (fileName.length() > MAX || !form.matches()) {
            throw new MalformedException(path, "a wheel's file name", fileName);
        }
        return new WheelName(fileName, form.group(1), form.group(2));
    }

    /// The name in the form locks use.
    String normalisedName() {
        return RuntimeLock.normalised(name);
    }
}
