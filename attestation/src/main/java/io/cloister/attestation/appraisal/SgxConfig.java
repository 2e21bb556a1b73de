package io.cloister.attestation.appraisal;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.JsonObjectBuilder;

/// The configuration that an SGX enclave may be given when it is started: not measured, so what the
/// policy doesn't name must be zero.
///
/// @param id CONFIGID, 64 bytes
/// @param minSvn least CONFIGSVN, 0 to 65535
public record SgxConfig(Bytes id, int minSvn) {
    private static final int LENGTH = 64;
    private static final int MAX_SVN = 0xffff;

    public SgxConfig {
        HexMember.require("CONFIGID", id, LENGTH);
        if (minSvn < 0 || minSvn > MAX_SVN) {
            throw new IllegalArgumentException("CONFIGSVN is 0 to 65535");
        }
    }

    /// None.
    public static SgxConfig none() {
        return new SgxConfig(HexMember.zeros(LENGTH), 0);
    }

    static SgxConfig readFields(Fields fields) throws MalformedException {
        return new SgxConfig(
                HexMember.readOrZeros(fields, "configId", LENGTH),
                fields.has("minConfigSvn") ? (int) fields.integer("minConfigSvn", 0, MAX_SVN) : 0);
    }

    void put(JsonObjectBuilder json) {
        json.put("configId", id.hex()).put("minConfigSvn", minSvn);
    }
}
