package io.cloister.attestation.intel;

import io.cloister.attestation.binary.BinaryReader;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import java.util.Optional;

/// The first 48 bytes of a quote (Quote, "Quote Header").
///
/// @param version 3, 4 or 5
/// @param teeType of which kind; version 3 is always SGX
/// @param signer security versions of the quoting enclave and of the certifying one, which only
///   version 3 names
/// @param userData 20 bytes by which a platform names itself; they prove nothing
public record QuoteHeader(
        int version, TeeType teeType, Optional<SignerVersions> signer, Bytes userData) {
    /// Length in bytes.
    public static final int LENGTH = 48;

    /// The attestation key type of every quote that is read: ECDSA on P-256.
    public static final int KEY_TYPE = 2;

    /// The vendor of the quoting enclave of every quote that is read: Intel.
    public static final Bytes VENDOR_ID =
            Bytes.copyOf(
                    new byte[] {
                        (byte) 0x93,
                        (byte) 0x9a,
                        0x72,
                        0x33,
                        (byte) 0xf7,
                        (byte) 0x9c,
                        0x4c,
                        (byte) 0xa9,
                        (byte) 0x94,
                        0x0a,
                        0x0d,
                        (byte) 0xb3,
                        (byte) 0x95,
                        0x7f,
                        0x06,
                        0x07
                    });

    /// Security versions in the header of a version 3 quote.
    ///
    /// @param qeSvn of the quoting enclave
    /// @param pceSvn of the provisioning certification enclave
    public record SignerVersions(int qeSvn, int pceSvn) {}

    static QuoteHeader read(BinaryReader reader) throws MalformedException {
        int version = reader.u16("version");
        if (version < 3 || version > 5) {
            throw reader.malformedAt("version", 0, "3, 4 or 5", Integer.toString(version));
        }
        int keyType = reader.u16("attestationKeyType");
        if (keyType != KEY_TYPE) {
            throw reader.malformedAt(
                    "attestationKeyType", 2, "2 (ECDSA P-256)", Integer.toString(keyType));
        }
        TeeType teeType = teeType(reader, version);
        Optional<SignerVersions> signer = Optional.empty();
        if (version == 3) {
            signer = Optional.of(new SignerVersions(reader.u16("qeSvn"), reader.u16("pceSvn")));
        } else {
            reader.zeros("reserved", 4);
        }
        Bytes vendor = reader.bytes("qeVendorId", 16);
        if (!vendor.equals(VENDOR_ID)) {
            throw reader.malformedAt("qeVendorId", 12, VENDOR_ID.hex(), vendor.hex());
        }
        return new QuoteHeader(version, teeType, signer, reader.bytes("userData", 20));
    }

    private static TeeType teeType(BinaryReader reader, int version) throws MalformedException {
        if (version == 3) {
            reader.zeros("reserved", 4);
            return TeeType.SGX;
        }
        long code = reader.u32("teeType");
        for (TeeType type : TeeType.values()) {
            if (type.code() == code) {
                return type;
            }
        }
        throw reader.malformedAt("teeType", 4, "0 (SGX) or 129 (TDX)", Long.toString(code));
    }
}
