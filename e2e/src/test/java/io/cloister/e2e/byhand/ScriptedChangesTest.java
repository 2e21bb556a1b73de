package io.cloister.e2e.byhand;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.e2e.operator.Answers;
import io.cloister.e2e.stage.Play;
import io.cloister.protocol.Email;
import io.cloister.protocol.document.Roster;
import io.cloister.protocol.json.Json;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// What a script does when people think again: invitations that are taken back and made anew, code
/// and data taken back, a second agreement, a run that fails, people who leave. The owner signs
/// unattended.
@Timeout(value = 8, unit = TimeUnit.MINUTES)
final class ScriptedChangesTest extends ScriptedStage {
    private static final Email CODER = new Email("coder@example.org");
    private static final Email ALICE = new Email("alice@example.org");
    private static final Email CAROL = new Email("carol@example.org");

    @Override
    Play play(Path folder) throws Exception {
        Play of = Play.of(folder, "enclave.write(secret_module.join(enclave.read()))");
        return new Play(
                of.title(),
                of.runtime(),
                new Roster(CODER, List.of(ALICE), List.of(CAROL)),
                of.code(),
                Map.of(ALICE, List.of(folder.resolve("first.txt"))),
                of.terms());
    }

    private Json create(String title, String dataProvider) throws Exception {
        return say(
                "owner",
                "computation create "
                        + title
                        + " --runtime bare --code-provider coder@example.org --data-provider "
                        + dataProvider
                        + " --result-consumer carol@example.org");
    }

    private static Json invitation(Json shown, Email person) {
        return list(shown, "invitations").stream()
                .filter(one -> text(one, "email").equals(person.value()))
                .findFirst()
                .orElseThrow();
    }

    /// A refusal by exactly these checks.
    private void refusedBy(List<String> codes, String person, String command) throws Exception {
        Json said = parse(refused(5, person, command).out());
        assertEquals(
                codes,
                list(said, "findings").stream().map(finding -> text(finding, "code")).toList());
    }

    @Test
    void everythingCanBeTakenBackButAGrant() throws Exception {
        Json created = create("Changes", "alice@example.org");
        aliceJoinsWithTheSecondInvitation(created);
        String first = signedUnattended(created);
        aliceTakesHerDataBackAndApproves(first);
        String second = codeIsTakenBackAndSignedAnew(first);
        everyoneApproves(second);
        theRunFails();
        aliceAndCarolLeave();
    }

    private void aliceJoinsWithTheSecondInvitation(Json created) throws Exception {
        assertEquals(
                list(created, "invitations"), list(say("owner", "invitation show"), "invitations"));
        refused(2, "owner", "invitation show --renew");
        refused(10, "owner", "invitation show nobody@example.org");

        assertEquals(
                ALICE.value(),
                text(say("owner", "invitation revoke alice@example.org"), "revoked"));
        Json revoked = invitation(say("owner", "invitation show alice@example.org"), ALICE);
        assertEquals(Json.of(true), Answers.member(revoked, "revoked"));
        String before = text(revoked, "invitation");
        assertEquals(text(invitation(created, ALICE), "invitation"), before);
        refused(8, "alice", "join " + before);

        Json renewed = invitation(say("owner", "invitation show alice@example.org --renew"), ALICE);
        assertEquals(Json.of(false), Answers.member(renewed, "revoked"));
        String after = text(renewed, "invitation");
        assertNotEquals(before, after);
        refused(8, "alice", "join " + before);
        assertEquals(ALICE.value(), text(say("alice", "join " + after), "email"));
        refused(9, "owner", "invitation show alice@example.org --renew");
        assertEquals(renewed, invitation(say("owner", "invitation show alice@example.org"), ALICE));
    }

    /// Nobody sits at the owner's machine.
    private String signedUnattended(Json created) throws Exception {
        Shell.Background watch =
                shell("owner").start("watch", "./cloister computation watch --sign --json");
        try (watch) {
            for (Email person : List.of(CODER, CAROL)) {
                String invited = text(invitation(created, person), "invitation");
                say(person.equals(CODER) ? "coder" : "carol", "join " + invited);
            }
            say("coder", "code push '" + play().code() + "'");
            assertTrue(watch.process().waitFor(Shell.PATIENCE.toSeconds(), TimeUnit.SECONDS));
            assertEquals(0, watch.process().exitValue(), watch.printed());
            return text(parse(Files.readString(watch.out())), "agreement");
        }
    }

    private void aliceTakesHerDataBackAndApproves(String agreement) throws Exception {
        String push = "data push '" + play().code().resolveSibling("first.txt") + "'";
        say("alice", push);
        refused(13, "alice", "data reset");
        assertEquals(1, list(say("alice", "data list"), "inputs").size());
        say("alice", "data reset --yes");
        assertEquals(0, list(say("alice", "data list"), "inputs").size());
        say("alice", push);
        assertEquals(Json.of(1), approved("alice", agreement, ""));
    }

    private Json approved(String person, String agreement, String options) throws Exception {
        Json granted =
                say(
                        person,
                        "approve --policy simulated --wait 2m --agreement " + agreement + options);
        return Answers.member(granted, "possibleRuns");
    }

    private String codeIsTakenBackAndSignedAnew(String first) throws Exception {
        String push = "code push '" + play().code() + "'";
        Path run = play().code().resolve("run.py");
        Files.writeString(
                run,
                Files.readString(run)
                        .replace(
                                "import secret_module\n",
                                "import secret_module\n\n"
                                        + "        raise ValueError([data.read() for data in"
                                        + " enclave.read()])\n"));
        refused(9, "coder", push);
        refused(13, "coder", "code reset");
        refused(8, "alice", "code reset --yes");
        say("coder", "code reset --yes");
        refused(9, "owner", "agreement sign");
        say("coder", push);

        refusedBy(List.of("agreement-signed-before"), "owner", "agreement sign");
        String second = text(say("owner", "agreement sign --allow-two-versions"), "agreement");
        assertNotEquals(first, second);
        assertEquals(second, text(say("owner", "agreement sign"), "agreement"));
        assertEquals(
                text(say("alice", "agreement phrase"), "phrase"),
                text(say("carol", "agreement phrase"), "phrase"));
        return second;
    }

    private void everyoneApproves(String agreement) throws Exception {
        refusedBy(
                List.of("granted-before", "agreement-changed"),
                "alice",
                "approve --policy simulated --wait 2m --agreement " + agreement);
        assertEquals(Json.of(2), approved("alice", agreement, " --again"));
        assertEquals(Json.of(1), approved("coder", agreement, ""));
        assertEquals(Json.of(1), approved("carol", agreement, ""));
    }

    private void theRunFails() throws Exception {
        Shell.Outcome waited = shell("carol").attempt("./cloister result wait --json");
        assertEquals(14, waited.exit(), waited::toString);
        assertEquals("exception", text(verified(parse(waited.out())), "outcome"));
        refused(14, "carol", "result get -o result.txt");
        assertTrue(Files.notExists(working().resolve("result.txt")));
        assertEquals(14, shell("carol").attempt("./cloister result wait").exit());
    }

    private void aliceAndCarolLeave() throws Exception {
        assertSaysWhatRemains("up to 2 run(s) made of them in 2 enclave(s)", "alice", "withdraw");
        assertSaysWhatRemains("up to 1 run(s) made of them in 1 enclave(s)", "carol", "decline");
        Json again = say("alice", "withdraw --reason 'second thoughts'");
        assertEquals(2, list(again, "grantsThatRemain").size());
        assertEnded("withdrawn: alice@example.org: second thoughts", again);
    }

    private void assertSaysWhatRemains(String what, String person, String command) {
        String said =
                shell(person).run("./cloister " + command + " --reason 'second thoughts'").out();
        assertTrue(
                said.contains(
                        "What you granted can't be taken back: a dishonest operator who kept your"
                                + " ciphertexts can still have "
                                + what
                                + ", each until its grant ends."),
                said);
    }

    private static void assertEnded(String reason, Json said) {
        Json server = Answers.member(said, "serverSays");
        assertEquals("ended", text(server, "state"));
        assertEquals(reason, text(server, "reason"));
    }
}
