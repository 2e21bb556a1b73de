package io.cloister.attestation.amd.launch;

import java.util.Arrays;
import java.util.Optional;

/// What a page range of the firmware's SEV metadata is for (edk2, OvmfPkg/ResetVector, "SEV
/// metadata").
enum SectionKind {
    /// Memory the firmware uses before it can accept pages itself.
    SECURE_MEMORY(1),
    /// The page the processor puts the guest's message keys in.
    SECRETS(2),
    /// The page of CPUID values that the processor checks.
    CPUID(3),
    /// The calling area of a service module at VMPL 0.
    SERVICE_CALLING_AREA(4),
    /// Digests of kernel, initial RAM disk and command line.
    KERNEL_HASHES(0x10);

    private final int code;

    SectionKind(int code) {
        this.code = code;
    }

    static Optional<SectionKind> ofCode(int code) {
        return Arrays.stream(values()).filter(kind -> kind.code == code).findFirst();
    }

    /// Whether there is one page of it, never more.
    boolean isOnePage() {
        return switch (this) {
            case SECRETS, CPUID, KERNEL_HASHES -> true;
            case SECURE_MEMORY, SERVICE_CALLING_AREA -> false;
        };
    }
}
