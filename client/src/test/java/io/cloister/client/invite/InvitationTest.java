package io.cloister.client.invite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.client.server.Endpoint;
import io.cloister.client.server.ServerUrl;
import io.cloister.crypto.InvitationSecret;
import io.cloister.crypto.SigningKey;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.ComputationId;
import io.cloister.protocol.Email;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;

class InvitationTest {
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Invitation invitation =
            new Invitation(
                    new Endpoint(
                            new ServerUrl("https://cloister.example.org:8443"),
                            Optional.of(Sha256.of(Bytes.utf8("certificate")))),
                    new ComputationId(Bytes.utf8("0123456789abcdef")),
                    new Email("alice@example.org"),
                    SigningKey.generate(RANDOM).publicKey(),
                    "an-enrolment-token",
                    InvitationSecret.generate(RANDOM));

    @Test
    void comesBackFromItsText() throws MalformedException {
        assertEquals(invitation, Invitation.parse(invitation.text()));
    }

    @Test
    void readsTextThatAMailProgramBroke() throws MalformedException {
        String text = invitation.text();
        assertEquals(
                invitation,
                Invitation.parse(
                        " " + text.substring(0, 40) + "\r\n  " + text.substring(40) + "\n"));
    }

    @Test
    void refusesEverySingleMistypedCharacter() {
        char[] text = invitation.text().toCharArray();
        for (int i = 0; i < text.length; i++) {
            char[] mistyped = text.clone();
            mistyped[i] = mistyped[i] == 'A' ? 'B' : 'A';
            assertThrows(MalformedException.class, () -> Invitation.parse(new String(mistyped)));
        }
    }

    @Test
    void refusesEveryCut() {
        String text = invitation.text();
        for (int i = 0; i < text.length(); i++) {
            String cut = text.substring(0, i);
            assertThrows(MalformedException.class, () -> Invitation.parse(cut));
        }
    }

    @Test
    void refusesAnotherSpellingOfTheSameBytes() {
        assertThrows(MalformedException.class, () -> Invitation.parse(invitation.text() + "="));
    }

    @Test
    void refusesATextLongerThanAllowed() {
        assertThrows(
                MalformedException.class,
                () -> Invitation.parse("cloister1" + "A".repeat(Invitation.MAX_LENGTH)));
    }

    @Test
    void refusesPlainHttpBeyondThisMachine() {
        String refused =
                altered("https://cloister.example.org:8443", "http://cloister.example.org:84430");
        assertThrows(MalformedException.class, () -> Invitation.parse(refused));
    }

    @Test
    void refusesAMemberItDoesNotKnow() {
        String refused = altered("\"type\"", "\"more\":1,\"type\"");
        assertThrows(MalformedException.class, () -> Invitation.parse(refused));
    }

    /// The invitation with other content and a checksum that fits.
    private String altered(String from, String to) {
        byte[] whole =
                Base64.getUrlDecoder().decode(invitation.text().substring("cloister1".length()));
        String json = new String(whole, 4, whole.length - 4, StandardCharsets.UTF_8);
        assertTrue(json.contains(from), json);
        Bytes payload = Bytes.utf8(json.replace(from, to));
        Sha256 digest =
                Sha256.of(
                        Bytes.concat(
                                Bytes.utf8("application/vnd.cloister.invitation.v1+json\0"),
                                payload));
        Bytes checksum = Bytes.copyOf(Arrays.copyOf(digest.value().toArray(), 4));
        return "cloister1"
                + Base64.getUrlEncoder()
                        .withoutPadding()
                        .encodeToString(Bytes.concat(checksum, payload).toArray());
    }

    @Test
    void showsItsSecretsToNobody() {
        assertFalse(invitation.toString().contains(invitation.token()));
        String broken = altered("\"secret\"", "\"sacred\"");
        var refusal = assertThrows(MalformedException.class, () -> Invitation.parse(broken));
        assertFalse(String.valueOf(refusal.getMessage()).contains(invitation.token()));
    }
}
