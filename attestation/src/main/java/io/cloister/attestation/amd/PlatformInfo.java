package io.cloister.attestation.amd;

/// PLATFORM_INFO of a report: how the platform is set up (AMD 56860 table 24).
///
/// @param bits all 64
public record PlatformInfo(long bits) {
    /// Bits that mean something.
    static final long DEFINED = 0xbf;

    /// Whether simultaneous multithreading is on.
    public boolean smt() {
        return bit(0);
    }

    /// Whether all memory is encrypted with one key of the system, besides the guests' own.
    public boolean tsme() {
        return bit(1);
    }

    /// Whether memory has error correction.
    public boolean ecc() {
        return bit(2);
    }

    /// Whether running average power limits are off.
    public boolean powerLimitsOff() {
        return bit(3);
    }

    /// Whether ciphertext in memory is hidden from the host.
    public boolean ciphertextHiding() {
        return bit(4);
    }

    /// Whether the firmware has found no memory that answers at two addresses.
    public boolean aliasCheckComplete() {
        return bit(5);
    }

    /// Whether trusted devices may be attached.
    public boolean trustedIo() {
        return bit(7);
    }

    private boolean bit(int index) {
        return (bits >>> index & 1) != 0;
    }

    @Override
    public String toString() {
        return "0x" + Long.toHexString(bits);
    }
}
