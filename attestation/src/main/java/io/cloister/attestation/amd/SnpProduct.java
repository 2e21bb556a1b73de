package io.cloister.attestation.amd;

import io.cloister.attestation.pki.PinnedKey;
import io.cloister.attestation.pki.VendorRoots;

import java.util.Arrays;
import java.util.Optional;

/// The product lines that have SEV-SNP. Each has a hierarchy of its own; there is no default one.
public enum SnpProduct {
    /// Third-generation EPYC.
    MILAN("Milan", 0, 64),
    /// Fourth-generation EPYC, with Bergamo and Siena.
    GENOA("Genoa", 0, 64),
    /// Fifth-generation EPYC. Its TCB versions are laid out in another way.
    TURIN("Turin", 1, 8);

    private final String word;
    private final int structVersion;
    private final int chipIdLength;

    SnpProduct(String word, int structVersion, int chipIdLength) {
        this.word = word;
        this.structVersion = structVersion;
        this.chipIdLength = chipIdLength;
    }

    /// The name in certificates and in the addresses of AMD's key distribution service.
    public String word() {
        return word;
    }

    /// The line a processor belongs to.
    ///
    /// @param family extended and base family together
    /// @param model extended and base model together
    public static Optional<SnpProduct> of(int family, int model) {
        return switch (family) {
            case 0x19 ->
                    switch (model >> 4) {
                        case 0x0 -> Optional.of(MILAN);
                        case 0x1, 0xa -> Optional.of(GENOA);
                        default -> Optional.empty();
                    };
            case 0x1a -> model >> 4 <= 1 ? Optional.of(TURIN) : Optional.empty();
            default -> Optional.empty();
        };
    }

    /// The line that a certificate's product name belongs to: the name alone, or followed by a
    /// stepping such as `-B0`.
    static Optional<SnpProduct> ofProductName(String name) {
        return Arrays.stream(values())
                .filter(product ->
                        name.equals(product.word) || name.matches(product.word + "-[A-Z][0-9]"))
                .findFirst();
    }

    /// Version of the layout of its leaf certificates.
    int structVersion() {
        return structVersion;
    }

    /// How many bytes of CHIP_ID tell chips apart; the others are zero.
    int chipIdLength() {
        return chipIdLength;
    }

    /// Common name of the certificate that issues its leaves.
    String issuerName(SigningKey key) {
        return switch (key) {
            case VCEK -> "SEV-" + word;
            case VLEK -> "SEV-VLEK-" + word;
            case NONE -> "";
        };
    }

    /// Its root.
    PinnedKey root(VendorRoots roots) {
        return switch (this) {
            case MILAN -> roots.milan();
            case GENOA -> roots.genoa();
            case TURIN -> roots.turin();
        };
    }

    @Override
    public String toString() {
        return word;
    }
}
