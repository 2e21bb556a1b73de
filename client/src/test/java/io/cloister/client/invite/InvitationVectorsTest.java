package io.cloister.client.invite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.cloister.client.server.Endpoint;
import io.cloister.client.server.ServerUrl;
import io.cloister.crypto.InvitationSecret;
import io.cloister.crypto.SecretBytes;
import io.cloister.crypto.SecretExposure;
import io.cloister.crypto.SigningKey;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Email;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;
import io.cloister.protocol.json.JsonObjectBuilder;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/// Makes and runs spec/vectors/invitation.json; spec/vectors/README.md says how to write it anew.
/// Its keys and secrets are made from seeds that anybody can read here.
final class InvitationVectorsTest {
    private static final String TYPE = "application/vnd.cloister.invitation.v1+json";
    private static final JsonLimits LIMITS = new JsonLimits(1 << 20, 16, 10_000);

    private final List<Json> vectors = new ArrayList<>();

    private static Path file() {
        return Path.of(Objects.requireNonNull(System.getProperty("cloister.root")))
                .resolve("spec/vectors/invitation.json");
    }

    private static SecretBytes seed(String text, int length) {
        byte[] bytes = Sha256.of(Bytes.utf8(text)).value().toArray();
        return SecretBytes.copyOf(Arrays.copyOf(bytes, length), SecretExposure.acknowledged());
    }

    private static Invitation good(Optional<Sha256> pin) {
        return new Invitation(
                new Endpoint(new ServerUrl("https://cloister.example.org:8443"), pin),
                new ComputationId(Bytes.utf8("0123456789abcdef")),
                new Email("anna@example.org"),
                SigningKey.fromSeed(seed("owner", 32)).publicKey(),
                "an-enrolment-token_0",
                InvitationSecret.of(seed("invitation", InvitationSecret.LENGTH)));
    }

    private static byte[] payload(Invitation invitation) {
        byte[] raw =
                Base64.getUrlDecoder().decode(invitation.text().substring("cloister1".length()));
        return Arrays.copyOfRange(raw, 4, raw.length);
    }

    /// A text with a checksum that fits, whatever its payload is.
    private static String text(String payload) {
        byte[] bytes = payload.getBytes(StandardCharsets.UTF_8);
        Sha256 digest = Sha256.of(Bytes.concat(Bytes.utf8(TYPE + "\0"), Bytes.copyOf(bytes)));
        byte[] raw =
                Bytes.concat(
                                Bytes.copyOf(Arrays.copyOf(digest.value().toArray(), 4)),
                                Bytes.copyOf(bytes))
                        .toArray();
        return "cloister1" + Base64.getUrlEncoder().withoutPadding().encodeToString(raw);
    }

    private static Json.Obj object(byte[] payload) throws MalformedException {
        return (Json.Obj) Json.parse(payload, LIMITS, "payload");
    }

    private void accepted(String id, String comment, String text, byte[] payload)
            throws MalformedException {
        add(
                id,
                comment,
                text,
                Json.object().put("outcome", "accepted").put("payload", object(payload)));
    }

    private void refused(String id, String comment, String stage, String text) {
        add(id, comment, text, Json.object().put("outcome", "refused").put("stage", stage));
    }

    private void member(String id, String comment, Json.Obj good, String name, Json value) {
        Map<String, Json> members = new LinkedHashMap<>(good.members());
        members.put(name, value);
        add(
                id,
                comment,
                text(new String(new Json.Obj(members).canonical(), StandardCharsets.UTF_8)),
                Json.object()
                        .put("outcome", "refused")
                        .put("stage", "field")
                        .put("path", "invitation." + name));
    }

    private void add(String id, String comment, String text, JsonObjectBuilder expected) {
        vectors.add(
                Json.object()
                        .put("id", id)
                        .put("comment", comment)
                        .put("input", Json.object().put("text", text).build())
                        .put("expected", expected.build())
                        .build());
    }

    private String made() throws MalformedException {
        Invitation plain = good(Optional.empty());
        String text = plain.text();
        byte[] payload = payload(plain);
        String json = new String(payload, StandardCharsets.UTF_8);
        accepted("good", "the server has a certificate of a public authority", text, payload);
        Invitation pinned = good(Optional.of(Sha256.of(Bytes.utf8("certificate"))));
        accepted("pinned", "with a certificate's pin", pinned.text(), payload(pinned));
        accepted(
                "broken-lines",
                "as a mail program breaks it",
                " " + text.substring(0, 40) + "\r\n\t " + text.substring(40) + "\n",
                payload);
        refused("prefix", "another version", "text", text.replace("cloister1", "cloister2"));
        refused("upper-case", "the prefix in capitals", "text", text.replace("clo", "Clo"));
        refused("nothing", "nothing after the prefix", "text", "cloister1");
        refused("padding", "base64 with padding", "text", text + "=");
        refused(
                "alphabet",
                "a character of the other base64",
                "text",
                text.substring(0, 20) + "+" + text.substring(21));
        refused("no-break-space", "a blank that mail programs don't add", "text", text + "\u00a0");
        refused("long", "4,097 characters", "text", "cloister1" + "A".repeat(4_088));
        refused(
                "spelling",
                "unused bits of the last character are not zero",
                "text",
                respelled(text));
        refused("cut", "its last byte is missing", "checksum", cut(text));
        refused(
                "mistyped",
                "one other character",
                "checksum",
                text.substring(0, 30) + (text.charAt(30) == 'A' ? 'B' : 'A') + text.substring(31));
        refused("blank", "a blank before the payload", "canonical", text(" " + json));
        refused(
                "order",
                "members in another order",
                "canonical",
                text(
                        json.replaceFirst(
                                "\\{(\"computation\":\"[^\"]*\"),(\"email\":\"[^\"]*\")",
                                "{$2,$1")));
        refused(
                "no-json",
                "a payload cut before its end",
                "json",
                text(json.substring(0, json.length() - 1)));
        Json.Obj good = object(payload);
        for (String name : good.members().keySet()) {
            Map<String, Json> members = new LinkedHashMap<>(good.members());
            members.remove(name);
            refused(
                    "without-" + name,
                    "one member too few",
                    "field",
                    text(new String(new Json.Obj(members).canonical(), StandardCharsets.UTF_8)));
        }
        Map<String, Json> more = new LinkedHashMap<>(good.members());
        more.put("more", Json.of(1));
        refused(
                "more",
                "one member too many",
                "field",
                text(new String(new Json.Obj(more).canonical(), StandardCharsets.UTF_8)));
        member(
                "type",
                "the label of another document",
                good,
                "type",
                Json.of("application/vnd.cloister.card.v1+json"));
        member(
                "plain-http",
                "clear text beyond this machine",
                good,
                "server",
                Json.of("http://cloister.example.org"));
        member(
                "server-path",
                "an address with a path",
                good,
                "server",
                Json.of("https://cloister.example.org/x"));
        member(
                "server-user",
                "an address with a user",
                good,
                "server",
                Json.of("https://a@cloister.example.org"));
        member(
                "default-port",
                "an address with the default port",
                good,
                "server",
                Json.of("https://cloister.example.org:443"));
        member("pin", "a pin cut short", good, "pin", Json.of("sha256:00"));
        member(
                "computation",
                "capitals in an id",
                good,
                "computation",
                Json.of("ABCDEF00112233445566778899AABBCC"));
        member("email", "capitals in an e-mail", good, "email", Json.of("Anna@example.org"));
        member(
                "small-order-key",
                "a key of small order",
                good,
                "ownerKey",
                Json.of("ed25519:01" + "00".repeat(31)));
        member("token-short", "15 characters", good, "token", Json.of("a".repeat(15)));
        member("token-long", "129 characters", good, "token", Json.of("a".repeat(129)));
        member("token-blank", "a blank in the token", good, "token", Json.of("an enrolment token"));
        member("secret-short", "15 bytes", good, "secret", Json.of("AAAAAAAAAAAAAAAAAAAA"));
        member("secret-long", "17 bytes", good, "secret", Json.of("AAAAAAAAAAAAAAAAAAAAAAA="));
        List<String> lines = vectors.stream().map(InvitationVectorsTest::line).toList();
        return "{\n\"about\": "
                + Json.of(
                                "Invitations (invitation.md): what their payload says, or the stage"
                                        + " at which they are refused.")
                        .text()
                + ",\n\"vectors\": [\n"
                + String.join(",\n", lines)
                + "\n]\n}\n";
    }

    private static String cut(String text) {
        byte[] raw = Base64.getUrlDecoder().decode(text.substring("cloister1".length()));
        return "cloister1"
                + Base64.getUrlEncoder()
                        .withoutPadding()
                        .encodeToString(Arrays.copyOf(raw, raw.length - 1));
    }

    /// The same bytes, with an unused bit of the last character set. The text's length is no
    /// multiple of four, so that there are such bits.
    private static String respelled(String text) {
        String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        assertFalse((text.length() - "cloister1".length()) % 4 == 0, "no unused bits");
        int last = text.length() - 1;
        return text.substring(0, last) + alphabet.charAt(alphabet.indexOf(text.charAt(last)) + 1);
    }

    private static String line(Json vector) {
        List<String> parts = new ArrayList<>();
        ((Json.Obj) vector)
                .members()
                .forEach((name, one) -> parts.add(Json.of(name).text() + ": " + one.text()));
        return "{" + String.join(", ", parts) + "}";
    }

    @Test
    void theCommittedFileIsUpToDate() throws Exception {
        String made = made();
        if ("write".equals(System.getProperty("cloister.vectors"))) {
            Files.writeString(file(), made);
        }
        assertEquals(made, Files.readString(file()), "see the comment of this class");
    }

    @Test
    void eachIsAcceptedOrRefusedAsItSays() throws Exception {
        Fields file = Fields.of(Json.parse(Files.readAllBytes(file()), LIMITS, "file"), "file");
        for (Json vector : ((Json.Arr) file.any("vectors")).elements()) {
            Fields fields = Fields.of(vector, "vector");
            String id = fields.string("id", 1, 100);
            String text = fields.object("input").string("text", 0, 10_000);
            Fields expected = fields.object("expected");
            if (expected.string("outcome", 1, 10).equals("accepted")) {
                Invitation read = Invitation.parse(text);
                assertEquals(expected.any("payload"), object(payload(read)), id);
            } else {
                var refused =
                        assertThrows(MalformedException.class, () -> Invitation.parse(text), id);
                assertFalse(String.valueOf(refused.getMessage()).contains("an-enrolment-token"));
                if (expected.has("path")) {
                    assertEquals(expected.string("path", 1, 100), refused.path(), id);
                } else if (!expected.string("stage", 1, 10).equals("field")) {
                    assertEquals("invitation", refused.path().replaceFirst("[ .].*", ""), id);
                }
            }
        }
    }
}
