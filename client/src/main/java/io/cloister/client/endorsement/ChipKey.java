package io.cloister.client.endorsement;

import io.cloister.attestation.amd.LeafExtensions;
import io.cloister.attestation.amd.SnpProduct;
import io.cloister.attestation.amd.TcbPart;
import io.cloister.attestation.amd.TcbVersion;
import io.cloister.attestation.pki.Certificate;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import java.util.Arrays;
import java.util.stream.Collectors;

/// Names a chip's key at one TCB version, as AMD's service is asked for it (AMD 57230, "Get VCEK").
///
/// @param product whose
/// @param chipId 64 bytes; 8 on Turin
/// @param tcb the version the key stands for
record ChipKey(SnpProduct product, Bytes chipId, TcbVersion tcb) {
    private static final int TURIN_LENGTH = 8;

    /// The key that signs a report.
    ///
    /// @param chipId 64 bytes, as in a report
    static ChipKey of(SnpProduct product, Bytes chipId, TcbVersion tcb) {
        return new ChipKey(
                product, product == SnpProduct.TURIN ? chipId.slice(0, TURIN_LENGTH) : chipId, tcb);
    }

    /// Path and query of its certificate.
    String path() {
        return chipId.hex()
                + "?"
                + Arrays.stream(TcbPart.values())
                        .filter(this::isUsed)
                        .map(part -> parameter(part) + "=" + level(part))
                        .collect(Collectors.joining("&"));
    }

    /// Whether `leaf` is the certificate of this chip at this version, read as the verifier reads
    /// it.
    boolean isOf(Certificate leaf) throws MalformedException {
        LeafExtensions extensions = LeafExtensions.of(leaf, "vcek");
        return extensions.product() == product
                && extensions.hardwareId().equals(chipId)
                && extensions.tcb().equals(tcb);
    }

    private boolean isUsed(TcbPart part) {
        return part != TcbPart.FMC || product == SnpProduct.TURIN;
    }

    private String level(TcbPart part) {
        return String.format("%02d", tcb.level(part, product));
    }

    private static String parameter(TcbPart part) {
        return switch (part) {
            case FMC -> "fmcSPL";
            case BOOTLOADER -> "blSPL";
            case TEE -> "teeSPL";
            case SNP -> "snpSPL";
            case MICROCODE -> "ucodeSPL";
        };
    }
}
