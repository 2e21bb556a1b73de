package io.cloister.server;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.cloister.fuzz.FuzzTime;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.Email;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;

/// No text but the one that was issued is an access token. An input is the text.
final class AccessTokensFuzzTest {
    private static final Instant NOW = Instant.parse("2030-01-01T00:00:00Z");

    private final AccessTokens tokens =
            new AccessTokens(
                    Bytes.copyOf(new byte[AccessTokens.KEY_BYTES]),
                    Clock.fixed(NOW, ZoneOffset.UTC));
    private final String issued =
            tokens.issue(
                    new Email("owner@example.org"),
                    Accounts.hash("a token of an account"),
                    NOW.plusSeconds(60));

    @FuzzTest(maxDuration = FuzzTime.EACH)
    void onlyWhatWasIssuedIsRead(byte[] input) {
        String token = new String(input, StandardCharsets.ISO_8859_1);
        boolean known = !(tokens.read(token) instanceof AccessTokens.Reading.Unknown);
        if (known != token.equals(issued)) {
            throw new AssertionError(token);
        }
    }
}
