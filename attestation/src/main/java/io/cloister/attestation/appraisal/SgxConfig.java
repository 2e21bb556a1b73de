package io.cloister.attestation.appraisal;

import io.cloister.attestation.evidence.EvidenceKind;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.JsonObjectBuilder;

/// How an SGX enclave may be started: none of it is measured, so configuration that the policy
/// doesn't name must be zero, and registers that it doesn't name must have nothing unusual.
///
/// @param id CONFIGID, 64 bytes
/// @param minSvn least CONFIGSVN, 0 to 65535
/// @param registers ATTRIBUTES, XFRM and MISCSELECT
public record SgxConfig(Bytes id, int minSvn, Registers registers) {
    private static final int LENGTH = 64;
    private static final int MAX_SVN = 0xffff;

    public SgxConfig {
        HexMember.require("CONFIGID", id, LENGTH);
        Registers.require(EvidenceKind.SGX, registers);
        if (minSvn < 0 || minSvn > MAX_SVN) {
            throw new IllegalArgumentException("CONFIGSVN is 0 to 65535");
        }
    }

    /// None.
    public static SgxConfig none() {
        return with(Registers.none());
    }

    /// No configuration, and these registers.
    public static SgxConfig with(Registers registers) {
        return new SgxConfig(HexMember.zeros(LENGTH), 0, registers);
    }

    static SgxConfig readFields(Fields fields) throws MalformedException {
        return new SgxConfig(
                HexMember.readOrZeros(fields, "configId", LENGTH),
                fields.has("minConfigSvn") ? (int) fields.integer("minConfigSvn", 0, MAX_SVN) : 0,
                Registers.read(EvidenceKind.SGX, fields));
    }

    /// For people, behind what else a value accepts.
    String sentence() {
        return HexMember.sentence("CONFIGID", id)
                + (minSvn > 0 ? ", with CONFIGSVN " + minSvn + " or more" : "")
                + registers.sentence();
    }

    void put(JsonObjectBuilder json) {
        json.put("configId", id.hex()).put("minConfigSvn", minSvn);
        registers.put(json);
    }
}
