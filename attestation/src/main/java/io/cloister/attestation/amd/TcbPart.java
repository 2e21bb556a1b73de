package io.cloister.attestation.amd;

import java.util.Arrays;
import java.util.Locale;

/// The parts of a platform that have a security patch level.
public enum TcbPart {
    /// FMC, the first firmware the security processor loads; Turin only.
    FMC(-1, 0),
    /// The security processor's boot loader.
    BOOTLOADER(0, 1),
    /// The security processor's operating system.
    TEE(1, 2),
    /// The SNP firmware.
    SNP(6, 3),
    /// The processors' microcode.
    MICROCODE(7, 7);

    private final int index;
    private final int turinIndex;

    TcbPart(int index, int turinIndex) {
        this.index = index;
        this.turinIndex = turinIndex;
    }

    /// The word in documents, such as `bootloader`.
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// Which byte of a TCB version; negative if the product has none.
    int index(SnpProduct product) {
        return switch (product) {
            case MILAN, GENOA -> index;
            case TURIN -> turinIndex;
        };
    }

    /// Whether byte `index` of a TCB version means something.
    static boolean isUsed(int index, SnpProduct product) {
        return Arrays.stream(values()).anyMatch(part -> part.index(product) == index);
    }
}
