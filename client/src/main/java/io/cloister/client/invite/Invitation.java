package io.cloister.client.invite;

import io.cloister.client.server.Endpoint;
import io.cloister.client.server.ServerUrl;
import io.cloister.crypto.InvitationSecret;
import io.cloister.crypto.SecretBytes;
import io.cloister.crypto.SecretExposure;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Email;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.PublicSigningKey;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.json.CanonicalJson;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import java.util.Arrays;
import java.util.Base64;

/// What the Owner hands to one person: where the computation is, whose key signs it, and two
/// secrets of that person's own.
///
/// Its text is `cloister1` and the base64url (RFC 4648 §5, no padding) of four checksum bytes and a
/// canonical JSON object (spec/invitation.md). It has one form per content.
///
/// **Guaranteed:** a text that was cut, mistyped or altered by accident is refused. **Not
/// guaranteed:** anything against whoever read the text on its way: that person can join in the
/// invited one's place, and both notice only when they compare the agreement's phrase.
///
/// @param endpoint the server, and its certificate's pin where no public authority vouches for it
/// @param computation which
/// @param email whom it invites
/// @param ownerKey the key that signs proposal and agreement
/// @param token single-use enrolment token: access to the server, never identity
/// @param secret proves to the Owner's client that a card came from whoever has this invitation
public record Invitation(
        Endpoint endpoint,
        ComputationId computation,
        Email email,
        PublicSigningKey ownerKey,
        String token,
        InvitationSecret secret) {
    /// Longest text in characters.
    public static final int MAX_LENGTH = 4_096;

    private static final String PREFIX = "cloister1";
    private static final String TYPE = "application/vnd.cloister.invitation.v1+json";
    private static final String NAME = "invitation";
    private static final int CHECKSUM = 4;
    private static final int MIN_TOKEN = 16;
    private static final int MAX_TOKEN = 128;

    public Invitation {
        if (!isToken(token)) {
            throw new IllegalArgumentException(
                    "an enrolment token has 16 to 128 printable characters");
        }
    }

    /// Reads the text; blanks and line breaks that a mail program added are skipped.
    ///
    /// @throws MalformedException if it is no invitation; the message never repeats its secrets
    public static Invitation parse(String text) throws MalformedException {
        if (text.length() > 2 * MAX_LENGTH) {
            throw new MalformedException(
                    NAME, "at most " + MAX_LENGTH + " characters", text.length() + " characters");
        }
        String dense = text.replaceAll("[ \t\r\n]", "");
        if (dense.length() > MAX_LENGTH || !dense.startsWith(PREFIX)) {
            throw new MalformedException(
                    NAME,
                    PREFIX + "… of at most " + MAX_LENGTH + " characters",
                    dense.length() + " other characters");
        }
        return read(payload(dense.substring(PREFIX.length())));
    }

    private static byte[] payload(String base64url) throws MalformedException {
        byte[] bytes;
        try {
            bytes = Base64.getUrlDecoder().decode(base64url);
        } catch (IllegalArgumentException _) {
            throw new MalformedException(NAME, "base64url after " + PREFIX, "something else");
        }
        if (bytes.length <= CHECKSUM || !encode(bytes).equals(base64url)) {
            throw new MalformedException(NAME, "base64url in its one form", "another");
        }
        byte[] payload = Arrays.copyOfRange(bytes, CHECKSUM, bytes.length);
        if (!Arrays.equals(checksum(payload), Arrays.copyOf(bytes, CHECKSUM))) {
            throw new MalformedException(
                    NAME, "the text as it was sent", "one with a mistake or a piece missing");
        }
        return payload;
    }

    private static Invitation read(byte[] payload) throws MalformedException {
        Fields fields = Fields.of(CanonicalJson.parse(payload, JsonLimits.MESSAGE, NAME), NAME);
        fields.constant("type", TYPE);
        var invitation =
                new Invitation(
                        new Endpoint(
                                fields.text("server", ServerUrl::parse),
                                fields.optionalText("pin", Sha256::parse)),
                        fields.text("computation", ComputationId::parse),
                        fields.text("email", Email::parse),
                        fields.text("ownerKey", PublicSigningKey::parse),
                        token(fields),
                        secret(fields));
        fields.end();
        return invitation;
    }

    private static String token(Fields fields) throws MalformedException {
        String token = fields.string("token", 0, MAX_TOKEN);
        if (!isToken(token)) {
            throw new MalformedException(
                    fields.path("token"),
                    "16 to 128 of A-Z a-z 0-9 - _",
                    token.length() + " characters");
        }
        return token;
    }

    private static InvitationSecret secret(Fields fields) throws MalformedException {
        byte[] raw =
                fields.base64("secret", InvitationSecret.LENGTH, InvitationSecret.LENGTH).toArray();
        return InvitationSecret.of(SecretBytes.copyOf(raw, SecretExposure.acknowledged()));
    }

    private static boolean isToken(String token) {
        return token.length() >= MIN_TOKEN
                && token.length() <= MAX_TOKEN
                && token.matches("[A-Za-z0-9_-]+");
    }

    /// The text to hand over. It holds secrets: show it to its addressee only.
    public String text() {
        var json =
                Json.object()
                        .put("type", TYPE)
                        .put("server", endpoint.url().value())
                        .putIfPresent("pin", endpoint.pin())
                        .put("computation", computation.toString())
                        .put("email", email.value())
                        .put("ownerKey", ownerKey.toString())
                        .put("token", token)
                        .put(
                                "secret",
                                Bytes.copyOf(secret.expose(SecretExposure.acknowledged())).base64())
                        .build();
        byte[] payload = json.canonical();
        return PREFIX
                + encode(
                        Bytes.concat(Bytes.copyOf(checksum(payload)), Bytes.copyOf(payload))
                                .toArray());
    }

    private static byte[] checksum(byte[] payload) {
        Sha256 digest = Sha256.of(Bytes.concat(Bytes.utf8(TYPE + "\0"), Bytes.copyOf(payload)));
        return Arrays.copyOf(digest.value().toArray(), CHECKSUM);
    }

    private static String encode(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /// Without the secrets.
    @Override
    public String toString() {
        return "Invitation[" + email + " to " + computation + " at " + endpoint.url() + "]";
    }
}
