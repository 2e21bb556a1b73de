package io.cloister.attestation.runtime;

import io.cloister.protocol.Sha256;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// A runtime whose every file was what its lock says when [RuntimeVerifier] looked; only that makes
/// one. It says nothing about the folder later: whoever can write to it can still change it. What
/// it says of [each file][#installed] holds for good, as it comes from the lock.
public final class VerifiedRuntime {
    private final Sha256 digest;
    private final RuntimeFolder folder;
    private final Map<String, Wheel.Installed> installed;
    private final List<InstalledPackage> packages;

    VerifiedRuntime(
            Sha256 digest,
            RuntimeFolder folder,
            Map<String, Wheel.Installed> installed,
            List<InstalledPackage> packages) {
        this.digest = digest;
        this.folder = folder;
        this.installed = Map.copyOf(installed);
        this.packages = List.copyOf(packages);
    }

    /// SHA-256 of the lock file's bytes.
    public Sha256 digest() {
        return digest;
    }

    /// What Python's path is to name.
    public Path sitePackages() {
        return folder.sitePackages();
    }

    /// What every installed file must be, by its path below [#sitePackages]: whoever copies them
    /// checks again, in the same pass.
    public Map<String, Wheel.Installed> installed() {
        return installed;
    }

    /// Its packages, by name.
    public List<InstalledPackage> packages() {
        return packages;
    }

    @Override
    public String toString() {
        return "VerifiedRuntime[" + digest + "]";
    }
}
