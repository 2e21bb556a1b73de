package io.cloister.attestation.appraisal;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.JsonObjectBuilder;

/// What the ID block says that a SEV-SNP guest is started with, and who signed it (AMD 56860,
/// SNP_LAUNCH_FINISH). The host chooses it, and the firmware checks its signatures. A guest without
/// has zeros.
///
/// @param idKeyDigest who signed it, 48 bytes; zeros for nobody
/// @param authorKeyDigest who vouches for the ID key, 48 bytes; zeros for nobody
/// @param familyId which product family, 16 bytes
/// @param imageId which image, 16 bytes
/// @param minGuestSvn from which version on, 0 to 2^32 - 1
public record SnpIdBlock(
        Bytes idKeyDigest, Bytes authorKeyDigest, Bytes familyId, Bytes imageId, long minGuestSvn) {
    /// Length of a key's digest, in bytes.
    static final int DIGEST_LENGTH = 48;

    private static final int ID_LENGTH = 16;
    private static final long MAX_U32 = 0xffff_ffffL;

    public SnpIdBlock {
        HexMember.require("ID_KEY_DIGEST", idKeyDigest, DIGEST_LENGTH);
        HexMember.require("AUTHOR_KEY_DIGEST", authorKeyDigest, DIGEST_LENGTH);
        HexMember.require("FAMILY_ID", familyId, ID_LENGTH);
        HexMember.require("IMAGE_ID", imageId, ID_LENGTH);
        if (minGuestSvn < 0 || minGuestSvn > MAX_U32) {
            throw new IllegalArgumentException("GUEST_SVN is 0 to 2^32 - 1");
        }
    }

    /// None.
    public static SnpIdBlock none() {
        return new SnpIdBlock(
                HexMember.zeros(DIGEST_LENGTH),
                HexMember.zeros(DIGEST_LENGTH),
                HexMember.zeros(ID_LENGTH),
                HexMember.zeros(ID_LENGTH),
                0);
    }

    /// Reads one of which each member may be absent.
    static SnpIdBlock read(Fields fields) throws MalformedException {
        return new SnpIdBlock(
                HexMember.readOrZeros(fields, "idKeyDigest", DIGEST_LENGTH),
                HexMember.readOrZeros(fields, "authorKeyDigest", DIGEST_LENGTH),
                HexMember.readOrZeros(fields, "familyId", ID_LENGTH),
                HexMember.readOrZeros(fields, "imageId", ID_LENGTH),
                fields.has("minGuestSvn") ? fields.integer("minGuestSvn", 0, MAX_U32) : 0);
    }

    /// Reads one that must say which product it is about, and whose.
    static SnpIdBlock readSigned(Fields fields) throws MalformedException {
        if (!fields.has("idKeyDigest") && !fields.has("authorKeyDigest")) {
            throw new MalformedException(
                    fields.path("measurement"),
                    "this, or idKeyDigest or authorKeyDigest of a signer",
                    "none of them");
        }
        for (String name : new String[] {"familyId", "imageId", "minGuestSvn"}) {
            fields.any(name);
        }
        SnpIdBlock block = read(fields);
        if (!block.isSigned()) {
            throw new MalformedException(
                    fields.path("idKeyDigest"), "another value than zeros", "zeros");
        }
        return block;
    }

    /// Whether it names a key.
    boolean isSigned() {
        return !HexMember.isZero(idKeyDigest) || !HexMember.isZero(authorKeyDigest);
    }

    /// For people, behind what else a value accepts.
    String sentence() {
        return HexMember.sentence("ID_KEY_DIGEST", idKeyDigest)
                + HexMember.sentence("AUTHOR_KEY_DIGEST", authorKeyDigest)
                + HexMember.sentence("FAMILY_ID", familyId)
                + HexMember.sentence("IMAGE_ID", imageId)
                + (minGuestSvn > 0 ? ", with GUEST_SVN " + minGuestSvn + " or more" : "");
    }

    void put(JsonObjectBuilder json) {
        json.put("idKeyDigest", idKeyDigest.hex())
                .put("authorKeyDigest", authorKeyDigest.hex())
                .put("familyId", familyId.hex())
                .put("imageId", imageId.hex())
                .put("minGuestSvn", minGuestSvn);
    }
}
