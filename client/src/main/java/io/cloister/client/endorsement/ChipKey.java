package io.cloister.client.endorsement;

import io.cloister.attestation.amd.SnpProduct;
import io.cloister.attestation.amd.TcbPart;
import io.cloister.attestation.amd.TcbVersion;
import io.cloister.attestation.pki.Certificate;
import io.cloister.attestation.pki.DerReader;
import io.cloister.attestation.pki.Extension;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/// Names a chip's key at one TCB version, as AMD's service is asked for it (AMD 57230, "Get VCEK").
///
/// @param product whose
/// @param chipId 64 bytes; 8 on Turin
/// @param tcb the version the key stands for
record ChipKey(SnpProduct product, Bytes chipId, TcbVersion tcb) {
    private static final String OID = "1.3.6.1.4.1.3704.1.";
    private static final String CHIP = OID + "4";
    private static final int TURIN_LENGTH = 8;
    private static final int MAX_LEVEL_BYTES = 2;

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

    /// Whether `leaf` is the certificate of this chip at this version.
    boolean isOf(Certificate leaf) throws MalformedException {
        for (TcbPart part : TcbPart.values()) {
            if (isUsed(part) && number(leaf, OID + extension(part)) != tcb.level(part, product)) {
                return false;
            }
        }
        return leaf.extension(CHIP).map(Extension::value).equals(Optional.of(chipId));
    }

    private static int number(Certificate leaf, String oid) throws MalformedException {
        Optional<Extension> extension = leaf.extension(oid);
        if (extension.isEmpty()) {
            return -1;
        }
        DerReader reader = DerReader.of(extension.get().value(), "vcek." + oid);
        int number = reader.natural("level", DerReader.INTEGER, MAX_LEVEL_BYTES).intValue();
        reader.end();
        return number;
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

    private static String extension(TcbPart part) {
        return switch (part) {
            case FMC -> "3.9";
            case BOOTLOADER -> "3.1";
            case TEE -> "3.2";
            case SNP -> "3.3";
            case MICROCODE -> "3.8";
        };
    }
}
