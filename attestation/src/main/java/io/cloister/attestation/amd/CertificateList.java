package io.cloister.attestation.amd;

import io.cloister.attestation.binary.BinaryReader;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import java.util.ArrayList;
import java.util.List;

/// Certificates behind a report as some tools write them in place of a certificate table (the Rust
/// crate `sev`, serialised with bincode): a count of 64 bits; for each a type of 32 bits, a length
/// of 64 and the bytes. A length of 16 is that of a GUID, which belongs to the type and has the
/// length of the certificate behind it. The types' numbers differ between versions, so they are not
/// looked at.
final class CertificateList {
    private static final int MAX = 16;
    private static final int GUID = 16;

    private CertificateList() {}

    /// Whether `bytes` begin as such a list does, which no GUID in use does.
    static boolean isOne(Bytes bytes) {
        return bytes.length() >= Long.BYTES
                && bytes.at(0) >= 1
                && bytes.at(0) <= MAX
                && bytes.slice(1, Long.BYTES - 1).equals(Bytes.copyOf(new byte[Long.BYTES - 1]));
    }

    /// Reads the certificates.
    ///
    /// @throws MalformedException if there are others than the count says, or bytes behind them
    static List<Bytes> parse(Bytes bytes) throws MalformedException {
        BinaryReader reader = BinaryReader.of(bytes, "certificateList");
        long count = reader.u64("count");
        if (count < 1 || count > MAX) {
            throw reader.malformedAt("count", 0, "1 to " + MAX, Long.toUnsignedString(count));
        }
        var certificates = new ArrayList<Bytes>();
        for (int i = 0; i < count; i++) {
            String field = "entries[" + i + "]";
            reader.u32(field + ".type");
            int length = length(reader, field);
            if (length == GUID) {
                reader.bytes(field + ".guid", GUID);
                length = length(reader, field);
            }
            certificates.add(reader.bytes(field + ".certificate", length));
        }
        reader.end();
        return List.copyOf(certificates);
    }

    private static int length(BinaryReader reader, String field) throws MalformedException {
        int at = reader.offset();
        long length = reader.u64(field + ".length");
        if (length < 1 || length > reader.remaining()) {
            throw reader.malformedAt(
                    field + ".length",
                    at,
                    "1 to " + reader.remaining() + " bytes",
                    Long.toUnsignedString(length));
        }
        return (int) length;
    }
}
