package io.cloister.attestation.runtime;

import io.cloister.protocol.Sha256;

import java.nio.file.Path;

/// A runtime whose every file was what its lock says when [RuntimeVerifier] looked; only that makes
/// one. It says nothing about later: whoever can write to the folder can still change it.
public final class VerifiedRuntime {
    private final Sha256 digest;
    private final RuntimeFolder folder;
    private final int files;

    VerifiedRuntime(Sha256 digest, RuntimeFolder folder, int files) {
        this.digest = digest;
        this.folder = folder;
        this.files = files;
    }

    /// SHA-256 of the lock file's bytes.
    public Sha256 digest() {
        return digest;
    }

    /// What Python's path is to name.
    public Path sitePackages() {
        return folder.sitePackages();
    }

    /// How many installed files were hashed.
    public int files() {
        return files;
    }

    @Override
    public String toString() {
        return "VerifiedRuntime[" + digest + "]";
    }
}
