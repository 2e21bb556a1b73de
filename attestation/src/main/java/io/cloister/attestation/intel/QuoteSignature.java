package io.cloister.attestation.intel;

import io.cloister.attestation.binary.BinaryReader;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

/// Who signed a quote (Quote, "ECDSA 256-bit Quote Signature Data Structure"): the attestation
/// key's signature, and the quoting enclave's report that binds this key, signed with the
/// platform's PCK.
///
/// @param signature over the quote's signed bytes: `r ‖ s`, 64 bytes
/// @param attestationKey the point `x ‖ y`, 64 bytes
/// @param qeReport what the processor says of the quoting enclave
/// @param qeReportBytes the 384 bytes of it that are signed
/// @param qeReportSignature over them with the PCK: `r ‖ s`, 64 bytes
/// @param authData what the quoting enclave hashed together with the attestation key
/// @param certification how to find the PCK
public record QuoteSignature(
        Bytes signature,
        Bytes attestationKey,
        SgxReport qeReport,
        Bytes qeReportBytes,
        Bytes qeReportSignature,
        Bytes authData,
        CertificationData certification) {
    static QuoteSignature read(BinaryReader reader, Bytes quote, int version)
            throws MalformedException {
        Bytes signature = reader.bytes("signature", 64);
        Bytes attestationKey = reader.bytes("attestationKey", 64);
        if (version == 3) {
            return readQe(reader, quote, signature, attestationKey);
        }
        int at = reader.offset();
        int type = reader.u16("certification.type");
        if (type != CertificationData.QE_REPORT) {
            throw reader.malformedAt(
                    "certification.type", at, "6 (QE report)", Integer.toString(type));
        }
        int sizeAt = reader.offset();
        int size = reader.length("certification.size");
        if (size != reader.remaining()) {
            throw reader.malformedAt(
                    "certification.size",
                    sizeAt,
                    reader.remaining() + ", all that follows",
                    Integer.toString(size));
        }
        return readQe(reader.part("certification", size), quote, signature, attestationKey);
    }

    private static QuoteSignature readQe(
            BinaryReader reader, Bytes quote, Bytes signature, Bytes attestationKey)
            throws MalformedException {
        int reportAt = reader.offset();
        SgxReport qeReport = SgxReport.read(reader.part("qeReport", SgxReport.LENGTH));
        Bytes qeReportBytes = quote.slice(reportAt, SgxReport.LENGTH);
        Bytes qeReportSignature = reader.bytes("qeReportSignature", 64);
        int authLength = reader.u16("authData.size");
        Bytes authData = reader.bytes("authData", authLength);
        int typeAt = reader.offset();
        int type = reader.u16("certificationData.type");
        if (type < CertificationData.FIRST || type > CertificationData.PCK_CHAIN) {
            throw reader.malformedAt(
                    "certificationData.type", typeAt, "1 to 5", Integer.toString(type));
        }
        int size = reader.length("certificationData.size");
        Bytes data = reader.bytes("certificationData", size);
        reader.end();
        return new QuoteSignature(
                signature,
                attestationKey,
                qeReport,
                qeReportBytes,
                qeReportSignature,
                authData,
                new CertificationData(type, data));
    }
}
