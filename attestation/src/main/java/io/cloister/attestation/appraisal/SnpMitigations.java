package io.cloister.attestation.appraisal;

import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonObjectBuilder;

import java.util.HexFormat;

/// Mitigations that a policy demands of SEV-SNP firmware, by their bits in the mitigation vectors
/// of a report of version 5 (AMD 56860 table 23). Which weakness a bit stands for is AMD's to say.
/// Reports of earlier versions name none and are refused if any is demanded.
///
/// @param launch bits of LAUNCH_MIT_VECTOR: what was mitigated when the guest was launched
/// @param current bits of CURRENT_MIT_VECTOR: what is mitigated now
public record SnpMitigations(long launch, long current) {
    private static final int LENGTH = Long.BYTES;
    private static final String LAUNCH = "launch";
    private static final String CURRENT = "current";

    /// None.
    public static SnpMitigations none() {
        return new SnpMitigations(0, 0);
    }

    /// Whether any is demanded.
    boolean demanded() {
        return (launch | current) != 0;
    }

    static SnpMitigations read(Json json, String path) throws MalformedException {
        Fields fields = Fields.of(json, path);
        var mitigations = new SnpMitigations(bits(fields, LAUNCH), bits(fields, CURRENT));
        fields.end();
        if (!mitigations.demanded()) {
            throw new MalformedException(path, "launch or current, or no such member", "neither");
        }
        return mitigations;
    }

    private static long bits(Fields fields, String name) throws MalformedException {
        return fields.has(name)
                ? HexFormat.fromHexDigitsToLong(HexMember.readMeasured(fields, name, LENGTH).hex())
                : 0;
    }

    Json toJson() {
        JsonObjectBuilder json = Json.object();
        if (launch != 0) {
            json.put(LAUNCH, digits(launch));
        }
        if (current != 0) {
            json.put(CURRENT, digits(current));
        }
        return json.build();
    }

    /// For people: both vectors.
    static String text(long launch, long current) {
        return "launch 0x" + digits(launch) + ", current 0x" + digits(current);
    }

    private static String digits(long bits) {
        return HexFormat.of().toHexDigits(bits);
    }
}
