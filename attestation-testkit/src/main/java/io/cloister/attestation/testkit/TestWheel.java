package io.cloister.attestation.testkit;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.Sha256;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/// A small wheel made by hand, honest or not.
///
/// @param name of the distribution
/// @param version of it
/// @param files content by path, without the RECORD
/// @param record the RECORD's text
public record TestWheel(String name, String version, Map<String, String> files, String record) {
    public TestWheel {
        files = Map.copyOf(files);
    }

    /// A wheel whose RECORD tells the truth, with the metadata every wheel has.
    public static TestWheel honest(String name, String version, Map<String, String> files) {
        String info = name + "-" + version + ".dist-info/";
        var all = new TreeMap<>(files);
        all.put(
                info + "METADATA",
                "Metadata-Version: 2.1\nName: " + name + "\nVersion: " + version + "\n");
        all.put(info + "WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n");
        var record = new StringBuilder();
        all.forEach((path, content) -> record.append(line(path, content)));
        return new TestWheel(name, version, all, record + info + "RECORD,,\n");
    }

    /// One line of a RECORD.
    public static String line(String path, String content) {
        Bytes bytes = Bytes.utf8(content);
        String digest =
                Base64.getUrlEncoder()
                        .withoutPadding()
                        .encodeToString(Sha256.of(bytes).value().toArray());
        return path + ",sha256=" + digest + "," + bytes.length() + "\n";
    }

    /// The same wheel with another RECORD.
    public TestWheel withRecord(String lyingRecord) {
        return new TestWheel(name, version, files, lyingRecord);
    }

    /// Its file name.
    public String fileName() {
        return name + "-" + version + "-py3-none-any.whl";
    }

    /// Where its RECORD stands.
    public String recordPath() {
        return name + "-" + version + ".dist-info/RECORD";
    }

    /// Writes it into `folder`.
    public Path write(Path folder) throws IOException {
        Path file = folder.resolve(fileName());
        var all = new LinkedHashMap<>(files);
        all.put(recordPath(), record);
        try (var zip = new ZipOutputStream(Files.newOutputStream(file))) {
            for (Map.Entry<String, String> entry : all.entrySet()) {
                var header = new ZipEntry(entry.getKey());
                header.setTimeLocal(LocalDateTime.of(2020, 2, 2, 0, 0));
                zip.putNextEntry(header);
                zip.write(Bytes.utf8(entry.getValue()).toArray());
                zip.closeEntry();
            }
        }
        return file;
    }

    /// Writes every file to where an installer puts it.
    public void unpack(Path sitePackages) throws IOException {
        var all = new LinkedHashMap<>(files);
        all.put(recordPath(), record);
        for (Map.Entry<String, String> entry : all.entrySet()) {
            Path target = sitePackages.resolve(entry.getKey());
            Files.createDirectories(target.getParent());
            Files.writeString(target, entry.getValue());
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
