package io.cloister.attestation.amd;

/// POLICY of a report: what the guest's owner demanded of the platform at launch (AMD 56860 table
/// 9). The platform enforces it.
///
/// @param bits all 64
public record GuestPolicy(long bits) {
    /// Bit 17, which is always set.
    static final long ALWAYS = 1L << 17;

    /// Bits that mean something, with [#ALWAYS].
    static final long DEFINED = (1L << 26) - 1;

    /// Lowest minor version of the firmware's interface, where [#abiMajor] is equal.
    public int abiMinor() {
        return (int) bits & 0xff;
    }

    /// Lowest major version of the firmware's interface.
    public int abiMajor() {
        return (int) (bits >>> 8) & 0xff;
    }

    /// Whether simultaneous multithreading may be on.
    public boolean smtAllowed() {
        return bit(16);
    }

    /// Whether a migration agent may be bound to the guest.
    public boolean migrationAgentAllowed() {
        return bit(18);
    }

    /// Whether the guest may be looked into by a debugger.
    public boolean debugAllowed() {
        return bit(19);
    }

    /// Whether the guest runs on one socket only.
    public boolean singleSocketRequired() {
        return bit(20);
    }

    /// Whether CXL devices and memory may be there.
    public boolean cxlAllowed() {
        return bit(21);
    }

    /// Whether memory is encrypted with AES-256-XTS.
    public boolean aes256XtsRequired() {
        return bit(22);
    }

    /// Whether running average power limits are off.
    public boolean powerLimitsOffRequired() {
        return bit(23);
    }

    /// Whether ciphertext in memory is hidden from the host.
    public boolean ciphertextHidingRequired() {
        return bit(24);
    }

    /// Whether pages may not be swapped, moved or offlined by the host.
    public boolean pageSwapForbidden() {
        return bit(25);
    }

    private boolean bit(int index) {
        return (bits >>> index & 1) != 0;
    }

    @Override
    public String toString() {
        return "0x" + Long.toHexString(bits);
    }
}
