package io.cloister.attestation.appraisal;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonObjectBuilder;

/// Exactly one SGX enclave.
///
/// @param name what people call it, 1 to 60 characters
/// @param mrEnclave what it consists of, 32 bytes, not zeros
/// @param config its configuration
public record SgxEnclaveValue(String name, Bytes mrEnclave, SgxConfig config) implements SgxValue {
    private static final int LENGTH = 32;

    public SgxEnclaveValue {
        HardwareValues.requireName(name);
        HexMember.requireMeasured("MRENCLAVE", mrEnclave, LENGTH);
    }

    static SgxEnclaveValue readFields(Fields fields) throws MalformedException {
        return new SgxEnclaveValue(
                HardwareValues.readName(fields),
                HexMember.readMeasured(fields, "mrEnclave", LENGTH),
                SgxConfig.readFields(fields));
    }

    @Override
    public String sentence() {
        return "the SGX enclave \""
                + name
                + "\", whose MRENCLAVE is "
                + mrEnclave.hex()
                + ", whoever signed it"
                + config.sentence();
    }

    @Override
    public Json toJson() {
        JsonObjectBuilder json = HardwareValues.begin(this).put("mrEnclave", mrEnclave.hex());
        config.put(json);
        return json.build();
    }
}
