package io.cloister.e2e.stage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.Extension;
import org.junit.jupiter.api.io.TempDir;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Properties;
import java.util.ServiceLoader;
import java.util.Set;

/// That the search which every test of this module that opens a [Site] ends with finds what is
/// there.
final class NothingInClearTest {
    @TempDir private Path folder;
    private Site site;
    private Cast cast;

    @BeforeEach
    void playUpToTheAgreement() throws Exception {
        site = Site.open(folder.resolve("site"), List.of(Checkout.runtime("bare")));
        cast =
                Cast.proposing(site, Play.joining(folder.resolve("play")), folder.resolve("homes"))
                        .joined()
                        .codePushed()
                        .dataPushed();
    }

    @AfterEach
    void close() {
        cast.close();
        site.close();
    }

    @Test
    void findsEachSecretWhereverItLies() throws Exception {
        Set<String> secrets = cast.secrets();
        assertTrue(secrets.size() > 50, secrets::toString);
        assertTrue(secrets.contains("first-clear-data-marker-a1;"));
        assertTrue(secrets.contains("first.txt"));
        assertTrue(secrets.stream().anyMatch(it -> it.contains("secret-code-marker-")));
        assertTrue(secrets.stream().anyMatch(it -> it.startsWith("AGE-SECRET-KEY-PQ-1")));
        assertTrue(secrets.stream().anyMatch(it -> it.startsWith("cloister1")));
        List<String> missed = new ArrayList<>();
        for (String secret : secrets) {
            Path planted = site.folder().resolve("server/planted");
            Files.writeString(planted, "before" + secret + "after", StandardCharsets.ISO_8859_1);
            if (!found()) {
                missed.add(secret);
            }
            Files.delete(planted);
        }
        assertEquals(List.of(), missed);
    }

    private boolean found() throws Exception {
        try {
            site.assertNothingInClear();
            return false;
        } catch (AssertionError _) {
            return true;
        }
    }

    @Test
    void findsANameAsWellAsContent() throws Exception {
        Path planted = Files.createFile(site.folder().resolve("third.txt"));
        assertTrue(found());
        Files.delete(planted);
    }

    @Test
    void failsATestThatLeavesSomethingInClear() throws Exception {
        NothingInClear.search(this);
        Path planted =
                Files.writeString(site.folder().resolve("planted"), "third-clear-data-marker-c3;");
        assertThrows(AssertionError.class, () -> NothingInClear.search(this));
        Files.delete(planted);
    }

    private static class HoldsASite {
        @SuppressWarnings("unused") // the search reads it
        private final Site site;

        HoldsASite(Site site) {
            this.site = site;
        }
    }

    private static final class ExtendsOneThatHoldsASite extends HoldsASite {
        ExtendsOneThatHoldsASite(Site site) {
            super(site);
        }
    }

    @Test
    void failsATestWhoseSuperclassHoldsTheSite() throws Exception {
        var test = new ExtendsOneThatHoldsASite(site);
        NothingInClear.search(test);
        Path planted =
                Files.writeString(site.folder().resolve("planted"), "third-clear-data-marker-c3;");
        assertThrows(AssertionError.class, () -> NothingInClear.search(test));
        Files.delete(planted);
    }

    @Test
    void failsATestWhoseSiteClosesWithSomethingInClear() throws Exception {
        try (Cast other =
                Cast.proposing(
                        site, Play.joining(folder.resolve("play-2")), folder.resolve("homes-2"))) {
            other.joined();
        }
        Path planted =
                Files.writeString(
                        site.folder().resolve("planted"), "MARKER = \"secret-code-marker-5f1c\"");
        assertThrows(AssertionError.class, site::close);
        Files.delete(planted);
    }

    @Test
    void isRegisteredForEveryTest() throws Exception {
        assertTrue(
                ServiceLoader.load(Extension.class).stream()
                        .anyMatch(it -> it.type() == NothingInClear.class));
        var settings = new Properties();
        try (InputStream in =
                NothingInClearTest.class.getResourceAsStream("/junit-platform.properties")) {
            settings.load(Objects.requireNonNull(in));
        }
        assertEquals("true", settings.get("junit.jupiter.extensions.autodetection.enabled"));
    }
}
