package io.cloister.attestation.intel;

/// Which of Intel's two kinds a quote is of.
public enum TeeType {
    /// An enclave.
    SGX(0),
    /// A trust domain, which is a whole virtual machine.
    TDX(0x81);

    private final int code;

    TeeType(int code) {
        this.code = code;
    }

    /// The number in a quote's header.
    public int code() {
        return code;
    }
}
