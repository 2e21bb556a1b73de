package io.cloister.attestation.appraisal;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonObjectBuilder;

/// Whatever SGX enclave one signer signed as one product, from one version on: its author trusts
/// the signer with what the enclave consists of.
///
/// @param name what people call it, 1 to 60 characters
/// @param mrSigner who signed, 32 bytes, not zeros
/// @param isvProdId which product, 0 to 65535
/// @param minIsvSvn from which version on, 0 to 65535
/// @param isvFamilyId product family, 16 bytes
/// @param isvExtProdId extended product id, 16 bytes
/// @param config its configuration
public record SgxSignerValue(
        String name,
        Bytes mrSigner,
        int isvProdId,
        int minIsvSvn,
        Bytes isvFamilyId,
        Bytes isvExtProdId,
        SgxConfig config)
        implements SgxValue {
    private static final int LENGTH = 32;
    private static final int ID_LENGTH = 16;
    private static final int MAX_U16 = 0xffff;

    public SgxSignerValue {
        HardwareValues.requireName(name);
        HexMember.requireMeasured("MRSIGNER", mrSigner, LENGTH);
        HexMember.require("ISVFAMILYID", isvFamilyId, ID_LENGTH);
        HexMember.require("ISVEXTPRODID", isvExtProdId, ID_LENGTH);
        if (isvProdId < 0 || isvProdId > MAX_U16 || minIsvSvn < 0 || minIsvSvn > MAX_U16) {
            throw new IllegalArgumentException("ISVPRODID and ISVSVN are 0 to 65535");
        }
    }

    static SgxSignerValue readFields(Fields fields) throws MalformedException {
        return new SgxSignerValue(
                HardwareValues.readName(fields),
                HexMember.readMeasured(fields, "mrSigner", LENGTH),
                (int) fields.integer("isvProdId", 0, MAX_U16),
                (int) fields.integer("minIsvSvn", 0, MAX_U16),
                HexMember.readOrZeros(fields, "isvFamilyId", ID_LENGTH),
                HexMember.readOrZeros(fields, "isvExtProdId", ID_LENGTH),
                SgxConfig.readFields(fields));
    }

    @Override
    public String sentence() {
        return "any SGX enclave \""
                + name
                + "\", which is product "
                + isvProdId
                + ", version "
                + minIsvSvn
                + " or later, of whoever has the key whose MRSIGNER is "
                + mrSigner.hex()
                + HexMember.sentence("ISVFAMILYID", isvFamilyId)
                + HexMember.sentence("ISVEXTPRODID", isvExtProdId)
                + config.sentence();
    }

    @Override
    public Json toJson() {
        JsonObjectBuilder json =
                HardwareValues.begin(this)
                        .put("mrSigner", mrSigner.hex())
                        .put("isvProdId", isvProdId)
                        .put("minIsvSvn", minIsvSvn)
                        .put("isvFamilyId", isvFamilyId.hex())
                        .put("isvExtProdId", isvExtProdId.hex());
        config.put(json);
        return json.build();
    }
}
