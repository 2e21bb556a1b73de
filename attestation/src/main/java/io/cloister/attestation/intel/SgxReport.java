package io.cloister.attestation.intel;

import io.cloister.attestation.binary.BinaryReader;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

/// What the processor says of one SGX enclave: REPORT without its key and MAC (SDM 3D §34.15). 384
/// bytes; what is reserved in them is zero.
///
/// @param cpuSvn security version of the processor, 16 bytes, not to be compared as a number
/// @param miscSelect which extra state is saved at an exit, 32 bits
/// @param isvExtProdId extended product id, 16 bytes
/// @param attributes flags and processor state
/// @param mrEnclave what the enclave consists of, SHA-256
/// @param mrSigner who signed the enclave, SHA-256 of the RSA modulus
/// @param configId configuration given at launch, 64 bytes
/// @param isvProdId product id, 0 to 65535
/// @param isvSvn security version of the enclave, 0 to 65535
/// @param configSvn security version of the configuration, 0 to 65535
/// @param isvFamilyId product family, 16 bytes
/// @param reportData 64 bytes of the enclave's choice
public record SgxReport(
        Bytes cpuSvn,
        long miscSelect,
        Bytes isvExtProdId,
        SgxAttributes attributes,
        Bytes mrEnclave,
        Bytes mrSigner,
        Bytes configId,
        int isvProdId,
        int isvSvn,
        int configSvn,
        Bytes isvFamilyId,
        Bytes reportData)
        implements QuoteBody {
    /// Length in bytes.
    public static final int LENGTH = 384;

    static SgxReport read(BinaryReader reader) throws MalformedException {
        Bytes cpuSvn = reader.bytes("cpuSvn", 16);
        long miscSelect = reader.u32("miscSelect");
        reader.zeros("reserved1", 12);
        Bytes isvExtProdId = reader.bytes("isvExtProdId", 16);
        SgxAttributes attributes = SgxAttributes.read(reader);
        Bytes mrEnclave = reader.bytes("mrEnclave", 32);
        reader.zeros("reserved2", 32);
        Bytes mrSigner = reader.bytes("mrSigner", 32);
        reader.zeros("reserved3", 32);
        Bytes configId = reader.bytes("configId", 64);
        int isvProdId = reader.u16("isvProdId");
        int isvSvn = reader.u16("isvSvn");
        int configSvn = reader.u16("configSvn");
        reader.zeros("reserved4", 42);
        Bytes isvFamilyId = reader.bytes("isvFamilyId", 16);
        Bytes reportData = reader.bytes("reportData", 64);
        reader.end();
        return new SgxReport(
                cpuSvn,
                miscSelect,
                isvExtProdId,
                attributes,
                mrEnclave,
                mrSigner,
                configId,
                isvProdId,
                isvSvn,
                configSvn,
                isvFamilyId,
                reportData);
    }
}
