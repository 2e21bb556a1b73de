package io.cloister.e2e.byhand;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.e2e.operator.Answers;
import io.cloister.e2e.stage.Checkout;
import io.cloister.e2e.stage.NothingInClear;
import io.cloister.e2e.stage.Play;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A server of the bare runtime, and everyone who types commands with `--json`, whose standard
/// output is one JSON object; the owner is logged in. Afterwards, nothing is in clear at the
/// server's.
abstract class ScriptedStage {
    @TempDir Path folder;
    private final Map<String, Shell> shells = new LinkedHashMap<>();
    private Play play;
    private Shell start;
    private Shell.Background server;

    @BeforeEach
    void openAServer() throws Exception {
        Checkout.runtime("bare");
        play = play(folder.resolve("play"));
        start = Shell.in(folder.resolve("s"));
        say(start, "server account add owner@example.org --data ~/d");
        Files.writeString(
                start.folder().resolve("token"),
                text(say(start, "server account token owner@example.org --data ~/d"), "token"));
        server =
                start.start(
                        "server",
                        "./cloister server start --data ~/d --port 0 --runtime bare --json");
        String address = text(parse("{" + server.awaitLine("{")), "address");
        say("owner", "login " + address + " --token-file token");
    }

    /// What is computed, and by whom, its files in `folder`.
    abstract Play play(Path folder) throws Exception;

    /// What is computed.
    Play play() {
        return play;
    }

    /// Where everyone's commands run.
    Path working() {
        return start.folder();
    }

    @AfterEach
    void endTheServer() throws Exception {
        try (var ended = server) {
            assertEquals(143, ended.end("TERM"));
        }
        NothingInClear.assertNone(
                play,
                shells.keySet().stream().map(name -> start.folder().resolve("h-" + name)).toList(),
                start.folder().resolve("d"));
    }

    static Json parse(String out) throws Exception {
        return Json.parse(out.getBytes(StandardCharsets.UTF_8), JsonLimits.DOCUMENT, "output");
    }

    static String text(Json json, String member) {
        return Answers.text(json, member);
    }

    static Json verified(Json json) {
        return Answers.member(json, "verifiedHere");
    }

    static List<Json> list(Json json, String member) {
        return ((Json.Arr) Answers.member(json, member)).elements();
    }

    Shell shell(String person) {
        return shells.computeIfAbsent(
                person,
                name ->
                        start.export(
                                "CLOISTER_HOME", start.folder().resolve("h-" + name).toString()));
    }

    /// What a command says in its only object.
    static Json say(Shell shell, String command) throws Exception {
        return parse(shell.run("./cloister " + command + " --json").out());
    }

    Json say(String person, String command) throws Exception {
        return say(shell(person), command);
    }

    /// A command that must end with `exit`, and says so in its object, on which nothing is lost in
    /// text: the error of a refusal, and what to do.
    Shell.Outcome refused(int exit, String person, String command) throws Exception {
        Shell.Outcome outcome = shell(person).attempt("./cloister " + command + " --json");
        assertEquals(exit, outcome.exit(), outcome::toString);
        Json.Obj said = (Json.Obj) parse(outcome.out());
        assertTrue(
                said.members().containsKey("error") || said.members().containsKey("findings"),
                outcome::toString);
        assertTrue(
                outcome.err().lines().anyMatch(line -> line.startsWith("error: ")),
                outcome::toString);
        return outcome;
    }
}
