package io.cloister.e2e.cosmian;

import io.cloister.e2e.stage.Site;
import io.cloister.protocol.Email;
import io.cloister.protocol.json.Json;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// One computation driven by the old client: the names of its people there, and shortcuts.
final class OldPlay {
    static final String CODER = "CodeProvider";
    static final String PROVIDER = "DataProvider";
    static final String CONSUMER = "ResultConsumer";

    private final OldClient client;
    private final Site site;
    private final String words;
    private final List<String> actors = new ArrayList<>();
    private final String uuid;

    private OldPlay(OldClient client, Site site, String words, String uuid) {
        this.client = client;
        this.site = site;
        this.words = words;
        this.uuid = uuid;
    }

    /// Creates a computation, as an owner with an account of its own.
    static OldPlay created(
            OldClient client, Site site, Email coder, List<Email> providers, List<Email> consumers)
            throws Exception {
        client.owner("owner", site.account(new Email("owner@example.org")));
        Json created =
                client.call(
                        "owner",
                        "create_computation",
                        Json.of("a computation"),
                        Json.of(coder.value()),
                        OldClient.texts(providers.stream().map(Email::value).toList()),
                        OldClient.texts(consumers.stream().map(Email::value).toList()));
        return new OldPlay(
                client, site, client.words(), OldClient.text(OldClient.at(created, "uuid")));
    }

    /// All roles in one account.
    static OldPlay alone(OldClient client, Site site, Email person) throws Exception {
        OldPlay play = created(client, site, person, List.of(person), List.of(person));
        play.joins(person, CODER);
        play.joins(person, PROVIDER);
        play.joins(person, CONSUMER);
        return play;
    }

    String uuid() {
        return uuid;
    }

    /// What the client calls somebody in a role of this computation.
    String actor(Email person, String side) {
        return uuid + "/" + person + "/" + side;
    }

    /// Signs in and registers, with the right words.
    void joins(Email person, String side) throws Exception {
        comes(person, side, words);
        call(person, side, "register");
        actors.add(actor(person, side));
    }

    /// Signs in, with any words.
    void comes(Email person, String side, String said) throws Exception {
        client.actor(actor(person, side), side, site.account(person), uuid, said);
    }

    /// From now on somebody who joined says other words, the keys being the same.
    void forgetsTheWords(Email person, String side) throws Exception {
        client.reword(actor(person, side), client.words());
    }

    /// From now on somebody who joined says the right words, the keys being the same.
    void recallsTheWords(Email person, String side) throws Exception {
        client.reword(actor(person, side), words);
    }

    Json call(Email person, String side, String method, Json... more) throws Exception {
        Json[] arguments = new Json[1 + more.length];
        arguments[0] = Json.of(uuid);
        System.arraycopy(more, 0, arguments, 1, more.length);
        return client.call(actor(person, side), method, arguments);
    }

    /// Copies code of the test's resources, so that the client leaves nothing there.
    Path code(Path folder, String name) throws Exception {
        Path from = OldClient.RESOURCES.resolve(name);
        Path to = folder.resolve(uuid).resolve(name);
        try (var files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Path target = to.resolve(from.relativize(file).toString());
                Files.createDirectories(
                        Files.isDirectory(file) ? target : target.resolveSibling(""));
                if (Files.isRegularFile(file)) {
                    Files.copy(file, target);
                }
            }
        }
        return to;
    }

    /// Uploads code.
    ///
    /// @return the tar the client made
    Path uploads(Email coder, Path folder, String name) throws Exception {
        return Path.of(
                OldClient.text(
                        call(coder, CODER, "upload_code", OldClient.path(code(folder, name)))));
    }

    /// The key of the enclave that is shown to `person`, once there is one.
    Json enclave(Email person, String side) throws Exception {
        return call(person, side, "wait_for_enclave_identity", Json.of(1));
    }

    void brings(Email provider, String name, String data) throws Exception {
        call(
                provider,
                PROVIDER,
                "upload_data",
                Json.of(name),
                OldClient.bytes(data.getBytes(StandardCharsets.UTF_8)));
    }

    void provisions(Email person, String side) throws Exception {
        call(person, side, "key_provisioning", enclave(person, side));
    }

    /// Everybody who joined sends the key.
    void everybodyProvisions() throws Exception {
        for (String actor : actors) {
            Json key = client.call(actor, "wait_for_enclave_identity", Json.of(uuid), Json.of(1));
            client.call(actor, "key_provisioning", Json.of(uuid), key);
        }
    }

    String result(Email consumer) throws Exception {
        return new String(
                OldClient.bytes(call(consumer, CONSUMER, "wait_result", Json.of(1))),
                StandardCharsets.UTF_8);
    }

    /// The state's word, and what is said of it.
    Json status(Email person, String side) throws Exception {
        return OldClient.at(call(person, side, "get_status"), "enclave_state");
    }
}
