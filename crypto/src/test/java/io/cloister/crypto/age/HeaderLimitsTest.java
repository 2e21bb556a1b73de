package io.cloister.crypto.age;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.crypto.age.AgeException.Stage;

import org.junit.jupiter.api.Test;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/// What a hostile header may not cost.
final class HeaderLimitsTest {
    private static final String VERSION = "age-encryption.org/v1\n";
    private static final String MAC = "--- " + "A".repeat(43) + "\n";

    @Test
    void readsAHeaderAtItsLimits() throws IOException {
        String stanza = "-> t" + " a".repeat(15) + "\n\n";
        assertEquals(64, read(VERSION + stanza.repeat(64) + MAC).stanzas().size());
        String longArgument = "-> " + "x".repeat(4093) + "\n\n";
        assertEquals(1, read(VERSION + longArgument + MAC).stanzas().size());
    }

    @Test
    void refusesTooManyStanzas() {
        refuses("more than 64 stanzas", VERSION + "-> t\n\n".repeat(65) + MAC);
    }

    @Test
    void refusesTooManyArguments() {
        refuses("more than 16 arguments", VERSION + "-> t" + " a".repeat(16) + "\n\n" + MAC);
    }

    @Test
    void refusesLongLines() {
        refuses("longer than 4096", VERSION + "-> " + "x".repeat(4094) + "\n\n" + MAC);
        refuses("longer than 4096", "x".repeat(5000));
    }

    @Test
    void refusesLongHeaders() {
        String body = ("A".repeat(64) + "\n").repeat(3000);
        refuses("longer than 131072", VERSION + "-> t\n" + body + "\n" + MAC);
    }

    /// A header without end is left after the largest one that could be good.
    @Test
    void stopsReadingAHeaderWithoutEnd() throws IOException {
        String header = VERSION + "-> t\n" + ("A".repeat(64) + "\n").repeat(20_000);
        InputStream source = stream(header);
        assertThrows(AgeException.class, () -> HeaderReader.read(source));

        int read = header.length() - source.available();
        assertTrue(read <= HeaderReader.MAX_LENGTH + 1, read + " bytes read");
    }

    @Test
    void refusesAHeaderWithoutStanzas() {
        refuses("at least one stanza", VERSION + MAC);
    }

    @Test
    void refusesAnEndAnywhere() {
        String header = VERSION + "-> t a\nAAAA\n" + MAC;
        for (int i = 0; i < header.length(); i++) {
            refuses("age header", header.substring(0, i));
        }
    }

    /// Work factors up to 20 are read, so a header cannot ask for more than 1 GiB; and not for more
    /// than there is.
    @Test
    void refusesWorkFactorsThatCostTooMuch() {
        var opening = Opening.with(Passphrase.of("pw".toCharArray()));
        for (String workFactor : new String[] {"21", "22", "30", "64", "99", "100", "0", "01"}) {
            String header =
                    VERSION
                            + "-> scrypt "
                            + "A".repeat(22)
                            + " "
                            + workFactor
                            + "\n"
                            + "A".repeat(43)
                            + "\n"
                            + MAC;
            var e =
                    assertThrows(
                            AgeException.class,
                            () -> opening.open(stream(header)).close(),
                            workFactor);
            assertEquals(Stage.HEADER, e.stage());
        }
    }

    @Test
    void findsArmorOnlyWhereItBegins() throws IOException {
        assertTrue(isArmor("-----BEGIN AGE ENCRYPTED FILE-----\n"));
        assertTrue(isArmor(" \r\n\t-----BEGIN AGE ENCRYPTED FILE-----"));
        assertFalse(isArmor("-----BEGIN AGE ENCRYPTED FILE----"));
        assertFalse(isArmor("-----BEGIN PGP MESSAGE-----"));
        assertFalse(isArmor(""));
        assertFalse(isArmor(" ".repeat(5000)));
        var file = new BufferedInputStream(stream("age-encryption.org/v1"));
        Armor.isNext(file);
        assertEquals('a', file.read());
    }

    private static boolean isArmor(String text) throws IOException {
        return Armor.isNext(new BufferedInputStream(stream(text)));
    }

    private static void refuses(String why, String header) {
        var e = assertThrows(AgeException.class, () -> read(header));
        assertEquals(Stage.HEADER, e.stage());
        assertTrue(String.valueOf(e.getMessage()).contains(why), e.getMessage());
    }

    private static HeaderReader.Header read(String header) throws IOException {
        return HeaderReader.read(stream(header));
    }

    private static InputStream stream(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.US_ASCII));
    }
}
