package io.cloister.attestation.appraisal;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;

/// Whatever SEV-SNP guest one signer signed as one product, from one version on: its author trusts
/// the signer with what the guest consists of.
///
/// @param name what people call it, 1 to 60 characters
/// @param idKeyDigest who signed its ID block, 48 bytes
/// @param authorKeyDigest who vouches for the ID key, 48 bytes. One of the two may be zeros: an ID
///   key without author, or with an author any ID key that the author vouches for
/// @param familyId which product family, 16 bytes
/// @param imageId which image, 16 bytes
/// @param minGuestSvn from which version on, 0 to 2^32 - 1
/// @param hostData what the host says at its start, 32 bytes
public record SnpSignerValue(
        String name,
        Bytes idKeyDigest,
        Bytes authorKeyDigest,
        Bytes familyId,
        Bytes imageId,
        long minGuestSvn,
        Bytes hostData)
        implements SnpValue {
    private static final int ID_LENGTH = 16;
    private static final long MAX_U32 = 0xffff_ffffL;

    public SnpSignerValue {
        HardwareValues.requireName(name);
        HexMember.require("ID_KEY_DIGEST", idKeyDigest, DIGEST_LENGTH);
        HexMember.require("AUTHOR_KEY_DIGEST", authorKeyDigest, DIGEST_LENGTH);
        HexMember.require("FAMILY_ID", familyId, ID_LENGTH);
        HexMember.require("IMAGE_ID", imageId, ID_LENGTH);
        HexMember.require("HOST_DATA", hostData, HOST_DATA_LENGTH);
        if (HexMember.isZero(idKeyDigest) && HexMember.isZero(authorKeyDigest)) {
            throw new IllegalArgumentException("a signer has a key");
        }
        if (minGuestSvn < 0 || minGuestSvn > MAX_U32) {
            throw new IllegalArgumentException("GUEST_SVN is 0 to 2^32 - 1");
        }
    }

    static SnpSignerValue readFields(Fields fields) throws MalformedException {
        String name = HardwareValues.readName(fields);
        if (!fields.has("idKeyDigest") && !fields.has("authorKeyDigest")) {
            throw new MalformedException(
                    fields.path("measurement"),
                    "this, or idKeyDigest or authorKeyDigest of a signer",
                    "none of them");
        }
        Bytes idKey = signer(fields, "idKeyDigest");
        Bytes authorKey = signer(fields, "authorKeyDigest");
        if (HexMember.isZero(idKey) && HexMember.isZero(authorKey)) {
            throw new MalformedException(
                    fields.path("idKeyDigest"), "another value than zeros", "zeros");
        }
        return new SnpSignerValue(
                name,
                idKey,
                authorKey,
                HexMember.read(fields, "familyId", ID_LENGTH),
                HexMember.read(fields, "imageId", ID_LENGTH),
                fields.integer("minGuestSvn", 0, MAX_U32),
                HexMember.readOrZeros(fields, "hostData", HOST_DATA_LENGTH));
    }

    private static Bytes signer(Fields fields, String name) throws MalformedException {
        return HexMember.readOrZeros(fields, name, DIGEST_LENGTH);
    }

    @Override
    public String sentence() {
        return "any SEV-SNP guest \""
                + name
                + "\", version "
                + minGuestSvn
                + " or later of image "
                + imageId.hex()
                + " in family "
                + familyId.hex()
                + ", of whoever has "
                + (HexMember.isZero(idKeyDigest)
                        ? "an ID key by the author key whose digest is " + authorKeyDigest.hex()
                        : "the ID key whose digest is " + idKeyDigest.hex());
    }

    @Override
    public Json toJson() {
        return HardwareValues.begin(this)
                .put("idKeyDigest", idKeyDigest.hex())
                .put("authorKeyDigest", authorKeyDigest.hex())
                .put("familyId", familyId.hex())
                .put("imageId", imageId.hex())
                .put("minGuestSvn", minGuestSvn)
                .put("hostData", hostData.hex())
                .build();
    }
}
