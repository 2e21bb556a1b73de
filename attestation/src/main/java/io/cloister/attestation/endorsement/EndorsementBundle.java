package io.cloister.attestation.endorsement;

import io.cloister.attestation.finding.UnknownKindException;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.CanonicalJson;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import java.util.Comparator;
import java.util.List;

/// Endorsements in a file of their own (spec/evidence.md §2.1): with it, Evidence is verified
/// offline, later, anywhere. It vouches for nothing itself: whoever hands it over may have put in
/// what they like, and each Endorsement is believed only for what it chains to.
///
/// @param endorsements ascending by their canonical form, so that one set is one file
public record EndorsementBundle(Endorsements endorsements) {
    /// Value of the `type` member.
    public static final String TYPE = "application/vnd.cloister.endorsements.v1+json";

    /// Largest file in bytes: 2 MiB.
    public static final int MAX_LENGTH = 2 << 20;

    private static final JsonLimits LIMITS = new JsonLimits(MAX_LENGTH, 8, 256);
    private static final String ROOT = "endorsements";

    public EndorsementBundle {
        List<Endorsement> sorted =
                endorsements.all().stream()
                        .sorted(Comparator.comparing(one -> one.toJson().text()))
                        .toList();
        endorsements = new Endorsements(sorted);
    }

    /// Reads a bundle from its canonical bytes.
    ///
    /// @throws MalformedException if the bytes are anything else
    /// @throws UnknownKindException if an Endorsement is of a kind this version doesn't know
    public static EndorsementBundle parse(Bytes canonical)
            throws MalformedException, UnknownKindException {
        Fields fields = Fields.of(CanonicalJson.parse(canonical.toArray(), LIMITS, ROOT), ROOT);
        fields.constant("type", TYPE);
        Endorsements read =
                Endorsements.read(fields.any("endorsements"), fields.path("endorsements"));
        fields.end();
        var bundle = new EndorsementBundle(read);
        if (!bundle.endorsements().equals(read)) {
            throw new MalformedException(
                    fields.path("endorsements"), "ascending order", "another order");
        }
        return bundle;
    }

    /// As JSON.
    public Json toJson() {
        return Json.object().put("type", TYPE).put("endorsements", endorsements.toJson()).build();
    }

    /// The canonical bytes.
    public Bytes canonical() {
        return Bytes.copyOf(toJson().canonical());
    }
}
