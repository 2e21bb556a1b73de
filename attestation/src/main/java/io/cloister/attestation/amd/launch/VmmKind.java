package io.cloister.attestation.amd.launch;

/// Who launches the guest: they differ in the registers a processor starts with, and in how they
/// treat some pages.
public enum VmmKind {
    /// QEMU with KVM.
    QEMU("qemu"),
    /// Amazon EC2.
    EC2("ec2"),
    /// Google Compute Engine.
    GCE("gce");

    private final String word;

    VmmKind(String word) {
        this.word = word;
    }

    /// The word on the command line and in documents.
    public String word() {
        return word;
    }

    @Override
    public String toString() {
        return word;
    }
}
