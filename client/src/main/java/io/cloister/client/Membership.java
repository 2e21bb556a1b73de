package io.cloister.client;

import io.cloister.client.server.Endpoint;
import io.cloister.client.server.ServerUrl;
import io.cloister.crypto.InvitationSecret;
import io.cloister.crypto.SecretBytes;
import io.cloister.crypto.SecretExposure;
import io.cloister.crypto.keystore.ParticipantKeys;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Email;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.PublicSigningKey;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// All that one person's client keeps of one computation, secrets included; the keys are a record
/// of their own.
///
/// @param endpoint the server
/// @param computation which
/// @param email as whom
/// @param ownerKey the Owner's key, from the invitation or one's own
/// @param accessToken for the server, where it is for this computation only
/// @param secret of the invitation
/// @param keys once joined
/// @param ownership for the Owner
/// @param history what this client did and saw
record Membership(
        Endpoint endpoint,
        ComputationId computation,
        Email email,
        PublicSigningKey ownerKey,
        Optional<String> accessToken,
        Optional<InvitationSecret> secret,
        Optional<Keys> keys,
        Optional<Ownership> ownership,
        History history) {
    private static final String TYPE = "application/vnd.cloister.membership.v1+json";

    Place place() {
        return new Place(endpoint.url(), computation);
    }

    Membership with(Keys changed) {
        return new Membership(
                endpoint,
                computation,
                email,
                ownerKey,
                accessToken,
                secret,
                Optional.of(changed),
                ownership,
                history);
    }

    /// With `fresh` unless there are keys.
    Membership withNew(Keys fresh) {
        return keys.isPresent() ? this : with(fresh);
    }

    Membership with(Ownership changed) {
        return new Membership(
                endpoint,
                computation,
                email,
                ownerKey,
                accessToken,
                secret,
                keys,
                Optional.of(changed),
                history);
    }

    Membership with(History changed) {
        return new Membership(
                endpoint,
                computation,
                email,
                ownerKey,
                accessToken,
                secret,
                keys,
                ownership,
                changed);
    }

    Membership with(InvitationSecret given, Optional<String> token) {
        return new Membership(
                endpoint,
                computation,
                email,
                ownerKey,
                token.or(() -> accessToken),
                Optional.of(given),
                keys,
                ownership,
                history);
    }

    static Membership read(Json json, Optional<ParticipantKeys> stored) throws MalformedException {
        Fields fields = Fields.of(json, "membership");
        fields.constant("type", TYPE);
        var membership =
                new Membership(
                        new Endpoint(
                                fields.text("server", ServerUrl::parse),
                                fields.optionalText("pin", Sha256::parse)),
                        fields.text("computation", ComputationId::parse),
                        fields.text("email", Email::parse),
                        fields.text("ownerKey", PublicSigningKey::parse),
                        fields.optionalText("accessToken", (text, path) -> text),
                        fields.optionalText("secret", Membership::secret),
                        keys(fields, stored),
                        fields.optional("ownership", Ownership::read),
                        History.read(fields.any("history"), fields.path("history")));
        fields.end();
        return membership;
    }

    private static Optional<Keys> keys(Fields fields, Optional<ParticipantKeys> stored)
            throws MalformedException {
        Optional<Envelope> card = fields.optional("card", Envelope::read);
        return stored.map(keys -> new Keys(keys, card));
    }

    private static InvitationSecret secret(String text, String path) throws MalformedException {
        byte[] raw = Bytes.fromBase64(text, path).toArray();
        if (raw.length != InvitationSecret.LENGTH) {
            throw new MalformedException(path, "16 bytes", raw.length + " bytes");
        }
        return InvitationSecret.of(SecretBytes.copyOf(raw, SecretExposure.acknowledged()));
    }

    Json toJson() {
        var json =
                Json.object()
                        .put("type", TYPE)
                        .put("server", endpoint.url().value())
                        .putIfPresent("pin", endpoint.pin())
                        .put("computation", computation.toString())
                        .put("email", email.value())
                        .put("ownerKey", ownerKey.toString())
                        .putIfPresent("accessToken", accessToken)
                        .putIfPresent(
                                "secret",
                                secret.map(it ->
                                        Bytes.copyOf(it.expose(SecretExposure.acknowledged()))
                                                .base64()))
                        .put("history", history.toJson());
        keys.flatMap(Keys::card).ifPresent(it -> json.put("card", it.toJson()));
        ownership.ifPresent(it -> json.put("ownership", it.toJson()));
        return json.build();
    }

    /// Without the secrets.
    @Override
    public String toString() {
        return "Membership[" + email + " in " + place() + "]";
    }

    /// What this client did and saw in a computation; nothing is ever taken out but inputs.
    ///
    /// @param proposal digest of the proposal that was joined
    /// @param code digest of the code statement this client registered last
    /// @param agreement digest of the agreement last granted under, if any
    /// @param inputs uploaded, in the order user code reads them
    /// @param grants in the order they were first made
    /// @param submitted input lists for further runs
    /// @param accepted runs whose result was accepted
    record History(
            Optional<Sha256> proposal,
            Optional<Sha256> code,
            Optional<Sha256> agreement,
            List<StoredInput> inputs,
            List<GrantRecord> grants,
            List<SubmittedInputs> submitted,
            List<AcceptedRun> accepted) {
        private static final int MAX = 100_000;

        History {
            inputs = List.copyOf(inputs);
            grants = List.copyOf(grants);
            submitted = List.copyOf(submitted);
            accepted = List.copyOf(accepted);
        }

        static History empty() {
            return new History(
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    List.of(),
                    List.of(),
                    List.of(),
                    List.of());
        }

        History withProposal(Sha256 digest) {
            return new History(
                    Optional.of(digest), code, agreement, inputs, grants, submitted, accepted);
        }

        History withAgreement(Sha256 digest) {
            return new History(
                    proposal, code, Optional.of(digest), inputs, grants, submitted, accepted);
        }

        History withCode(Optional<Sha256> digest) {
            return new History(proposal, digest, agreement, inputs, grants, submitted, accepted);
        }

        History withInputs(List<StoredInput> changed) {
            return new History(proposal, code, agreement, changed, grants, submitted, accepted);
        }

        /// With `grant` at the end, or in the place of the earlier one for the same enclave.
        History with(GrantRecord grant) {
            List<GrantRecord> all = new ArrayList<>(grants);
            Optional<GrantRecord> before = grantTo(grant.identity());
            if (before.isPresent()) {
                all.set(all.indexOf(before.get()), grant);
            } else {
                all.add(grant);
            }
            return new History(proposal, code, agreement, inputs, all, submitted, accepted);
        }

        /// With `list` at the end, or in the place of the earlier one for the same run.
        History with(SubmittedInputs list) {
            List<SubmittedInputs> all = new ArrayList<>(submitted);
            all.removeIf(one -> one.identity().equals(list.identity()) && one.run() == list.run());
            all.add(list);
            return new History(proposal, code, agreement, inputs, grants, all, accepted);
        }

        History with(AcceptedRun run) {
            List<AcceptedRun> all = new ArrayList<>(accepted);
            all.add(run);
            return new History(proposal, code, agreement, inputs, grants, submitted, all);
        }

        Optional<GrantRecord> grantTo(Sha256 identity) {
            return grants.stream().filter(one -> one.identity().equals(identity)).findFirst();
        }

        static History read(Json json, String path) throws MalformedException {
            Fields fields = Fields.of(json, path);
            var history =
                    new History(
                            fields.optionalText("proposal", Sha256::parse),
                            fields.optionalText("code", Sha256::parse),
                            fields.optionalText("agreement", Sha256::parse),
                            fields.list("inputs", MAX, StoredInput::read),
                            fields.list("grants", MAX, GrantRecord::read),
                            fields.list("submitted", MAX, SubmittedInputs::read),
                            fields.list("accepted", MAX, AcceptedRun::read));
            fields.end();
            return history;
        }

        Json toJson() {
            return Json.object()
                    .putIfPresent("proposal", proposal)
                    .putIfPresent("code", code)
                    .putIfPresent("agreement", agreement)
                    .put("inputs", inputs.stream().map(StoredInput::toJson).toList())
                    .put("grants", grants.stream().map(GrantRecord::toJson).toList())
                    .put("submitted", submitted.stream().map(SubmittedInputs::toJson).toList())
                    .put("accepted", accepted.stream().map(AcceptedRun::toJson).toList())
                    .build();
        }
    }
}
