package io.cloister.agent;

import io.cloister.attestation.runtime.InstalledPackage;
import io.cloister.protocol.Sha256;

import java.util.List;
import java.util.Map;

/// What a code bundle that is the agreed one holds.
///
/// @param loader puts its files into a cell
/// @param packages that come with it, each in a wheel that its lock names
/// @param wheels digests of those wheels by file name
/// @param foreseen modules of the runtime that its `run.py` imports
record Contents(
        CodeLoader loader,
        List<InstalledPackage> packages,
        Map<String, Sha256> wheels,
        List<String> foreseen) {
    Contents {
        packages = List.copyOf(packages);
        wheels = Map.copyOf(wheels);
        foreseen = List.copyOf(foreseen);
    }
}
