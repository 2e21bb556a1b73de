package io.cloister.attestation.evidence;

import java.util.Optional;
import java.util.stream.Stream;

/// The kinds of Evidence this version reads.
public enum EvidenceKind {
    /// Signed by a launcher's simulated platform. Production in all but its root of trust: it
    /// protects nothing from the operator, who holds that root.
    SIMULATED("simulated", false),
    /// An Intel SGX quote of an enclave.
    SGX("sgx", true),
    /// An Intel TDX quote of a virtual machine.
    TDX("tdx", true),
    /// An AMD SEV-SNP attestation report of a virtual machine.
    SNP("snp", true);

    private final String word;
    private final boolean hardware;

    EvidenceKind(String word, boolean hardware) {
        this.word = word;
        this.hardware = hardware;
    }

    /// The kind whose word is `word`.
    static Optional<EvidenceKind> ofWord(String word) {
        return Stream.of(values()).filter(kind -> kind.word.equals(word)).findFirst();
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
