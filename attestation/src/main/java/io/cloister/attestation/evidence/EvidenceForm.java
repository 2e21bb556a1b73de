package io.cloister.attestation.evidence;

/// How Evidence lay in the bytes it was recognised in.
public enum EvidenceForm {
    /// As the platform gives it, alone.
    PLAIN("plain"),
    /// An SEV-SNP report with a certificate table behind it.
    WITH_CERTIFICATES("with-certificates"),
    /// Inside the report of Azure's paravisor.
    PARAVISOR_REPORT("paravisor-report"),
    /// In an extension of an X.509 certificate (RA-TLS).
    TLS_CERTIFICATE("tls-certificate");

    private final String word;

    EvidenceForm(String word) {
        this.word = word;
    }

    /// The word in JSON.
    public String word() {
        return word;
    }

    @Override
    public String toString() {
        return word;
    }
}
