package io.cloister.attestation.intel;

import io.cloister.attestation.binary.BinaryReader;
import io.cloister.protocol.MalformedException;

/// ATTRIBUTES of an enclave (SDM 3D §34.7.1).
///
/// @param flags the first eight bytes, bit 0 the lowest
/// @param xfrm the other eight: which processor state the enclave may use
public record SgxAttributes(long flags, long xfrm) {
    /// INIT, DEBUG, MODE64BIT, PROVISIONKEY, EINITTOKEN_KEY, CET, KSS, AEXNOTIFY.
    private static final long KNOWN = 0b100_1111_0111;

    static SgxAttributes read(BinaryReader reader) throws MalformedException {
        return new SgxAttributes(reader.u64("attributes.flags"), reader.u64("attributes.xfrm"));
    }

    private boolean bit(int index) {
        return (flags >>> index & 1) != 0;
    }

    /// Whether the enclave has been initialised: always, in what the processor reports.
    public boolean initialised() {
        return bit(0);
    }

    /// Whether a debugger can look into the enclave.
    public boolean debug() {
        return bit(1);
    }

    /// Whether it runs in 64-bit mode.
    public boolean mode64() {
        return bit(2);
    }

    /// Whether it may derive provisioning keys, which identify the platform.
    public boolean provisionKey() {
        return bit(4);
    }

    /// Whether it may derive the launch token key.
    public boolean launchTokenKey() {
        return bit(5);
    }

    /// Whether control-flow enforcement attributes are enabled.
    public boolean controlFlowEnforcement() {
        return bit(6);
    }

    /// Whether key separation and sharing is on, and so CONFIGID, CONFIGSVN, ISVFAMILYID and
    /// ISVEXTPRODID mean something.
    public boolean keySeparation() {
        return bit(7);
    }

    /// Whether the enclave is told of asynchronous exits.
    public boolean asyncExitNotify() {
        return bit(10);
    }

    /// The flags that have no meaning yet.
    public long reservedFlags() {
        return flags & ~KNOWN;
    }
}
