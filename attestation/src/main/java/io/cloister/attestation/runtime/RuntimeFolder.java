package io.cloister.attestation.runtime;

import java.nio.file.Path;

/// A built runtime: its lock, the wheels, and what they unpack to.
///
/// @param folder where
public record RuntimeFolder(Path folder) {
    /// The lock.
    public Path lock() {
        return folder.resolve(RuntimeLock.FILE_NAME);
    }

    /// The folder of wheels, as downloaded.
    public Path wheels() {
        return folder.resolve("wheels");
    }

    /// The folder that Python's path names.
    public Path sitePackages() {
        return folder.resolve("site-packages");
    }
}
