package io.cloister.e2e.hostile;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.client.OwnerDesk;
import io.cloister.crypto.SecretBytes;
import io.cloister.crypto.SecretExposure;
import io.cloister.crypto.keystore.KeyName;
import io.cloister.crypto.keystore.KeyStore;
import io.cloister.crypto.keystore.PassphraseSource;
import io.cloister.e2e.operator.Answers;
import io.cloister.e2e.stage.Cast;
import io.cloister.e2e.stage.Checkout;
import io.cloister.e2e.stage.Play;
import io.cloister.e2e.stage.Secrets;
import io.cloister.e2e.stage.Site;
import io.cloister.e2e.stage.Traces;
import io.cloister.protocol.Email;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;

/// What an operator has after a whole computation whose consumers opened their results: its own
/// folder, the server's log, and every byte that came by on the wire in both directions. All of it
/// is searched for every secret there was, raw, in hexadecimal and in base64.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class KeysNeverLeaveTest {
    private static final List<String> CLEAR =
            List.of(
                    "first-clear-data-marker",
                    "second-clear-data-marker",
                    "third-clear-data-marker",
                    "secret-code-marker",
                    "AGE-SECRET-KEY",
                    "age-secret-key");
    private static final List<String> NAMES = List.of("first.txt", "second.txt", "third.txt");

    private Site site;
    private Cast cast;
    private Path folder;
    private Path wire;

    @BeforeAll
    void playItAll(@TempDir Path temporary) throws Exception {
        folder = temporary;
        wire = folder.resolve("wire");
        site = Site.open(folder.resolve("site"), List.of(Checkout.runtime("bare")));
        site.proxy().recordInto(wire);
        cast =
                Cast.proposing(site, Play.joining(folder.resolve("play")), folder.resolve("homes"))
                        .played();
        for (Email consumer : cast.play().roster().resultConsumers()) {
            assertArrayEquals(
                    Play.JOINED.getBytes(StandardCharsets.UTF_8), cast.onlyResult(consumer));
        }
    }

    @AfterAll
    void close() {
        if (cast != null) {
            cast.close();
        }
        if (site != null) {
            site.close();
        }
    }

    private void assertNowhere(List<String> secrets) throws IOException {
        assertFalse(secrets.isEmpty());
        assertEquals(List.of(), Traces.of(secrets, site.folder()));
        assertEquals(List.of(), Traces.of(secrets, wire));
        String log = site.log();
        for (String secret : secrets) {
            assertFalse(log.contains(secret), "the log has one of them");
        }
    }

    private static byte[] exposed(SecretBytes secret) {
        return secret.expose(SecretExposure.acknowledged());
    }

    private KeyStore store(Email person) throws Exception {
        return KeyStore.open(
                folder.resolve("homes").resolve(person.value()), PassphraseSource.none());
    }

    private KeyName name() throws Exception {
        return new KeyName(
                cast.owner().place().server().value(), cast.owner().place().computation());
    }

    @Test
    void theSearchFindsWhatIsThere() throws Exception {
        assertFalse(Traces.of(List.of("age-encryption.org/v1"), wire).isEmpty());
        assertFalse(Traces.of(List.of("age-encryption.org/v1"), site.folder()).isEmpty());
        assertFalse(Traces.of(List.of("from cosmian_lib_sgx import Enclave"), wire).isEmpty());
        assertTrue(site.log().contains("enclave-started"));
        try (Stream<Path> recorded = Files.list(wire)) {
            assertTrue(recorded.count() > site.proxy().calls().size());
        }
    }

    @Test
    void noClearDataAndNoSecretCodeReachesTheOperator() throws Exception {
        assertNowhere(CLEAR);
    }

    @Test
    void noNameOfADataFileReachesTheOperator() throws Exception {
        assertNowhere(NAMES);
    }

    @Test
    void noParticipantsKeyReachesTheOperator() throws Exception {
        List<String> secrets = new ArrayList<>();
        for (Email person : cast.people()) {
            var keys = store(person).keys(name()).orElseThrow();
            secrets.addAll(
                    Secrets.forms(exposed(keys.signing().seed(SecretExposure.acknowledged()))));
            secrets.add(text(keys.receive().text(SecretExposure.acknowledged())));
            secrets.add(text(keys.encrypt().text(SecretExposure.acknowledged())));
        }
        assertNowhere(secrets);
    }

    private static String text(SecretBytes ascii) {
        return new String(exposed(ascii), StandardCharsets.US_ASCII);
    }

    @Test
    void theOwnersKeyDoesNotReachTheOperator() throws Exception {
        byte[] record =
                exposed(
                        store(new Email("owner@example.org"))
                                .documents(name())
                                .secret("membership")
                                .orElseThrow());
        Json membership = Json.parse(record, JsonLimits.DOCUMENT, "membership");
        Json ownership = Answers.member(membership, "ownership");
        String seed = Answers.text(ownership, "key");
        assertNowhere(Secrets.forms(Base64.getDecoder().decode(seed)));
    }

    @Test
    void noInvitationsSecretReachesTheOperator() throws Exception {
        List<String> secrets = new ArrayList<>();
        for (OwnerDesk.Kept kept : cast.owner().owner().invitations()) {
            secrets.addAll(
                    Secrets.forms(
                            kept.invitation().secret().expose(SecretExposure.acknowledged())));
            secrets.add(kept.invitation().text());
        }
        assertNowhere(secrets);
    }

    /// By design it passes once, in the body of the request that redeems it; the server keeps its
    /// hash only.
    @Test
    void anEnrolmentTokenPassesOnceAndIsNotKept() throws Exception {
        for (OwnerDesk.Kept kept : cast.owner().owner().invitations()) {
            List<String> token = List.of(kept.invitation().token());
            assertEquals(1, Traces.of(token, wire).size());
            assertEquals(List.of(), Traces.of(token, site.folder()));
            assertFalse(site.log().contains(token.getFirst()));
        }
    }

    @Test
    void noAccessTokenIsKeptOrPassesInABody() throws Exception {
        List<String> tokens = new ArrayList<>();
        for (Email person : cast.people()) {
            byte[] record =
                    exposed(store(person).documents(name()).secret("membership").orElseThrow());
            Json membership = Json.parse(record, JsonLimits.DOCUMENT, "membership");
            tokens.add(Answers.text(membership, "accessToken"));
        }
        assertNowhere(tokens);
    }
}
