package io.cloister.attestation.evidence;

import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.finding.UnknownKindException;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.CanonicalJson;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

/// Evidence with the Endorsements needed to verify it: what an enclave's platform answers, what is
/// published with an identity, and what a receipt carries (spec/evidence.md §2).
///
/// @param evidence the signed claims
/// @param endorsements what vouches for their signer
public record EvidenceBundle(Evidence evidence, Endorsements endorsements) {
    /// Value of the `type` member.
    public static final String TYPE = "application/vnd.cloister.evidence-bundle.v1+json";

    private static final String ROOT = "evidence";

    /// Reads a bundle from its canonical bytes, at most 64 KiB.
    ///
    /// @throws MalformedException if the bytes are anything else
    /// @throws UnknownKindException if Evidence or an Endorsement is of a kind this version doesn't
    ///   know
    public static EvidenceBundle parse(Bytes canonical)
            throws MalformedException, UnknownKindException {
        return read(CanonicalJson.parse(canonical.toArray(), JsonLimits.MESSAGE, ROOT), ROOT);
    }

    /// Reads a bundle that is part of another document.
    ///
    /// @throws MalformedException if it has another form, naming `path`
    /// @throws UnknownKindException if Evidence or an Endorsement is of a kind this version doesn't
    ///   know
    public static EvidenceBundle read(Json json, String path)
            throws MalformedException, UnknownKindException {
        Fields fields = Fields.of(json, path);
        fields.constant("type", TYPE);
        var bundle =
                new EvidenceBundle(
                        Evidence.read(fields.any("evidence"), fields.path("evidence")),
                        Endorsements.read(fields.any("endorsements"), fields.path("endorsements")));
        fields.end();
        return bundle;
    }

    /// As JSON.
    public Json toJson() {
        return Json.object()
                .put("type", TYPE)
                .put("evidence", evidence.toJson())
                .put("endorsements", endorsements.toJson())
                .build();
    }

    /// The canonical bytes.
    public Bytes canonical() {
        return Bytes.copyOf(toJson().canonical());
    }
}
