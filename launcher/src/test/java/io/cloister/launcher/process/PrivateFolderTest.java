package io.cloister.launcher.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;

class PrivateFolderTest {
    private static final int SOMEBODY_ELSE = 54_321;

    @TempDir private Path temporary;
    private Path folder;

    @BeforeEach
    void takesAFolderOfItsOwn() throws IOException {
        folder = PrivateFolder.require(temporary.resolve("state"));
        assertEquals(
                "rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)));
        assertEquals(folder, PrivateFolder.require(folder));
    }

    private String refusal() {
        return String.valueOf(
                assertThrows(IOException.class, () -> PrivateFolder.require(folder)).getMessage());
    }

    @Test
    void refusesAFolderOpenToOthers() throws Exception {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x---"));
        assertTrue(refusal().contains("must be closed to other users"));
    }

    @Test
    void refusesALinkToAFolder() throws Exception {
        Path elsewhere = Files.move(folder, temporary.resolve("elsewhere"));
        Files.createSymbolicLink(folder, elsewhere);
        assertTrue(refusal().contains("no link to one"));
    }

    /// As when root starts a server in a folder that another user prepared, and can go on changing.
    @Test
    void refusesAFolderOfAnotherUserEvenIfItCanWriteThere() throws Exception {
        int self = (Integer) Files.getAttribute(folder, "unix:uid");
        assumeTrue(self == 0, "only root can give a folder to another user: not tested");
        Files.setAttribute(folder, "unix:uid", SOMEBODY_ELSE);
        assertTrue(Files.isWritable(folder));
        assertTrue(refusal().contains("belongs to user " + SOMEBODY_ELSE));
    }

    @Test
    void refusesAFileSystemThatDoesNotTellWhoseAFolderIs() throws Exception {
        Path zip = temporary.resolve("no-owners.zip");
        var settings = Map.of("create", "true", "enablePosixFileAttributes", "true");
        try (var system = FileSystems.newFileSystem(zip, settings)) {
            folder = Files.createDirectory(system.getPath("/state"));
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
            assertTrue(refusal().contains("does not tell whose file it is"));
        }
    }
}
