package io.cloister.attestation.amd.launch;

import io.cloister.protocol.MalformedException;

import java.util.Locale;

/// Family, model and stepping of a virtual processor as CPUID function 1 returns them in EAX (AMD
/// 25481). QEMU starts a processor with it in RDX, so it is measured.
///
/// @param value 32 bits
public record VcpuSignature(int value) {
    /// The signature of one of QEMU's models: a name such as `EPYC-Milan` or `EPYC-Milan-v2`. All
    /// versions of a model have one signature.
    ///
    /// @throws MalformedException if `name` is no EPYC model, naming `path`
    public static VcpuSignature ofModel(String name, String path) throws MalformedException {
        String model = name.replaceFirst("-v[1-9]$", "");
        return switch (model) {
            case "EPYC", "EPYC-IBPB" -> of(0x17, 0x01, 2);
            case "EPYC-Rome" -> of(0x17, 0x31, 0);
            case "EPYC-Milan" -> of(0x19, 0x01, 1);
            case "EPYC-Genoa" -> of(0x19, 0x11, 0);
            case "EPYC-Turin" -> of(0x1a, 0x00, 0);
            default ->
                    throw new MalformedException(
                            path,
                            "EPYC, EPYC-Rome, EPYC-Milan, EPYC-Genoa or EPYC-Turin, with or"
                                    + " without a version",
                            name);
        };
    }

    /// Reads `0x` and up to eight hexadecimal digits.
    ///
    /// @throws MalformedException if `text` is anything else, naming `path`
    public static VcpuSignature parse(String text, String path) throws MalformedException {
        if (!text.toLowerCase(Locale.ROOT).matches("0x[0-9a-f]{1,8}")) {
            throw new MalformedException(path, "a CPUID signature such as 0xa00f11", text);
        }
        return new VcpuSignature(Integer.parseUnsignedInt(text.substring(2), 16));
    }

    /// Families above 15 have 15 in the base field and the rest in the extended one.
    private static VcpuSignature of(int family, int model, int stepping) {
        return new VcpuSignature(
                (family - 15) << 20 | (model >> 4) << 16 | 15 << 8 | (model & 15) << 4 | stepping);
    }

    @Override
    public String toString() {
        return "0x" + Integer.toHexString(value);
    }
}
