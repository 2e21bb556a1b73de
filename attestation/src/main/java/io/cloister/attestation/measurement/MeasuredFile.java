package io.cloister.attestation.measurement;

import io.cloister.protocol.Sha256;

/// One file of a measured set.
///
/// @param name path relative to the set's folder, `/` between components, no `.` or `..`
/// @param digest of its content
public record MeasuredFile(String name, Sha256 digest) {
    public MeasuredFile {
        if (name.isEmpty() || name.startsWith("/") || name.endsWith("/")) {
            throw new IllegalArgumentException(
                    "a measured file's name is a relative path: " + name);
        }
    }
}
