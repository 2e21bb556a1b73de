package io.cloister.agent.sandbox;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

class ConnectionsTest {
    @Test
    void theSocketIsInTheFolderForScratchFiles(@TempDir Path folder) throws IOException {
        try (var connections = new Connections(folder)) {
            assertTrue(connections.path().startsWith(folder));
        }
    }

    @Test
    void aFolderWhosePathIsTooLongForASocketDoesNoHarm(@TempDir Path folder) throws IOException {
        Path deep = Files.createDirectory(folder.resolve("d".repeat(100)));
        Path socket;
        try (var connections = new Connections(deep)) {
            socket = connections.path();
            assertTrue(Files.exists(socket));
            assertFalse(socket.startsWith(folder));
        }
        assertFalse(Files.exists(socket.getParent()), "the folder is still there");
    }
}
