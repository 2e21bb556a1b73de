package io.cloister.launcher.runtime;

import io.cloister.attestation.runtime.Wheel;
import io.cloister.protocol.MalformedException;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/// Unpacks wheels whose hash has been checked. Only files that a wheel's RECORD lists are written,
/// under paths that the strict reader of RECORDs let through, never over a file that exists, never
/// as a link or executable; nothing is run.
final class WheelUnpacker {
    private static final int BUFFER = 256 << 10;

    private final Path sitePackages;
    private final byte[] buffer = new byte[BUFFER];

    WheelUnpacker(Path sitePackages) {
        this.sitePackages = sitePackages;
    }

    void unpack(Path wheel) throws IOException, MalformedException {
        Map<String, Wheel.Installed> installed = Wheel.read(wheel).installed();
        try (var zip = new ZipFile(wheel.toFile())) {
            for (Map.Entry<String, Wheel.Installed> file : installed.entrySet()) {
                ZipEntry entry = zip.getEntry(file.getValue().source());
                if (entry == null || entry.isDirectory()) {
                    throw new MalformedException(
                            String.valueOf(wheel.getFileName()),
                            "the file its RECORD lists",
                            "no " + file.getValue().source());
                }
                try (InputStream content = zip.getInputStream(entry)) {
                    write(content, sitePackages.resolve(file.getKey()), file.getValue().size());
                } catch (FileAlreadyExistsException _) {
                    throw new MalformedException(
                            file.getKey(), "a file of one wheel", "one of two");
                }
            }
        }
    }

    /// Stops at the size that the RECORD gives, so that a small wheel can't fill the disk. What is
    /// wrong with the content is found by the check that follows every build.
    private void write(InputStream content, Path target, long size)
            throws IOException, MalformedException {
        Files.createDirectories(target.getParent());
        long left = size;
        try (var output =
                Files.newOutputStream(
                        target, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (int read = content.read(buffer); read >= 0; read = content.read(buffer)) {
                left -= read;
                if (left < 0) {
                    throw new MalformedException(
                            target.toString(), "at most " + size + " bytes", "more");
                }
                output.write(buffer, 0, read);
            }
        }
    }
}
