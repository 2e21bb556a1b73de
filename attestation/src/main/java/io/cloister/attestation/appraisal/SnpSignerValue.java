package io.cloister.attestation.appraisal;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonObjectBuilder;

/// Whatever SEV-SNP guest one signer signed as one product, from one version on: its author trusts
/// the signer with what the guest consists of.
///
/// @param name what people call it, 1 to 60 characters
/// @param hostData what the host says at its start, 32 bytes
/// @param idBlock which product, and whose: by an ID key without author, by one that an author
///   vouches for, or with zeros for the ID key by any that the author vouches for
public record SnpSignerValue(String name, Bytes hostData, SnpIdBlock idBlock) implements SnpValue {
    public SnpSignerValue {
        HardwareValues.requireName(name);
        HexMember.require("HOST_DATA", hostData, HOST_DATA_LENGTH);
        if (!idBlock.isSigned()) {
            throw new IllegalArgumentException("a signer has a key");
        }
    }

    static SnpSignerValue readFields(Fields fields) throws MalformedException {
        return new SnpSignerValue(
                HardwareValues.readName(fields),
                HexMember.readOrZeros(fields, "hostData", HOST_DATA_LENGTH),
                SnpIdBlock.readSigned(fields));
    }

    @Override
    public String sentence() {
        return "any SEV-SNP guest \""
                + name
                + "\", version "
                + idBlock.minGuestSvn()
                + " or later of image "
                + idBlock.imageId().hex()
                + " in family "
                + idBlock.familyId().hex()
                + ", of whoever has "
                + (HexMember.isZero(idBlock.idKeyDigest())
                        ? "an ID key by the author key whose digest is "
                                + idBlock.authorKeyDigest().hex()
                        : "the ID key whose digest is "
                                + idBlock.idKeyDigest().hex()
                                + HexMember.sentence(
                                        "AUTHOR_KEY_DIGEST", idBlock.authorKeyDigest()))
                + HexMember.sentence("HOST_DATA", hostData);
    }

    @Override
    public Json toJson() {
        JsonObjectBuilder json = HardwareValues.begin(this).put("hostData", hostData.hex());
        idBlock.put(json);
        return json.build();
    }
}
