package io.cloister.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class EmailTest {
    private static final String LABEL63 = "d".repeat(63);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a@b",
                "alice@example.org",
                "a.b+c_d-e@x-y.example",
                "!#$%&'*+/=?^_`{|}~-@x",
                "1@2.3",
                "a@xn--bcher-kva.example"
            })
    void takesAddressesInTheirOneForm(String text) throws MalformedException {
        assertEquals(text, Email.parse(text, "it").value());
        assertEquals(text, Email.fromPerson(text, "it").toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "@",
                "a",
                "a@",
                "@b",
                "a@b@c",
                "A@b",
                "a@B",
                "a b@c",
                " a@b",
                "a@b ",
                "a@b\n",
                "a..b@c",
                ".a@b",
                "a.@b",
                "a@.b",
                "a@b.",
                "a@b..c",
                "a@-b",
                "a@b-",
                "a@b_c",
                "é@b",
                "a@é",
                "\"a\"@b",
                "a@[127.0.0.1]",
                "a(x)@b",
                "a,b@c",
                "a;b@c",
                "<a@b>",
                "a@b\u0000",
                "\u202ea@b",
                "a@b\u200b",
                "ａ@b",
                "../a@b\\c"
            })
    void refusesEverythingElse(String text) {
        assertThrows(MalformedException.class, () -> Email.parse(text, "it"));
        assertThrows(IllegalArgumentException.class, () -> new Email(text));
    }

    @Test
    void boundsTheParts() throws MalformedException {
        String domain = LABEL63 + "." + LABEL63 + "." + LABEL63;
        Email.parse("a".repeat(64) + "@b", "it");
        assertThrows(MalformedException.class, () -> Email.parse("a".repeat(65) + "@b", "it"));
        Email.parse("a@" + LABEL63, "it");
        assertThrows(MalformedException.class, () -> Email.parse("a@" + LABEL63 + "d", "it"));
        Email.parse("a".repeat(62) + "@" + domain, "it");
        assertThrows(
                MalformedException.class, () -> Email.parse("a".repeat(63) + "@" + domain, "it"));
    }

    @Test
    void mendsWhatAPersonTyped() throws MalformedException {
        assertEquals("alice@example.org", Email.fromPerson("  Alice@Example.ORG\n", "it").value());
    }

    /// `String.toLowerCase` makes the Kelvin sign a k, and so another person's address.
    @Test
    void doesNotMendLettersThatWouldBecomeAnothersAddress() {
        assertThrows(
                MalformedException.class, () -> Email.fromPerson("\u212aate@example.org", "it"));
        assertThrows(MalformedException.class, () -> Email.fromPerson("\u0130@example.org", "it"));
    }

    @Test
    void longAddressesAreRefusedFast() {
        assertThrows(MalformedException.class, () -> Email.parse("a.".repeat(2_000) + "@", "it"));
    }
}
