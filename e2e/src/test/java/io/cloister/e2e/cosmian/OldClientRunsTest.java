package io.cloister.e2e.cosmian;

import static io.cloister.e2e.cosmian.OldPlay.CODER;
import static io.cloister.e2e.cosmian.OldPlay.CONSUMER;
import static io.cloister.e2e.cosmian.OldPlay.PROVIDER;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.e2e.stage.Checkout;
import io.cloister.e2e.stage.Site;
import io.cloister.protocol.Email;
import io.cloister.protocol.json.Json;
import io.cloister.server.ServerSettings;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Runs in enclaves that the unmodified client of Cosmian Secure Computation asks for, and programs
/// written for its library.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class OldClientRunsTest {
    private static final Email ALONE = new Email("alone@example.org");
    private static final Email CODER_OF_ALL = new Email("coder@example.org");
    private static final Email FIRST = new Email("first@example.org");
    private static final Email SECOND = new Email("second@example.org");
    private static final Email READER = new Email("reader@example.org");
    private static final Email LATER = new Email("later@example.org");

    private Site site;
    private OldClient client;
    private Path folder = Path.of("");

    @BeforeAll
    void open(@TempDir Path temporary) throws Exception {
        folder = temporary;
        site =
                Site.open(
                        folder.resolve("site"),
                        List.of(Checkout.runtime("base")),
                        settings -> settings.allowCosmianDialect(ServerSettings.Cosmian.usual()));
        client = OldClient.start(Files.createDirectories(folder.resolve("old")), site.server());
    }

    @AfterAll
    void close() throws Exception {
        client.close();
        site.close();
    }

    /// Gives its enclave back: there are few at once.
    private static void leaves(OldPlay play, Email coder) throws Exception {
        play.call(coder, CODER, "reset");
    }

    @Test
    void oneAccountGoesTheWholeWayRunsAgainAndChangesItsCode() throws Exception {
        OldPlay play = OldPlay.alone(client, site, ALONE);
        play.uploads(ALONE, folder.resolve("code"), "joined");
        Json before = play.enclave(ALONE, CODER);
        play.brings(ALONE, "b.txt", "one");
        play.brings(ALONE, "a.txt", "two");
        play.call(ALONE, PROVIDER, "done");
        play.everybodyProvisions();
        assertEquals("one+two", play.result(ALONE));
        Json shown = play.call(ALONE, CODER, "get_computation");
        assertEquals(Json.of(0), OldClient.at(shown, "runs.0.exit_code"));
        // The client asks for the reset of the code; for somebody who is both, the code is meant.
        play.call(ALONE, PROVIDER, "reset");
        assertEquals(Json.of("Init"), OldClient.at(play.status(ALONE, CODER), "state"));
        play.uploads(ALONE, folder.resolve("again"), "joined");
        assertNotEquals(before, play.enclave(ALONE, CODER));
        play.everybodyProvisions();
        assertEquals("one+two", play.result(ALONE));
        leaves(play, ALONE);
    }

    @Test
    void eachConsumerGetsWhatTheCodeWroteForItAndAProviderBringsOtherDataForAnotherRun()
            throws Exception {
        OldPlay play =
                OldPlay.created(
                        client, site, CODER_OF_ALL, List.of(FIRST, SECOND), List.of(READER, LATER));
        play.joins(CODER_OF_ALL, CODER);
        play.joins(FIRST, PROVIDER);
        play.joins(SECOND, PROVIDER);
        play.joins(READER, CONSUMER);
        play.joins(LATER, CONSUMER);
        play.uploads(CODER_OF_ALL, folder.resolve("pairs"), "pairs");
        play.enclave(FIRST, PROVIDER);
        play.brings(SECOND, "s.txt", "second");
        play.brings(FIRST, "f.txt", "first");
        play.call(FIRST, PROVIDER, "done");
        play.call(SECOND, PROVIDER, "done");
        play.everybodyProvisions();
        assertEquals("tsrif", play.result(READER));
        assertEquals("dnoces", play.result(LATER));
        play.call(SECOND, PROVIDER, "reset");
        play.brings(SECOND, "s.txt", "third");
        play.call(SECOND, PROVIDER, "done");
        assertEquals("driht", play.result(LATER));
        assertEquals("tsrif", play.result(READER));
        leaves(play, CODER_OF_ALL);
    }

    @Test
    void severalComputationsGoOnAtOnce() throws Exception {
        List<OldPlay> plays = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            OldPlay play = OldPlay.alone(client, site, ALONE);
            play.uploads(ALONE, folder.resolve("several"), "joined");
            plays.add(play);
        }
        for (OldPlay play : plays) {
            play.brings(ALONE, "its-own", play.uuid());
            play.call(ALONE, PROVIDER, "done");
            play.everybodyProvisions();
        }
        for (OldPlay play : plays) {
            assertEquals(play.uuid(), play.result(ALONE));
            leaves(play, ALONE);
        }
    }

    @Test
    void wrongWordsAndAWrongSealGetOneTextAndFiveOfThemEndTheEnclave() throws Exception {
        OldPlay play = OldPlay.alone(client, site, ALONE);
        play.uploads(ALONE, folder.resolve("wrong"), "joined");
        Json before = play.enclave(ALONE, CODER);
        play.provisions(ALONE, CODER);
        String text = "";
        for (int i = 0; i < 5; i++) {
            String detail =
                    refusal(() ->
                            play.call(
                                    ALONE,
                                    PROVIDER,
                                    "key_provisioning",
                                    OldClient.bytes(anotherKey())));
            assertTrue(text.isEmpty() || text.equals(detail), detail);
            text = detail;
        }
        awaitFailure(play);
        leaves(play, ALONE);
        play.uploads(ALONE, folder.resolve("mended"), "joined");
        assertNotEquals(before, play.enclave(ALONE, CODER));
        play.brings(ALONE, "a", "good");
        play.call(ALONE, PROVIDER, "done");
        play.provisions(ALONE, CODER);
        play.forgetsTheWords(ALONE, PROVIDER);
        assertEquals(text, refusal(() -> play.provisions(ALONE, PROVIDER)));
        play.recallsTheWords(ALONE, PROVIDER);
        play.everybodyProvisions();
        assertEquals("good", play.result(ALONE));
        leaves(play, ALONE);
    }

    /// What the client raises, without what is different every time.
    private static String refusal(Executable sends) {
        var raised = assertThrows(OldClient.RaisedException.class, sends);
        return String.valueOf(raised.getMessage()).replaceAll("\"requestId\":\"[^\"]*\"", "");
    }

    private static void awaitFailure(OldPlay play) throws Exception {
        long deadline = System.nanoTime() + 20_000_000_000L;
        while (!Json.of("Failure").equals(OldClient.at(play.status(ALONE, CODER), "state"))) {
            assertTrue(System.nanoTime() < deadline, "the enclave goes on");
        }
    }

    /// A fresh key of somebody else, as whoever swaps the enclave's would hand out.
    private static byte[] anotherKey() throws Exception {
        byte[] spki =
                KeyPairGenerator.getInstance("Ed25519").generateKeyPair().getPublic().getEncoded();
        return Arrays.copyOfRange(spki, spki.length - 32, spki.length);
    }

    @Test
    void saysWhereBrokenCodeBroke() throws Exception {
        OldPlay play = OldPlay.alone(client, site, ALONE);
        Path code = play.code(folder.resolve("broken"), "joined");
        Files.writeString(
                code.resolve("secret_joining.py"),
                "def joined(files):\n    raise ValueError('no')\n",
                StandardCharsets.UTF_8);
        play.call(ALONE, CODER, "upload_code", OldClient.path(code));
        play.enclave(ALONE, CODER);
        play.brings(ALONE, "a", "data");
        play.call(ALONE, PROVIDER, "done");
        play.everybodyProvisions();
        var raised = assertThrows(OldClient.RaisedException.class, () -> play.result(ALONE));
        assertTrue(String.valueOf(raised.getMessage()).contains("ValueError"), raised::getMessage);
        leaves(play, ALONE);
    }
}
