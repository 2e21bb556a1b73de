package io.cloister.launcher.process;

import io.cloister.attestation.measurement.EnclaveImage;
import io.cloister.attestation.platform.EnclaveBoot;
import io.cloister.protocol.Bytes;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/// An enclave image whose agent is [FakeAgent], made from the classes under test.
final class TestImage {
    private TestImage() {}

    static EnclaveImage make(Path folder) throws IOException {
        Path lib = Files.createDirectories(folder.resolve("lib"));
        Path python = Files.createDirectories(folder.resolve("python"));
        Files.writeString(python.resolve("supervise.py"), "pass\n");
        int number = 0;
        for (Class<?> type : List.of(FakeAgent.class, EnclaveBoot.class, Bytes.class)) {
            jar(codeSource(type), lib.resolve("part" + number++ + ".jar"));
        }
        return new EnclaveImage(lib, python);
    }

    private static Path codeSource(Class<?> type) {
        try {
            return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void jar(Path source, Path target) throws IOException {
        if (Files.isRegularFile(source)) {
            Files.copy(source, target);
            return;
        }
        try (var zip = new ZipOutputStream(Files.newOutputStream(target));
                var files = Files.walk(source)) {
            files.filter(Files::isRegularFile).forEach(file -> add(zip, source, file));
        }
    }

    private static void add(ZipOutputStream zip, Path root, Path file) {
        try {
            zip.putNextEntry(new ZipEntry(root.relativize(file).toString()));
            Files.copy(file, zip);
            zip.closeEntry();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
