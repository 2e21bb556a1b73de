package io.cloister.e2e.cosmian;

import static io.cloister.e2e.cosmian.OldPlay.CODER;
import static io.cloister.e2e.cosmian.OldPlay.CONSUMER;
import static io.cloister.e2e.cosmian.OldPlay.PROVIDER;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
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

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/// The unmodified client of Cosmian Secure Computation, as it is on PyPI, with a real control plane
/// and real enclave processes.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class OldClientTest {
    private static final Email ALONE = new Email("alone@example.org");
    private static final Email CODER_OF_ALL = new Email("coder@example.org");
    private static final Email FIRST = new Email("first@example.org");
    private static final Email SECOND = new Email("second@example.org");
    private static final Email READER = new Email("reader@example.org");

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

    private static void raises(String why, Executable call) {
        var raised = assertThrows(OldClient.RaisedException.class, call);
        assertTrue(String.valueOf(raised.getMessage()).contains(why), raised::getMessage);
    }

    @Test
    void findsItsComputationsAndThePeopleInThem() throws Exception {
        var newcomer = new Email("newcomer@example.org");
        OldPlay play =
                OldPlay.created(
                        client, site, CODER_OF_ALL, List.of(FIRST, newcomer), List.of(READER));
        Json shown = OldClient.at(client.call("owner", "get_computations"), "0");
        assertEquals(Json.of(play.uuid()), OldClient.at(shown, "uuid"));
        assertEquals(new Json.Null(), OldClient.at(shown, "data_providers.1.uuid"));
        assertEquals(Json.of("ComputationOwner"), OldClient.at(shown, "my_roles.0"));
        play.joins(newcomer, PROVIDER);
        Json mine = play.call(newcomer, PROVIDER, "get_computation");
        assertEquals(Json.of("DataProvider"), OldClient.at(mine, "my_roles.0"));
        assertEquals(Json.of(newcomer.value()), OldClient.at(mine, "data_providers.1.email"));
        assertTrue(OldClient.at(mine, "data_providers.1.uuid") instanceof Json.Str);
    }

    @Test
    void getsItsCodeBackByteForByteBeforeEverybodyHasRegistered() throws Exception {
        OldPlay play = OldPlay.created(client, site, CODER_OF_ALL, List.of(FIRST), List.of(READER));
        play.joins(CODER_OF_ALL, CODER);
        Path tar = play.uploads(CODER_OF_ALL, folder.resolve("code"), "joined");
        Path there = Files.createDirectories(folder.resolve("downloads"));
        Json fetched = play.call(CODER_OF_ALL, CODER, "download_code", OldClient.path(there));
        assertArrayEquals(
                Files.readAllBytes(tar), Files.readAllBytes(Path.of(OldClient.text(fetched))));
        assertEquals(Json.of("Init"), OldClient.at(play.status(CODER_OF_ALL, CODER), "state"));
        play.call(CODER_OF_ALL, CODER, "reset");
        raises(
                "there is no code yet",
                () -> play.call(CODER_OF_ALL, CODER, "download_code", OldClient.path(there)));
    }

    @Test
    void raisesWhatAPersonUnderstandsAndGoesOn() throws Exception {
        OldPlay play = OldPlay.created(client, site, CODER_OF_ALL, List.of(FIRST), List.of(READER));
        play.joins(FIRST, PROVIDER);
        play.comes(FIRST, CODER, client.words());
        raises(
                "first@example.org is no CodeProvider of this computation",
                () -> play.call(FIRST, CODER, "register"));
        raises(
                "there is no data of first@example.org yet",
                () -> play.call(FIRST, PROVIDER, "done"));
        raises(
                "there is no enclave yet",
                () -> play.call(FIRST, PROVIDER, "key_provisioning", OldClient.bytes(point())));
        play.comes(SECOND, CONSUMER, client.words());
        raises("there is no such thing", () -> play.call(SECOND, CONSUMER, "get_status"));
        raises(
                "this refresh token opens nothing",
                () -> client.owner("nobody", "cloister_0123456789abcdef"));
        raises(
                "expected 1 to 64 e-mails",
                () ->
                        client.call(
                                "owner",
                                "create_computation",
                                Json.of("nobody's data"),
                                Json.of(FIRST.value()),
                                OldClient.texts(List.of()),
                                OldClient.texts(List.of(FIRST.value()))));
        play.brings(FIRST, "numbers.csv", "1,2");
        play.call(FIRST, PROVIDER, "done");
    }

    /// An Ed25519 key, of nobody.
    private static byte[] point() {
        byte[] base = new byte[32];
        Arrays.fill(base, (byte) 0x66);
        base[0] = 0x58;
        return base;
    }

    @Test
    void raisesThatATokenEnded() throws Exception {
        client.owner("brief", site.account(ALONE, Duration.ofSeconds(2)));
        long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        String raised = "";
        while (raised.isEmpty() && System.nanoTime() < deadline) {
            try {
                client.call("brief", "get_computations");
            } catch (OldClient.RaisedException e) {
                raised = String.valueOf(e.getMessage());
            }
        }
        assertTrue(raised.contains("ended at"), raised);
    }
}
