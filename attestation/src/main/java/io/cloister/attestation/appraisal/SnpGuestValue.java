package io.cloister.attestation.appraisal;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonObjectBuilder;

/// Exactly one SEV-SNP guest.
///
/// @param name what people call it, 1 to 60 characters
/// @param measurement what it was started from, 48 bytes, not zeros
/// @param hostData what the host says at its start, 32 bytes
/// @param idBlock what it is started with beside
public record SnpGuestValue(String name, Bytes measurement, Bytes hostData, SnpIdBlock idBlock)
        implements SnpValue {
    private static final int LENGTH = 48;

    public SnpGuestValue {
        HardwareValues.requireName(name);
        HexMember.requireMeasured("MEASUREMENT", measurement, LENGTH);
        HexMember.require("HOST_DATA", hostData, HOST_DATA_LENGTH);
    }

    /// A guest that nobody signed and that the host says nothing of.
    public static SnpGuestValue of(String name, Bytes measurement) {
        return new SnpGuestValue(
                name, measurement, HexMember.zeros(HOST_DATA_LENGTH), SnpIdBlock.none());
    }

    static SnpGuestValue readFields(Fields fields) throws MalformedException {
        return new SnpGuestValue(
                HardwareValues.readName(fields),
                HexMember.readMeasured(fields, "measurement", LENGTH),
                HexMember.readOrZeros(fields, "hostData", HOST_DATA_LENGTH),
                SnpIdBlock.read(fields));
    }

    @Override
    public String sentence() {
        return "the SEV-SNP guest \""
                + name
                + "\", whose MEASUREMENT is "
                + measurement.hex()
                + HexMember.sentence("HOST_DATA", hostData)
                + idBlock.sentence();
    }

    @Override
    public Json toJson() {
        JsonObjectBuilder json =
                HardwareValues.begin(this)
                        .put("measurement", measurement.hex())
                        .put("hostData", hostData.hex());
        idBlock.put(json);
        return json.build();
    }
}
