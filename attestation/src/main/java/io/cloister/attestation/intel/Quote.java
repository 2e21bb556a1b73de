package io.cloister.attestation.intel;

import io.cloister.attestation.binary.BinaryReader;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

/// An SGX or TDX quote of version 3, 4 or 5, read but not verified. Every field is typed, every
/// size checked where it is read, everything reserved must be zero. Platforms hand quotes out in
/// buffers that are larger: what stands behind the last byte that the quote itself counts is left
/// out.
///
/// @param header version and kind
/// @param body what the quote is about
/// @param signedBytes header and body as they are signed
/// @param signature who signed them
public record Quote(
        QuoteHeader header, QuoteBody body, Bytes signedBytes, QuoteSignature signature) {
    /// The largest quote, with its padding, in bytes.
    public static final int MAX_LENGTH = 32 << 10;

    private static final String NAME = "quote";
    private static final int BODY_SGX = 1;
    private static final int BODY_TD_10 = 2;
    private static final int BODY_TD_15 = 3;

    /// Reads `bytes`.
    ///
    /// @throws MalformedException if they are not one quote, naming field and offset
    public static Quote parse(Bytes bytes) throws MalformedException {
        if (bytes.length() > MAX_LENGTH) {
            throw new MalformedException(
                    NAME, "at most " + MAX_LENGTH + " bytes", bytes.length() + " bytes");
        }
        BinaryReader reader = BinaryReader.of(bytes, NAME);
        QuoteHeader header = QuoteHeader.read(reader.part("header", QuoteHeader.LENGTH));
        QuoteBody body = header.version() == 5 ? typedBody(reader, header) : body(reader, header);
        Bytes signedBytes = bytes.slice(0, reader.offset());
        int length = reader.length("signatureLength");
        BinaryReader part = reader.part("signatureData", length);
        QuoteSignature signature = QuoteSignature.read(part, bytes, header.version());
        part.end();
        return new Quote(header, body, signedBytes, signature);
    }

    private static QuoteBody body(BinaryReader reader, QuoteHeader header)
            throws MalformedException {
        return switch (header.teeType()) {
            case SGX -> SgxReport.read(reader.part("body", SgxReport.LENGTH));
            case TDX -> TdReport.read(reader.part("body", TdReport.LENGTH), false);
        };
    }

    /// Version 5 names type and size of the body, and signs both.
    private static QuoteBody typedBody(BinaryReader reader, QuoteHeader header)
            throws MalformedException {
        int typeAt = reader.offset();
        int type = reader.u16("bodyType");
        TeeType teeType = type == BODY_SGX ? TeeType.SGX : TeeType.TDX;
        if (type < BODY_SGX || type > BODY_TD_15 || teeType != header.teeType()) {
            throw reader.malformedAt(
                    "bodyType",
                    typeAt,
                    header.teeType() == TeeType.SGX ? "1 (SGX)" : "2 or 3 (TD 1.0, TD 1.5)",
                    Integer.toString(type));
        }
        int sizeAt = reader.offset();
        long size = reader.u32("bodySize");
        int expected =
                switch (type) {
                    case BODY_SGX -> SgxReport.LENGTH;
                    case BODY_TD_10 -> TdReport.LENGTH;
                    default -> TdReport.LENGTH_15;
                };
        if (size != expected) {
            throw reader.malformedAt(
                    "bodySize", sizeAt, Integer.toString(expected), Long.toString(size));
        }
        BinaryReader part = reader.part("body", expected);
        return type == BODY_SGX ? SgxReport.read(part) : TdReport.read(part, type == BODY_TD_15);
    }
}
