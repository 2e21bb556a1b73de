package io.cloister.attestation.endorsement;

import io.cloister.attestation.finding.UnknownKindException;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.PublicSigningKey;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;

/// Endorsements for a piece of Evidence: those that travel with it, those that were fetched or
/// given for it, or all together.
///
/// @param all each once
public record Endorsements(List<Endorsement> all) {
    /// Most that one source may give: Evidence, a file, a service.
    public static final int MAX = 16;

    /// Most of all sources together. Whatever one of them gives, there is room for what the others
    /// give.
    public static final int MAX_TOGETHER = 3 * MAX;

    /// Most bytes of a certificate.
    public static final int MAX_CERTIFICATE = 16 * 1024;

    /// Most bytes of a revocation list, and of an answer of a vendor's service.
    public static final int MAX_ANSWER = 64 * 1024;

    public Endorsements {
        all = List.copyOf(all);
        if (all.size() > MAX_TOGETHER || new HashSet<>(all).size() != all.size()) {
            throw new IllegalArgumentException(
                    "at most " + MAX_TOGETHER + " endorsements, each once");
        }
    }

    /// The root of a simulated platform alone.
    public static Endorsements simulated(PublicSigningKey root) {
        return new Endorsements(List.of(new Endorsement.SimulatedRoot(root)));
    }

    /// Reads an array of endorsements.
    ///
    /// @throws MalformedException if one has another form, naming `path`
    /// @throws UnknownKindException if one is of a kind this version doesn't know
    public static Endorsements read(Json json, String path)
            throws MalformedException, UnknownKindException {
        if (!(json instanceof Json.Arr(var elements)) || elements.size() > MAX) {
            throw new MalformedException(
                    path, "an array of at most " + MAX + " endorsements", "something else");
        }
        var all = new ArrayList<Endorsement>();
        for (int i = 0; i < elements.size(); i++) {
            String at = path + "[" + i + "]";
            Endorsement endorsement = readOne(elements.get(i), at);
            if (all.contains(endorsement)) {
                throw new MalformedException(at, "each endorsement once", endorsement.toString());
            }
            all.add(endorsement);
        }
        return new Endorsements(all);
    }

    /// None.
    public static Endorsements none() {
        return new Endorsements(List.of());
    }

    /// These and `more`, of another source, each once.
    ///
    /// @throws MalformedException if there are more than [#MAX_TOGETHER], naming `path`
    public Endorsements with(Endorsements more, String path) throws MalformedException {
        var both = new LinkedHashSet<Endorsement>(all);
        both.addAll(more.all);
        if (both.size() > MAX_TOGETHER) {
            throw new MalformedException(
                    path, "at most " + MAX_TOGETHER + " endorsements in all", both.size() + "");
        }
        return new Endorsements(List.copyOf(both));
    }

    /// As a JSON array.
    public Json toJson() {
        return Json.array(all.stream().map(Endorsement::toJson).toList());
    }

    private static Endorsement readOne(Json json, String path)
            throws MalformedException, UnknownKindException {
        Fields fields = Fields.of(json, path);
        String kind = fields.string("kind", 1, 40);
        Endorsement endorsement =
                switch (kind) {
                    case Endorsement.SimulatedRoot.KIND ->
                            new Endorsement.SimulatedRoot(
                                    fields.text("root", PublicSigningKey::parse));
                    case Endorsement.X509.KIND ->
                            new Endorsement.X509(fields.base64("der", 1, MAX_CERTIFICATE));
                    case Endorsement.Crl.KIND ->
                            new Endorsement.Crl(fields.base64("der", 1, MAX_ANSWER));
                    case Endorsement.TcbInfo.KIND ->
                            new Endorsement.TcbInfo(fields.base64("answer", 1, MAX_ANSWER));
                    case Endorsement.QeIdentity.KIND ->
                            new Endorsement.QeIdentity(fields.base64("answer", 1, MAX_ANSWER));
                    default -> throw new UnknownKindException("endorsement", kind);
                };
        fields.end();
        return endorsement;
    }
}
