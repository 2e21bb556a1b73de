package io.cloister.agent.sandbox;

import io.cloister.protocol.Sha256;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// The runtime's packages: where they lie, and what exactly each file of them must be. A sandbox
/// copies just these files into memory of its own, digesting what it copies, and lets nothing be
/// loaded from elsewhere: what changes in the folder before or after changes nothing that runs.
///
/// @param folder where
/// @param files copied when the sandbox starts, which it does only if every one is right; by path
///   below the folder, parts separated by `/`, none empty, `.` or `..`
/// @param parts copied when one of their modules is first imported, which fails if a file of them
///   is not right; at most 65,535
public record RuntimeFiles(Path folder, Map<String, Content> files, List<Part> parts) {
    private static final int MOST_PARTS = 65_535;

    public RuntimeFiles {
        folder = folder.toAbsolutePath().normalize();
        files = Map.copyOf(files);
        parts = List.copyOf(parts);
        if (parts.size() > MOST_PARTS) {
            throw new IllegalArgumentException("more than " + MOST_PARTS + " parts");
        }
    }

    /// All of them copied at the start.
    public RuntimeFiles(Path folder, Map<String, Content> files) {
        this(folder, files, List.of());
    }

    /// What is in a file.
    ///
    /// @param size in bytes
    /// @param digest of all of them
    public record Content(long size, Sha256 digest) {}

    /// Files that are only ever needed together.
    ///
    /// @param name for people
    /// @param files as in [RuntimeFiles#files], none of them there or in another part
    public record Part(String name, Map<String, Content> files) {
        public Part {
            files = Map.copyOf(files);
        }
    }
}
