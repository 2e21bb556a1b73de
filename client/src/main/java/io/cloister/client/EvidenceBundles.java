package io.cloister.client;

import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.evidence.Evidence;
import io.cloister.attestation.evidence.EvidenceBundle;
import io.cloister.attestation.finding.UnknownKindException;
import io.cloister.client.server.Published;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.CanonicalJson;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

/// Evidence and Endorsements as an agent published them, put together.
final class EvidenceBundles {
    private EvidenceBundles() {}

    static EvidenceBundle of(Published published) throws MalformedException, UnknownKindException {
        return new EvidenceBundle(
                Evidence.read(canonical(published.evidence().toArray(), "evidence"), "evidence"),
                Endorsements.read(
                        canonical(published.endorsements().toArray(), "endorsements"),
                        "endorsements"));
    }

    private static Json canonical(byte[] bytes, String path) throws MalformedException {
        return CanonicalJson.parse(bytes, JsonLimits.MESSAGE, path);
    }
}
