package io.cloister.attestation.evidence;

/// The kinds of Evidence this version reads.
public enum EvidenceKind {
    /// Signed by a launcher's simulated platform. Production in all but its root of trust: it
    /// protects nothing from the operator, who holds that root.
    SIMULATED("simulated", false);

    private final String word;
    private final boolean hardware;

    EvidenceKind(String word, boolean hardware) {
        this.word = word;
        this.hardware = hardware;
    }

    /// The word in documents.
    public String word() {
        return word;
    }

    /// Whether a hardware vendor's root vouches for it.
    public boolean isHardware() {
        return hardware;
    }

    @Override
    public String toString() {
        return word;
    }
}
