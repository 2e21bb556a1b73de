package io.cloister.agent.evidence;

import java.io.IOException;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;

/// The few file operations that attestation interfaces of a kernel need. They are no ordinary
/// files: a read may make a report, a write may be refused when it ends, a new folder has content.
interface AttestationFiles {
    /// Whether there is a folder.
    boolean isFolder(Path path);

    /// Whether there is a file.
    boolean isFile(Path path);

    /// Makes a folder, which must not be there.
    void makeFolder(Path folder) throws IOException;

    /// Removes a folder together with what the kernel put there.
    void removeFolder(Path folder) throws IOException;

    /// Opens a file that is there.
    ReadableByteChannel openToRead(Path file) throws IOException;

    /// Opens a file that is there, without making it shorter.
    WritableByteChannel openToWrite(Path file) throws IOException;
}
