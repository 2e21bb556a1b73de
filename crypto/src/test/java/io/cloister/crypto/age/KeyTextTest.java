package io.cloister.crypto.age;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.crypto.SecretBytes;
import io.cloister.crypto.SecretExposure;
import io.cloister.protocol.MalformedException;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// The text forms of recipients and identities.
final class KeyTextTest {
    /// The examples of the C2SP age specification.
    private static final String X25519_IDENTITY =
            "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX";

    private static final String X25519_RECIPIENT =
            "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj";
    private static final String HYBRID_IDENTITY =
            "AGE-SECRET-KEY-PQ-1XX76JRALNLXDMEW0CRK45QMCCH4X06SE84UN3VPM33W6HWDX0H3SK3ZQFR";

    @Test
    void readsTheSpecificationsX25519Example() throws MalformedException {
        Identity identity = identity(X25519_IDENTITY);

        assertEquals(X25519_RECIPIENT, identity.recipient().text().value());
        assertEquals(identity.recipient(), Recipient.parse(X25519_RECIPIENT, "recipient"));
        assertEquals(X25519_IDENTITY, text(identity));
        assertFalse(identity.recipient().text().isPostQuantum());
    }

    /// The recipient is 1,959 characters; its beginning, end and length are the specification's.
    @Test
    void readsTheSpecificationsHybridExample() throws MalformedException {
        Identity identity = identity(HYBRID_IDENTITY);
        String recipient = identity.recipient().text().value();

        assertEquals(1959, recipient.length());
        assertTrue(
                recipient.startsWith(
                        "age1pq1x34nzsvr0rxjsgdn8zgyhfe8j7ceq5r9rdelkjuh3y235jzxshfg87pzf5"));
        assertTrue(recipient.endsWith("wze9pyyzk3tlhl53k2ykx3qheyty7saeq0d3fzv49zc0k"));
        assertEquals(identity.recipient(), Recipient.parse(recipient, "recipient"));
        assertEquals(HYBRID_IDENTITY, text(identity));
        assertTrue(identity.recipient().text().isPostQuantum());
    }

    @Test
    void freshIdentitiesAreHybridAndDiffer() throws MalformedException {
        Identity one = Identity.generate(new SecureRandom());

        assertTrue(one.recipient().text().isPostQuantum());
        assertNotEquals(one, Identity.generate(new SecureRandom()));
        assertEquals(one, identity(text(one)));
        Identity classical = X25519Identity.generate(new SecureRandom());
        assertEquals(classical, identity(text(classical)));
        assertEquals(classical.recipient(), Recipient.of(classical.recipient().text(), "r"));
    }

    @Test
    void refusesEveryOneCharacterChange() {
        for (String text : List.of(X25519_RECIPIENT, X25519_IDENTITY, HYBRID_IDENTITY)) {
            for (int i = 0; i < text.length(); i++) {
                char other = text.charAt(i) == 'q' || text.charAt(i) == 'Q' ? 'P' : 'Q';
                refuses(text.substring(0, i) + other + text.substring(i + 1));
            }
        }
    }

    @Test
    void refusesEveryCutAndEveryAddition() {
        for (String text : List.of(X25519_RECIPIENT, X25519_IDENTITY, HYBRID_IDENTITY)) {
            for (int i = 0; i < text.length(); i++) {
                refuses(text.substring(0, i));
            }
            // Bech32's checksum lets q be put before a final p: the length is what refuses it.
            for (String added : List.of("q", "p", " ", "\n", "1")) {
                refuses(text + added);
                refuses(added + text);
            }
        }
    }

    @Test
    void refusesTheOtherCaseAndMixedCase() {
        for (String text : List.of(X25519_RECIPIENT, X25519_IDENTITY, HYBRID_IDENTITY)) {
            refuses(
                    text.toUpperCase(Locale.ROOT).equals(text)
                            ? text.toLowerCase(Locale.ROOT)
                            : text.toUpperCase(Locale.ROOT));
            refuses(
                    text.substring(0, 20).toLowerCase(Locale.ROOT)
                            + text.substring(20).toUpperCase(Locale.ROOT));
        }
    }

    @Test
    void refusesOneKindUnderThePrefixOfAnother() {
        refuses(Bech32.encode("age1pq", new byte[32]));
        refuses(Bech32.encode("age", new byte[1216]));
        refuses(Bech32.encode("age", new byte[31]));
        refuses(Bech32.encode("age1tag", new byte[33]));
        refuses(Bech32.encode("age-secret-key-", new byte[31]).toUpperCase(Locale.ROOT));
        refuses(Bech32.encode("age-secret-key-pq-", new byte[33]).toUpperCase(Locale.ROOT));
    }

    /// 32 bytes fill 51 groups of five bits and one bit of the next, whose other four must be zero.
    @Test
    void refusesPaddingThatIsNotZero() throws MalformedException {
        byte[] groups = new byte[52];
        groups[0] = 9;
        Recipient.parse(Bech32.encodeGroups("age", groups), "recipient");

        groups[51] = 1;
        refuses(Bech32.encodeGroups("age", groups));
        groups[51] = 0;
        refuses(Bech32.encodeGroups("age", Arrays.copyOf(groups, 53)));
    }

    @Test
    void refusesTextBeyondAllBounds() {
        refuses("age1" + "q".repeat(100_000));
        refuses("AGE-SECRET-KEY-1" + "Q".repeat(100_000));
    }

    @Test
    void refusesRecipientsOfLowOrder() {
        for (int first : new int[] {0, 1}) {
            byte[] u = new byte[32];
            u[0] = (byte) first;
            refuses(Bech32.encode("age", u));
        }
    }

    @Test
    void showsNoSecretInTextsOrErrors() throws MalformedException {
        for (String text : List.of(X25519_IDENTITY, HYBRID_IDENTITY)) {
            assertFalse(identity(text).toString().contains("AGE-SECRET"));
            var e =
                    assertThrows(
                            MalformedException.class,
                            () -> identity(text.substring(0, text.length() - 1) + "Q"));
            assertFalse(String.valueOf(e.getMessage()).contains(text.substring(20, 40)));
        }
        assertEquals("Passphrase[]", Passphrase.of("secret".toCharArray()).toString());
    }

    @Test
    void refusesPassphrasesThatAreNone() {
        assertThrows(IllegalArgumentException.class, () -> Passphrase.of(new char[0]));
        assertThrows(IllegalArgumentException.class, () -> Passphrase.of(new char[] {'\ud800'}));
        var good = Passphrase.of("ü€𝄞".toCharArray());
        for (int workFactor : new int[] {-1, 0, 21}) {
            assertThrows(IllegalArgumentException.class, () -> good.withWorkFactor(workFactor));
        }
        assertEquals(good, good.withWorkFactor(20));
        assertNotEquals(good, Passphrase.of("u".toCharArray()));
    }

    private static void refuses(String text) {
        assertThrows(MalformedException.class, () -> Recipient.parse(text, "recipient"), text);
        assertThrows(MalformedException.class, () -> identity(text), text);
    }

    private static Identity identity(String text) throws MalformedException {
        byte[] ascii = text.getBytes(StandardCharsets.ISO_8859_1);
        return Identity.parse(SecretBytes.copyOf(ascii, SecretExposure.acknowledged()), "identity");
    }

    private static String text(Identity identity) {
        byte[] ascii =
                identity.text(SecretExposure.acknowledged()).expose(SecretExposure.acknowledged());
        return new String(ascii, StandardCharsets.US_ASCII);
    }
}
