package io.cloister.agent.evidence;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.attestation.platform.LocalEndpoint;
import io.cloister.protocol.Bytes;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Optional;
import java.util.Set;

class EvidenceSourcesTest {
    private static final Optional<LocalEndpoint> SIMULATED =
            Optional.of(new LocalEndpoint(Path.of("/run/p"), Bytes.copyOf(new byte[32])));

    @TempDir private Path folder;

    private static EvidenceSource choose(Optional<LocalEndpoint> simulated, Path... offered)
            throws IOException {
        return EvidenceSources.choose(
                simulated, new Folders(Set.of(offered)), Retry.sleeping(), new SecureRandom());
    }

    @Test
    void usesTheOnePlatformThereIs() throws Exception {
        assertInstanceOf(
                ConfigfsTsmSource.class, choose(Optional.empty(), ConfigfsTsmSource.FOLDER));
        assertInstanceOf(GramineSource.class, choose(Optional.empty(), GramineSource.FOLDER));
    }

    @Test
    void usesTheSimulatedPlatformWhereTheLauncherNamesOne() throws Exception {
        assertInstanceOf(SimulatedPlatformSource.class, choose(SIMULATED));
        assertInstanceOf(
                SimulatedPlatformSource.class, choose(SIMULATED, ConfigfsTsmSource.FOLDER));
    }

    @Test
    void refusesToGuessWhenThereIsNoneOrMoreThanOne() {
        assertThrows(IOException.class, () -> choose(Optional.empty()));
        assertThrows(
                IOException.class,
                () -> choose(Optional.empty(), ConfigfsTsmSource.FOLDER, GramineSource.FOLDER));
    }

    @Test
    void reachesTheFilesOfThisMachine() throws Exception {
        var files = new KernelFiles();
        Path report = folder.resolve("report");
        files.makeFolder(report);
        Files.write(report.resolve("inblob"), new byte[64]);
        var attributes = new Attributes(files, report);

        attributes.write("inblob", Bytes.utf8("abc"));

        assertTrue(files.isFolder(report));
        assertFalse(files.isFile(report));
        assertTrue(attributes.has("inblob"));
        assertFalse(attributes.has("outblob"));
        assertEquals(64, attributes.read("inblob", 64).length());
        assertArrayEquals(
                new byte[] {'a', 'b', 'c', 0}, attributes.read("inblob", 64).slice(0, 4).toArray());
        assertThrows(UnusableException.class, () -> attributes.read("inblob", 63));
        assertThrows(UnusableException.class, () -> attributes.number("inblob"));
        assertThrows(NoSuchFileException.class, () -> attributes.write("outblob", Bytes.utf8("x")));
        assertThrows(IOException.class, () -> files.makeFolder(report));
        Files.delete(report.resolve("inblob"));
        files.removeFolder(report);
        assertFalse(files.isFolder(report));
    }

    private record Folders(Set<Path> offered) implements AttestationFiles {
        @Override
        public boolean isFolder(Path path) {
            return offered.contains(path);
        }

        @Override
        public boolean isFile(Path path) {
            return false;
        }

        @Override
        public void makeFolder(Path made) throws IOException {
            throw new IOException("no");
        }

        @Override
        public void removeFolder(Path removed) throws IOException {
            throw new IOException("no");
        }

        @Override
        public ReadableByteChannel openToRead(Path file) throws IOException {
            throw new IOException("no");
        }

        @Override
        public WritableByteChannel openToWrite(Path file) throws IOException {
            throw new IOException("no");
        }
    }
}
