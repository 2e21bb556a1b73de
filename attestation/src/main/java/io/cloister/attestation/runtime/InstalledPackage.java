package io.cloister.attestation.runtime;

import io.cloister.protocol.Sha256;

/// A package as it is installed: from which bytes.
///
/// @param name in the normal form of PEP 503
/// @param version as its wheel's file name gives it
/// @param wheel SHA-256 of the wheel
public record InstalledPackage(String name, String version, Sha256 wheel) {}
