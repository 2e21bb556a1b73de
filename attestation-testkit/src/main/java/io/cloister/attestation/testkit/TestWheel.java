package io.cloister.attestation.testkit;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.Sha256;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/// A small wheel made by hand, honest or not.
///
/// @param name of the distribution
/// @param version of it
/// @param tag what it is for, as in `py3-none-any`
/// @param files content by path, without the RECORD
/// @param record the RECORD's text
public record TestWheel(
        String name, String version, String tag, Map<String, Bytes> files, String record) {
    public TestWheel {
        files = Map.copyOf(files);
    }

    /// A wheel whose RECORD tells the truth, with the metadata every wheel has.
    public static TestWheel honest(String name, String version, Map<String, String> files) {
        return requiring(name, version, files, List.of());
    }

    /// The same, with what its metadata say it requires.
    public static TestWheel requiring(
            String name, String version, Map<String, String> files, List<String> requirements) {
        String info = name + "-" + version + ".dist-info/";
        var all = new TreeMap<String, Bytes>();
        files.forEach((path, content) -> all.put(path, Bytes.utf8(content)));
        var metadata =
                new StringBuilder("Metadata-Version: 2.1\nName: ")
                        .append(name)
                        .append("\nVersion: ")
                        .append(version)
                        .append('\n');
        requirements.forEach(one -> metadata.append("Requires-Dist: ").append(one).append('\n'));
        all.put(info + "METADATA", Bytes.utf8(metadata.toString()));
        all.put(
                info + "WHEEL",
                Bytes.utf8("Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"));
        return new TestWheel(name, version, "py3-none-any", all, record(info, all));
    }

    private static String record(String info, Map<String, Bytes> files) {
        var record = new StringBuilder();
        new TreeMap<>(files).forEach((path, content) -> record.append(line(path, content)));
        return record + info + "RECORD,,\n";
    }

    /// The same wheel with one file more, which its RECORD lists.
    public TestWheel with(String path, Bytes content) {
        var all = new TreeMap<>(files);
        all.put(path, content);
        return new TestWheel(
                name, version, tag, all, record(name + "-" + version + ".dist-info/", all));
    }

    /// The same wheel for another platform, as its name says.
    public TestWheel tagged(String otherTag) {
        return new TestWheel(name, version, otherTag, files, record);
    }

    /// One line of a RECORD.
    public static String line(String path, String content) {
        return line(path, Bytes.utf8(content));
    }

    private static String line(String path, Bytes bytes) {
        String digest =
                Base64.getUrlEncoder()
                        .withoutPadding()
                        .encodeToString(Sha256.of(bytes).value().toArray());
        return path + ",sha256=" + digest + "," + bytes.length() + "\n";
    }

    /// The same wheel with another RECORD.
    public TestWheel withRecord(String lyingRecord) {
        return new TestWheel(name, version, tag, files, lyingRecord);
    }

    /// Its file name.
    public String fileName() {
        return name + "-" + version + "-" + tag + ".whl";
    }

    /// Where its RECORD stands.
    public String recordPath() {
        return name + "-" + version + ".dist-info/RECORD";
    }

    /// Writes it into `folder`.
    public Path write(Path folder) throws IOException {
        Path file = folder.resolve(fileName());
        var all = new LinkedHashMap<>(files);
        all.put(recordPath(), Bytes.utf8(record));
        try (var zip = new ZipOutputStream(Files.newOutputStream(file))) {
            for (Map.Entry<String, Bytes> entry : all.entrySet()) {
                var header = new ZipEntry(entry.getKey());
                header.setTimeLocal(LocalDateTime.of(2020, 2, 2, 0, 0));
                zip.putNextEntry(header);
                zip.write(entry.getValue().toArray());
                zip.closeEntry();
            }
        }
        return file;
    }

    /// Writes every file to where an installer puts it.
    public void unpack(Path sitePackages) throws IOException {
        var all = new LinkedHashMap<>(files);
        all.put(recordPath(), Bytes.utf8(record));
        for (Map.Entry<String, Bytes> entry : all.entrySet()) {
            Path target = sitePackages.resolve(entry.getKey());
            Files.createDirectories(target.getParent());
            Files.write(target, entry.getValue().toArray());
        }
    }

    /// Its part of a lock.
    public String lockLines(Path wheelFile) throws IOException {
        return name
                + "=="
                + version
                + " \\\n    --hash="
                + Sha256.of(Files.readAllBytes(wheelFile))
                + "\n";
    }
}
