package io.cloister.e2e.byhand;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.e2e.operator.Answers;
import io.cloister.e2e.stage.Play;
import io.cloister.protocol.Email;
import io.cloister.protocol.json.Json;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/// What a script does that nobody sits at: every command, and exit codes. A run with one input more
/// follows the first.
@Timeout(value = 8, unit = TimeUnit.MINUTES)
final class ScriptedTest extends ScriptedStage {
    @Override
    Play play(Path folder) throws Exception {
        return Play.of(
                folder,
                "print('printed-by-the-run')\n"
                        + "enclave.write(secret_module.join(enclave.read()))");
    }

    private void everyoneJoins(Json created) throws Exception {
        for (Json invitation : list(created, "invitations")) {
            Email email = new Email(text(invitation, "email"));
            Json joined = say(name(email), "join " + text(invitation, "invitation"));
            assertEquals(email.value(), text(joined, "email"));
        }
    }

    private static String name(Email email) {
        return email.value().substring(0, email.value().indexOf('@'));
    }

    private List<String> people() {
        return play().roster().people().stream().map(ScriptedTest::name).toList();
    }

    @Test
    void everyCommandSaysOneObject() throws Exception {
        refused(7, "owner", "login http://127.0.0.1:9 --token-file token");
        Json created =
                say(
                        "owner",
                        "computation create Scripted --runtime bare --runs 2 --data-may-change"
                                + " --code-provider coder@example.org"
                                + " --data-provider alice@example.org"
                                + " --data-provider bob@example.org"
                                + " --result-consumer carol@example.org"
                                + " --result-consumer dave@example.org"
                                + " --output-reader coder@example.org");
        String computation = text(created, "computation");
        assertEquals(1, list(say("owner", "computation list"), "serverSays").size());
        assertEquals(
                list(created, "invitations"), list(say("owner", "invitation show"), "invitations"));

        Shell.Background watch =
                shell("owner").start("watch", "./cloister computation watch --events 1");
        try (watch) {
            watch.awaitLine("The server says:");
            everyoneJoins(created);
            assertTrue(watch.process().waitFor(Shell.PATIENCE.toSeconds(), TimeUnit.SECONDS));
            assertEquals(0, watch.process().exitValue(), watch.printed());
        }
        refused(3, "erin", "join cloister1nonsense");
        refused(8, "erin", "join " + text(list(created, "invitations").getFirst(), "invitation"));

        Json pushed = say("coder", "code push '" + play().code() + "'");
        assertTrue(!((Json.Obj) pushed).members().isEmpty());
        List<Path> alices = files("alice");
        assertEquals(
                2,
                list(
                                say(
                                        "alice",
                                        "data push '"
                                                + alices.get(0)
                                                + "' '"
                                                + alices.get(1)
                                                + "'"),
                                "inputs")
                        .size());
        say("bob", "data push '" + files("bob").getFirst() + "'");
        assertEquals(2, list(say("alice", "data list"), "inputs").size());

        refused(9, "alice", "approve --policy simulated");
        String agreement = text(say("owner", "agreement sign"), "agreement");
        assertEquals(agreement, text(say("dave", "agreement show"), "agreement"));
        String phrase = text(say("dave", "agreement phrase"), "phrase");
        assertEquals(phrase, text(say("bob", "agreement phrase"), "phrase"));

        refused(13, "alice", "approve --policy simulated --wait 2m");
        refused(
                5,
                "alice",
                "approve --policy simulated --wait 2m --agreement sha256:" + "0".repeat(64));
        refused(5, "alice", "approve --wait 2m --agreement " + agreement);
        String approve = "approve --policy simulated --wait 2m --agreement " + agreement;
        for (String person : people()) {
            Json granted = say(person, approve);
            assertEquals(agreement, text(Answers.member(granted, "agreement"), "agreement"));
            assertEquals(Json.of(2), Answers.member(granted, "possibleRuns"));
        }
        Json once = Answers.member(say("alice", approve), "grant");
        assertEquals(once, Answers.member(say("alice", approve), "grant"));

        Json run = verified(say("carol", "result wait"));
        assertEquals("success", text(run, "outcome"));
        assertEquals("simulated", text(run, "evidenceKind"));
        assertEquals(Play.JOINED, result("carol", "result get -o first.txt", "first.txt"));
        refused(9, "carol", "result get -o first.txt");
        refused(12, "carol", "result get --again -o first.txt");
        result("carol", "result get --again --force -o first.txt", "first.txt");

        say("coder", "result get --log -o printed.txt");
        assertEquals("printed-by-the-run\n", Files.readString(working().resolve("printed.txt")));
        Shell.Outcome denied =
                shell("carol").attempt("./cloister result get --log -o carols.txt --json");
        assertTrue(denied.exit() != 0 && denied.exit() != 1, denied::toString);
        assertTrue(Files.notExists(working().resolve("carols.txt")));

        Files.writeString(working().resolve("fourth.txt"), "fourth;");
        say("alice", "data push fourth.txt");
        Json submitted = say("alice", "data submit --run 2");
        assertEquals(Json.of(2), Answers.member(submitted, "run"));
        assertEquals("simulated", text(submitted, "evidenceKind"));
        refused(11, "carol", "result wait --timeout 1s");
        refused(2, "bob", "data submit --run 3");
        say("bob", "data submit --run 2");
        assertEquals(Json.of(2), Answers.member(verified(say("carol", "result wait")), "run"));
        assertEquals(
                Play.JOINED.replace("third-", "fourth;third-"),
                result("carol", "result get --run 2 -o second.txt", "second.txt"));

        Json receipt = say("dave", "receipt show --run 2 -o receipt.json");
        assertTrue(!((Json.Obj) receipt).members().isEmpty());
        say("erin", "receipt verify receipt.json --policy simulated");
        refused(5, "erin", "receipt verify receipt.json");
        say("dave", "keys list");
        say("dave", "policy show --policy simulated");
        assertEquals(
                computation,
                text(
                        Answers.member(say("dave", "computation show"), "verifiedHere"),
                        "computation"));
        refused(10, "dave", "computation show ffffffff");
        say("owner", "computation archive");
        refused(9, "dave", "data submit --run 2");
    }

    private List<Path> files(String person) {
        return Objects.requireNonNull(play().data().get(new Email(person + "@example.org")));
    }

    private String result(String person, String command, String file) throws Exception {
        assertEquals(1, list(say(person, command), "files").size());
        return Files.readString(working().resolve(file));
    }
}
