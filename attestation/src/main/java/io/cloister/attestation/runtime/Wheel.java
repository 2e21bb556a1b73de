package io.cloister.attestation.runtime;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// What a wheel installs, according to its RECORD. Nothing of it is executed.
public final class Wheel {
    private static final String INFO = ".dist-info";

    private final String recordPath;
    private final Bytes recordFile;
    private final WheelRecord record;

    Wheel(String recordPath, Bytes recordFile, WheelRecord record) {
        this.recordPath = recordPath;
        this.recordFile = recordFile;
        this.record = record;
    }

    /// One file that a wheel installs.
    ///
    /// @param source its path within the wheel
    /// @param digest of its content
    /// @param size in bytes
    /// @param distribution the wheel, by the stem of its `.dist-info` folder, such as `numpy-2.4.6`
    public record Installed(String source, Sha256 digest, long size, String distribution) {}

    /// Reads the RECORD of the wheel at `file`. Whether these are the bytes of a wheel that
    /// somebody asked for is for [RuntimeVerifier] to say.
    ///
    /// @throws MalformedException if the file is no wheel with one RECORD
    /// @throws IOException if it can't be read
    public static Wheel read(Path file) throws IOException, MalformedException {
        return WheelFile.read(file).wheel();
    }

    /// What it installs, by path relative to `site-packages`. Scripts, headers and data outside
    /// packages are not installed.
    ///
    /// @throws MalformedException if two files of the wheel have one place
    public Map<String, Installed> installed() throws MalformedException {
        var installed = new HashMap<String, Installed>();
        String distribution = recordPath.substring(0, recordPath.indexOf(INFO + "/"));
        installed.put(
                recordPath,
                new Installed(
                        recordPath, Sha256.of(recordFile), recordFile.length(), distribution));
        for (WheelRecord.Entry entry : record.entries()) {
            Optional<String> place = place(entry.path());
            if (place.isPresent()
                    && installed.put(
                                    place.get(),
                                    new Installed(
                                            entry.path(),
                                            entry.digest(),
                                            entry.size(),
                                            distribution))
                            != null) {
                throw new MalformedException(recordPath, "one file in one place", place.get());
            }
        }
        return installed;
    }

    static boolean isRecord(String name) {
        return name.endsWith(INFO + "/RECORD") && name.indexOf('/') == name.lastIndexOf('/');
    }

    /// The binary distribution format's "spread": `NAME.data/purelib` and `platlib` go into
    /// `site-packages` itself.
    private static Optional<String> place(String path) {
        int slash = path.indexOf('/');
        if (slash < 0 || !path.substring(0, slash).endsWith(".data")) {
            return Optional.of(path);
        }
        String rest = path.substring(slash + 1);
        return rest.startsWith("purelib/") || rest.startsWith("platlib/")
                ? Optional.of(rest.substring("purelib/".length()))
                : Optional.empty();
    }
}
