package io.cloister.client;

import io.cloister.client.invite.Invitation;
import io.cloister.crypto.SecretBytes;
import io.cloister.crypto.SecretExposure;
import io.cloister.crypto.SigningKey;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;

import java.util.ArrayList;
import java.util.List;

/// What only the Owner's client has.
///
/// @param key signs proposal and agreement
/// @param proposal as signed
/// @param invitations the one that counts now, per person
/// @param agreements all that were signed, first to last; recorded before any was sent
record Ownership(
        SigningKey key, Envelope proposal, List<Issued> invitations, List<Envelope> agreements) {
    private static final int MAX = 256;

    Ownership {
        invitations = List.copyOf(invitations);
        agreements = List.copyOf(agreements);
    }

    /// An invitation that was made.
    ///
    /// @param invitation what was handed over
    /// @param revoked whether it was taken back
    record Issued(Invitation invitation, boolean revoked) {
        static Issued read(Json json, String path) throws MalformedException {
            Fields fields = Fields.of(json, path);
            var issued =
                    new Issued(
                            Invitation.parse(fields.string("invitation", 1, Invitation.MAX_LENGTH)),
                            fields.bool("revoked"));
            fields.end();
            return issued;
        }

        Json toJson() {
            return Json.object()
                    .put("invitation", invitation.text())
                    .put("revoked", revoked)
                    .build();
        }
    }

    /// With `issued` in the place of the same person's earlier one.
    Ownership with(Issued issued) {
        List<Issued> all = new ArrayList<>(invitations);
        all.removeIf(one -> one.invitation().email().equals(issued.invitation().email()));
        all.add(issued);
        return new Ownership(key, proposal, all, agreements);
    }

    /// With `agreement` as the last one signed.
    Ownership with(Envelope agreement) {
        List<Envelope> all = new ArrayList<>(agreements);
        all.add(agreement);
        return new Ownership(key, proposal, invitations, all);
    }

    static Ownership read(Json json, String path) throws MalformedException {
        Fields fields = Fields.of(json, path);
        var ownership =
                new Ownership(
                        seed(fields, "key"),
                        Envelope.read(fields.any("proposal"), fields.path("proposal")),
                        fields.list("invitations", MAX, Issued::read),
                        fields.has("agreements")
                                ? fields.list("agreements", MAX, Envelope::read)
                                : List.of());
        fields.end();
        return ownership;
    }

    Json toJson() {
        return Json.object()
                .put("key", seedText(key))
                .put("proposal", proposal.toJson())
                .put("invitations", invitations.stream().map(Issued::toJson).toList())
                .put("agreements", agreements.stream().map(Envelope::toJson).toList())
                .build();
    }

    static SigningKey seed(Fields fields, String name) throws MalformedException {
        byte[] raw = fields.base64(name, SigningKey.SEED_LENGTH, SigningKey.SEED_LENGTH).toArray();
        return SigningKey.fromSeed(SecretBytes.copyOf(raw, SecretExposure.acknowledged()));
    }

    static String seedText(SigningKey key) {
        var exposure = SecretExposure.acknowledged();
        return Bytes.copyOf(key.seed(exposure).expose(exposure)).base64();
    }

    @Override
    public String toString() {
        return "Ownership[" + invitations.size() + " invitations]";
    }
}
