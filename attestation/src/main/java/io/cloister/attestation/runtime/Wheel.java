package io.cloister.attestation.runtime;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/// What a wheel installs, according to its RECORD. Its hash is checked elsewhere; nothing of it is
/// executed.
public final class Wheel {
    private final String recordPath;
    private final Bytes recordFile;
    private final WheelRecord record;

    private Wheel(String recordPath, Bytes recordFile, WheelRecord record) {
        this.recordPath = recordPath;
        this.recordFile = recordFile;
        this.record = record;
    }

    /// One file that a wheel installs.
    ///
    /// @param source its path within the wheel
    /// @param digest of its content
    /// @param size in bytes
    public record Installed(String source, Sha256 digest, long size) {}

    /// Reads the RECORD of the wheel at `file`.
    ///
    /// @throws MalformedException if the file is no wheel with one RECORD
    /// @throws IOException if it can't be read
    public static Wheel read(Path file) throws IOException, MalformedException {
        try (var zip = new ZipFile(file.toFile())) {
            List<? extends ZipEntry> records =
                    zip.stream().filter(entry -> isRecord(entry.getName())).toList();
            if (records.size() != 1) {
                throw new MalformedException(
                        name(file),
                        "one RECORD in one .dist-info folder",
                        records.size() + " of them");
            }
            ZipEntry record = records.getFirst();
            try (var content = zip.getInputStream(record)) {
                Bytes bytes = Bytes.copyOf(content.readNBytes(WheelRecord.MAX_BYTES + 1));
                return new Wheel(
                        record.getName(), bytes, WheelRecord.parse(bytes, record.getName()));
            }
        } catch (ZipException e) {
            throw new MalformedException(name(file), "a wheel", String.valueOf(e.getMessage()));
        }
    }

    /// What it installs, by path relative to `site-packages`. Scripts, headers and data outside
    /// packages are not installed.
    ///
    /// @throws MalformedException if two files of the wheel have one place
    public Map<String, Installed> installed() throws MalformedException {
        var installed = new HashMap<String, Installed>();
        installed.put(
                recordPath, new Installed(recordPath, Sha256.of(recordFile), recordFile.length()));
        for (WheelRecord.Entry entry : record.entries()) {
            Optional<String> place = place(entry.path());
            if (place.isPresent()
                    && installed.put(
                                    place.get(),
                                    new Installed(entry.path(), entry.digest(), entry.size()))
                            != null) {
                throw new MalformedException(recordPath, "one file in one place", place.get());
            }
        }
        return installed;
    }

    private static boolean isRecord(String name) {
        return name.endsWith(".dist-info/RECORD") && name.indexOf('/') == name.lastIndexOf('/');
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

    private static String name(Path file) {
        return String.valueOf(file.getFileName());
    }
}
