package io.cloister.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Tokens of the Cosmian dialect: one form, one signer, one end.
final class AccessTokensTest {
    private static final Instant NOW = Instant.parse("2030-01-01T00:00:00Z");
    private static final Sha256 ACCOUNT = Accounts.hash("cloister_a-token-of-an-account");
    private static final Bytes KEY = Bytes.copyOf(new byte[AccessTokens.KEY_BYTES]);

    private final SetClock clock = new SetClock(NOW);
    private final AccessTokens tokens = new AccessTokens(KEY, clock);

    private String issue() {
        return tokens.issue(Cast.OWNER, ACCOUNT, NOW.plus(Duration.ofDays(30)));
    }

    private static String base64(String text) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    /// A token with any header and payload under the right key.
    private static String signed(String header, String payload) throws Exception {
        String signed = base64(header) + "." + base64(payload);
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(KEY.toArray(), "HmacSHA256"));
        return signed
                + "."
                + Base64.getUrlEncoder()
                        .withoutPadding()
                        .encodeToString(mac.doFinal(signed.getBytes(StandardCharsets.US_ASCII)));
    }

    private void assertValid(String token) {
        assertInstanceOf(AccessTokens.Reading.Valid.class, tokens.read(token));
    }

    private static void assertUnknown(AccessTokens by, String token) {
        assertEquals(new AccessTokens.Reading.Unknown(), by.read(token), token);
    }

    @Test
    void readsWhatItIssued() {
        assertEquals(
                new AccessTokens.Reading.Valid(
                        new AccessTokens.Claims(Cast.OWNER, ACCOUNT, NOW.plus(AccessTokens.LIFE))),
                tokens.read(issue()));
    }

    /// The old client decodes the middle part and takes `exp` for a number of seconds.
    @Test
    void saysItsEndWhereAnyReaderOfSuchTokensLooks() throws Exception {
        byte[] payload = Base64.getUrlDecoder().decode(issue().split("\\.")[1]);
        Json read = Json.parse(payload, JsonLimits.MESSAGE, "payload");
        assertEquals(
                Json.of(NOW.plus(AccessTokens.LIFE).getEpochSecond()),
                read instanceof Json.Obj(var members) ? members.get("exp") : null);
    }

    @Test
    void endsWithTheTokenItStandsForAtTheLatest() {
        Instant soon = NOW.plusSeconds(5);
        String token = tokens.issue(Cast.OWNER, ACCOUNT, soon);
        assertValid(token);
        clock.advance(Duration.ofSeconds(5));
        assertEquals(new AccessTokens.Reading.Ended(soon), tokens.read(token));
    }

    @Test
    void saysThatItEnded() {
        String token = issue();
        clock.advance(AccessTokens.LIFE.minusSeconds(1));
        assertValid(token);
        clock.advance(Duration.ofSeconds(1));
        assertEquals(
                new AccessTokens.Reading.Ended(NOW.plus(AccessTokens.LIFE)), tokens.read(token));
    }

    @Test
    void isNothingWithAnyLetterChanged() {
        String token = issue();
        for (int i = 0; i < token.length(); i++) {
            char other = token.charAt(i) == 'A' ? 'B' : 'A';
            String changed = token.substring(0, i) + other + token.substring(i + 1);
            assertUnknown(tokens, changed);
        }
    }

    @Test
    void isNothingUnderAnotherKey() {
        byte[] other = KEY.toArray();
        other[0] = 1;
        assertUnknown(new AccessTokens(Bytes.copyOf(other), clock), issue());
        assertThrows(
                IllegalArgumentException.class,
                () -> new AccessTokens(Bytes.copyOf(new byte[31]), clock));
    }

    @Test
    void isNothingInAnotherForm() throws Exception {
        String header = "{\"alg\":\"HS256\",\"typ\":\"JWT\"}";
        String payload =
                new String(
                        Base64.getUrlDecoder().decode(issue().split("\\.")[1]),
                        StandardCharsets.UTF_8);
        assertValid(signed(header, payload));
        for (String wrong :
                new String[] {
                    "",
                    "a.b.c",
                    issue() + ".",
                    issue() + "=",
                    " " + issue(),
                    "." + issue(),
                    signed("{\"alg\":\"none\",\"typ\":\"JWT\"}", payload),
                    signed("{\"alg\":\"HS256\"}", payload),
                    signed(header, payload.replace("\"exp\"", "\"nbf\"")),
                    signed(header, payload.replace("}", ",\"more\":1}")),
                    signed(header, payload.replace("alice@", "alice")),
                    signed(header, payload.replace("sha256:", "")),
                    signed(header, payload.replace("\"exp\":", "\"exp\":-")),
                    signed(header, "[]"),
                    signed(header, "{")
                }) {
            assertUnknown(tokens, wrong);
        }
    }
}
