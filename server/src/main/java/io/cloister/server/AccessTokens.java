package io.cloister.server;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.CloisterBugException;
import io.cloister.protocol.Email;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Pattern;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// The short-lived tokens of the Cosmian dialect: JSON Web Tokens (RFC 7519) of exactly one form,
/// signed with HMAC-SHA-256 (RFC 7515 §A.1) under a key of this server. Each stands for a token of
/// an account, and opens nothing any more once that one does not. Safe for use by several threads.
final class AccessTokens {
    /// How long one opens: the old client asks for another before each request when less than 1,000
    /// seconds are left of the first.
    static final Duration LIFE = Duration.ofHours(12);

    /// Length of the key in bytes.
    static final int KEY_BYTES = 32;

    private static final Pattern FORM =
            Pattern.compile(
                    "([A-Za-z0-9_-]{1,64})\\.([A-Za-z0-9_-]{1,1024})\\.([A-Za-z0-9_-]{43})");
    private static final String HEADER =
            base64(Json.object().put("alg", "HS256").put("typ", "JWT").build().canonical());
    private static final JsonLimits LIMITS = new JsonLimits(1_024, 2, 8);
    private static final long LAST_SECOND = 253_402_300_799L;

    private final Bytes key;
    private final Clock clock;

    AccessTokens(Bytes key, Clock clock) {
        if (key.length() != KEY_BYTES) {
            throw new IllegalArgumentException("the key has " + KEY_BYTES + " bytes");
        }
        this.key = key;
        this.clock = clock;
    }

    /// What a token says.
    ///
    /// @param email whose account
    /// @param account hash of the account's token it stands for
    /// @param expires when it ends, in whole seconds
    record Claims(Email email, Sha256 account, Instant expires) {}

    /// Makes a token for `email`, which showed the account's token hashed to `account`.
    ///
    /// @param accountExpires when the account's token ends, and this one at the latest
    String issue(Email email, Sha256 account, Instant accountExpires) {
        Instant now = clock.instant();
        Instant full = now.plus(LIFE);
        Instant expires = full.isBefore(accountExpires) ? full : accountExpires;
        String signed =
                HEADER
                        + "."
                        + base64(
                                Json.object()
                                        .put("account", account.toString())
                                        .put("exp", expires.getEpochSecond())
                                        .put("iat", now.getEpochSecond())
                                        .put("sub", email.value())
                                        .build()
                                        .canonical());
        return signed + "." + base64(tag(signed));
    }

    /// What a token turned out to be.
    sealed interface Reading {
        /// This server made it, and it has not ended.
        record Valid(Claims claims) implements Reading {}

        /// This server made it, and it has ended.
        record Ended(Instant at) implements Reading {}

        /// This server did not make it.
        record Unknown() implements Reading {}
    }

    /// Reads `token`. Whether the account's token it stands for still opens is for the caller to
    /// see.
    Reading read(String token) {
        Optional<Claims> claims = authentic(token).flatMap(AccessTokens::claims);
        if (claims.isEmpty()) {
            return new Reading.Unknown();
        }
        Instant expires = claims.get().expires();
        return clock.instant().isBefore(expires)
                ? new Reading.Valid(claims.get())
                : new Reading.Ended(expires);
    }

    /// The payload, if the tag is ours.
    private Optional<String> authentic(String token) {
        var form = FORM.matcher(token);
        if (!form.matches() || !form.group(1).equals(HEADER)) {
            return Optional.empty();
        }
        String signed = form.group(1) + "." + form.group(2);
        // Compared as text, so that there is one way to write a tag.
        byte[] expected = base64(tag(signed)).getBytes(StandardCharsets.US_ASCII);
        byte[] actual = form.group(3).getBytes(StandardCharsets.US_ASCII);
        return MessageDigest.isEqual(expected, actual)
                ? Optional.of(form.group(2))
                : Optional.empty();
    }

    private static Optional<Claims> claims(String payload) {
        try {
            Fields fields =
                    Fields.of(
                            Json.parse(Base64.getUrlDecoder().decode(payload), LIMITS, "token"),
                            "token");
            var claims =
                    new Claims(
                            fields.text("sub", Email::parse),
                            fields.sha256("account"),
                            Instant.ofEpochSecond(fields.integer("exp", 0, LAST_SECOND)));
            fields.integer("iat", 0, LAST_SECOND);
            fields.end();
            return Optional.of(claims);
        } catch (MalformedException | IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    private byte[] tag(String signed) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key.toArray(), "HmacSHA256"));
            return mac.doFinal(signed.getBytes(StandardCharsets.US_ASCII));
        } catch (GeneralSecurityException e) {
            throw new CloisterBugException("every JDK has HMAC-SHA-256", e);
        }
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
