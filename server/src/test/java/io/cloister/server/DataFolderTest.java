package io.cloister.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

final class DataFolderTest {
    @TempDir private Path temporary;

    @Test
    void isMadeForItsOwnerOnly() throws Exception {
        Path root = temporary.resolve("data");
        DataFolder.open(root);
        assertEquals(
                "rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(root)));
        DataFolder.open(root);
    }

    @Test
    void losesWhatWasLeftIncompleteFoldersIncluded() throws Exception {
        DataFolder data = DataFolder.open(temporary.resolve("data"));
        Path folder = Files.createDirectories(data.temporary().resolve("objects"));
        Files.writeString(folder.resolve("pack"), "x");
        Files.writeString(data.temporary(), "y");
        data.emptyTemporary();
        try (var left = Files.list(temporary.resolve("data/temporary"))) {
            assertEquals(0, left.count());
        }
    }

    @Test
    void isRefusedWhereOthersCanEnter() throws Exception {
        Path root = temporary.resolve("data");
        DataFolder.open(root);
        Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwx--x---"));
        var refused = assertThrows(SetupException.class, () -> DataFolder.open(root));
        assertTrue(
                String.valueOf(refused.getMessage()).contains("must be closed to other users"),
                refused::toString);
    }
}
