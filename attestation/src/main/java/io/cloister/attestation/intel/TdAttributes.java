package io.cloister.attestation.intel;

/// TDATTRIBUTES (Intel TDX Module 1.5 ABI §3.4.1).
///
/// @param bits bit 0 the lowest
public record TdAttributes(long bits) {
    private static final long UNTRUSTED = 0xff;

    /// LASS, SEPT_VE_DISABLE, MIGRATABLE, PKS, KL, TPA, PERFMON, and the untrusted group.
    private static final long KNOWN = UNTRUSTED | 0b11111L << 27 | 0b11L << 62;

    private boolean bit(int index) {
        return (bits >>> index & 1) != 0;
    }

    /// Whether the TD can be looked into: DEBUG, or another bit of the group of which the TDX
    /// module says that a TD with one of them is not to be trusted (bits 0 to 7: debugging and
    /// profiling).
    public boolean debug() {
        return (bits & UNTRUSTED) != 0;
    }

    /// Whether the linear address space is separated between user and supervisor.
    public boolean linearAddressSpaceSeparation() {
        return bit(27);
    }

    /// Whether the host cannot inject #VE for pages it took away.
    public boolean septVeDisable() {
        return bit(28);
    }

    /// Whether a migration TD may move this one to another platform.
    public boolean migratable() {
        return bit(29);
    }

    /// Whether the TD may use supervisor protection keys.
    public boolean protectionKeys() {
        return bit(30);
    }

    /// Whether the TD may use Key Locker.
    public boolean keyLocker() {
        return bit(31);
    }

    /// Whether this is a TDX Connect provisioning agent.
    public boolean provisioningAgent() {
        return bit(62);
    }

    /// Whether the TD may use the performance counters.
    public boolean performanceCounters() {
        return bit(63);
    }

    /// The bits that have no meaning yet.
    public long reserved() {
        return bits & ~KNOWN;
    }
}
