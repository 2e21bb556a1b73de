package io.cloister.agent.sandbox;

import io.cloister.protocol.Sha256;

import java.nio.file.Path;
import java.util.Map;

/// The runtime's packages: where they lie, and what exactly each file of them must be. A sandbox
/// copies just these files into memory of its own, digesting what it copies, and starts only if
/// every one is right: what changes in the folder before or after changes nothing that runs.
///
/// @param folder where
/// @param files by path below the folder, parts separated by `/`, none empty, `.` or `..`
public record RuntimeFiles(Path folder, Map<String, Content> files) {
    public RuntimeFiles {
        folder = folder.toAbsolutePath().normalize();
        files = Map.copyOf(files);
    }

    /// What is in a file.
    ///
    /// @param size in bytes
    /// @param digest of all of them
    public record Content(long size, Sha256 digest) {}
}
