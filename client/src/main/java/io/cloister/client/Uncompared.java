package io.cloister.client;

/// What a [VerifiedReceipt] says that nobody compared with anything: its enclave's claim.
public enum Uncompared {
    /// Which computation: there was no agreement to compare with.
    COMPUTATION("computation"),
    /// Which agreement.
    AGREEMENT("agreement"),
    /// Which code.
    CODE("code"),
    /// Which runtime, by name and digest, and what was measured of it.
    PACKAGES("packages"),
    /// The packages of the runtime: its lock was not there to compare them with.
    RUNTIME_PACKAGES("runtimePackages"),
    /// The packages that came with the code. The agreement has only the digest of their lock.
    CODE_PACKAGES("codePackages"),
    /// The packages as measured: hardware measures the image, whose word they are.
    MEASURED_PACKAGES("measuredPackages");

    private final String word;

    Uncompared(String word) {
        this.word = word;
    }

    /// The word in JSON.
    public String word() {
        return word;
    }
}
