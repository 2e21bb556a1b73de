package io.cloister.launcher;

import io.cloister.protocol.Sha256;

/// A Python runtime that a launcher can start enclaves with.
///
/// @param name its short name, such as `base`
/// @param digest SHA-256 of its lock file's bytes, which is what an agreement names
public record OfferedRuntime(String name, Sha256 digest) {}
