package io.cloister.attestation.appraisal;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;

/// Exactly one SEV-SNP guest.
///
/// @param name what people call it, 1 to 60 characters
/// @param measurement what it was started from, 48 bytes, not zeros
/// @param hostData what the host says at its start, 32 bytes
/// @param idKeyDigest who signed its ID block, 48 bytes; zeros for nobody
/// @param authorKeyDigest who vouches for the ID key, 48 bytes; zeros for nobody
public record SnpGuestValue(
        String name, Bytes measurement, Bytes hostData, Bytes idKeyDigest, Bytes authorKeyDigest)
        implements SnpValue {
    public SnpGuestValue {
        HardwareValues.requireName(name);
        HexMember.requireMeasured("MEASUREMENT", measurement, DIGEST_LENGTH);
        HexMember.require("HOST_DATA", hostData, HOST_DATA_LENGTH);
        HexMember.require("ID_KEY_DIGEST", idKeyDigest, DIGEST_LENGTH);
        HexMember.require("AUTHOR_KEY_DIGEST", authorKeyDigest, DIGEST_LENGTH);
    }

    /// A guest that nobody signed and that the host says nothing of.
    public static SnpGuestValue of(String name, Bytes measurement) {
        return new SnpGuestValue(
                name,
                measurement,
                HexMember.zeros(HOST_DATA_LENGTH),
                HexMember.zeros(DIGEST_LENGTH),
                HexMember.zeros(DIGEST_LENGTH));
    }

    static SnpGuestValue readFields(Fields fields) throws MalformedException {
        return new SnpGuestValue(
                HardwareValues.readName(fields),
                HexMember.readMeasured(fields, "measurement", DIGEST_LENGTH),
                HexMember.readOrZeros(fields, "hostData", HOST_DATA_LENGTH),
                HexMember.readOrZeros(fields, "idKeyDigest", DIGEST_LENGTH),
                HexMember.readOrZeros(fields, "authorKeyDigest", DIGEST_LENGTH));
    }

    @Override
    public String sentence() {
        return "the SEV-SNP guest \"" + name + "\", whose MEASUREMENT is " + measurement.hex();
    }

    @Override
    public Json toJson() {
        return HardwareValues.begin(this)
                .put("measurement", measurement.hex())
                .put("hostData", hostData.hex())
                .put("idKeyDigest", idKeyDigest.hex())
                .put("authorKeyDigest", authorKeyDigest.hex())
                .build();
    }
}
