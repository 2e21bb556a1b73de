package io.cloister.attestation.appraisal;

/// What a policy may require of a SEV-SNP guest's own policy, or of its platform, beside what is
/// refused anyway.
public enum SnpRequirement {
    /// The guest demands to run on one socket only.
    SINGLE_SOCKET("single-socket", "the guest runs on one socket only"),
    /// The guest demands AES-256-XTS for its memory.
    AES_256_XTS("aes-256-xts", "memory is encrypted with AES-256-XTS"),
    /// The guest demands that power can't be metered.
    POWER_LIMITS_OFF("power-limits-off", "power can't be metered by the host"),
    /// The guest demands that ciphertext is hidden from the host.
    CIPHERTEXT_HIDING("ciphertext-hiding", "ciphertext in memory is hidden from the host"),
    /// The guest demands that the host can't swap or move pages.
    NO_PAGE_SWAP("no-page-swap", "the host can't swap or move pages"),
    /// The platform's memory has error correction.
    ECC("ecc", "memory has error correction"),
    /// The firmware has found no memory that answers at two addresses.
    ALIAS_CHECK("alias-check", "no memory answers at two addresses");

    private final String word;
    private final String what;

    SnpRequirement(String word, String what) {
        this.word = word;
        this.what = what;
    }

    /// The word in a policy file.
    public String word() {
        return word;
    }

    /// What it means, for people.
    public String what() {
        return what;
    }
}
