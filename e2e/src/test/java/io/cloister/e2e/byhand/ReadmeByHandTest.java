package io.cloister.e2e.byhand;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.crypto.keystore.KeyStore;
import io.cloister.e2e.stage.Checkout;
import io.cloister.e2e.stage.NothingInClear;
import io.cloister.e2e.stage.Play;
import io.cloister.protocol.Email;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Plays the README's commands as they stand there: one process a command, a server process, one
/// key store a person. The block is read from the README, so that neither can change alone.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 8, unit = TimeUnit.MINUTES)
final class ReadmeByHandTest {
    /// Each command of the block, by who types it. A line that is only a comment is there as such.
    private static final List<String> COMMANDS =
            List.of(
                    "operator: server account add",
                    "operator: server account token",
                    "operator: server start",
                    "owner: export",
                    "owner: login",
                    "owner: computation create",
                    "owner: invitation show",
                    "coder: export",
                    "coder: join",
                    "coder: code push",
                    "clinic: export",
                    "clinic: join",
                    "clinic: data push",
                    "laboratory: # the same with examples/join/data/pathology.csv; institute and"
                            + " sponsor only join",
                    "owner: agreement sign",
                    "clinic: agreement show",
                    "clinic: approve",
                    "institute: result wait",
                    "institute: result get",
                    "institute: receipt show",
                    "institute: receipt verify");

    private static final String SIMULATED = "! simulated: protects nothing from the operator";

    private static final List<String> PEOPLE =
            List.of("coder", "clinic", "laboratory", "institute", "sponsor");

    private final Map<String, Shell> shells = new LinkedHashMap<>();
    private final Map<String, String> invitations = new LinkedHashMap<>();
    private Shell start;
    private Shell.@Nullable Background server;
    private String address = "";
    private String shown = "";
    private String question = "";
    private Shell.@Nullable Outcome unasked;

    @BeforeAll
    void playTheBlock(@TempDir Path folder) throws Exception {
        Checkout.runtime("base");
        start = Shell.in(folder.resolve("checkout"));
        for (ByHand.Line line : block()) {
            play(line);
        }
    }

    @AfterAll
    void endTheServer() throws Exception {
        try (var ended = Objects.requireNonNull(server)) {
            assertEquals(143, ended.end("TERM"));
        }
        try (Stream<Path> files = Files.list(start.folder())) {
            NothingInClear.assertNone(
                    Play.example("join"),
                    files.filter(KeyStore::exists).toList(),
                    start.folder().resolve("cloister-server"));
        }
    }

    private static List<ByHand.Line> block() throws Exception {
        return ByHand.lines(Checkout.root().resolve("README.md"));
    }

    private void play(ByHand.Line line) throws Exception {
        String command = line.command().replace("--port 8443", "--port 0");
        if (command.startsWith("export CLOISTER_HOME=~/")) {
            export(line.person(), command.substring(command.indexOf('/') + 1));
        } else if (command.isEmpty()) {
            theSameForTheOthers();
        } else if (command.contains(" server start ")) {
            var started = start.start("server", command);
            server = started;
            address = started.awaitLine("Listening on ").replaceFirst("\\.$", "");
        } else if (command.contains(" join ")) {
            join(line.person(), command);
        } else if (command.contains(" approve ")) {
            unasked = shell("clinic").attempt(command.replace(" --policy simulated", " --json"));
            for (String person : PEOPLE) {
                approve(person, command);
            }
        } else {
            Shell.Outcome outcome =
                    shell(line.person()).run(command.replace("http://127.0.0.1:8443", address));
            if (command.contains(" invitation show")) {
                keepInvitations(outcome.out());
            } else if (command.contains(" agreement show")) {
                shown = outcome.out();
            }
        }
    }

    private Shell shell(String person) {
        return person.equals("operator")
                ? start
                : Objects.requireNonNull(shells.get(person), () -> person + " exported nothing");
    }

    private void export(String person, String home) {
        shells.put(person, start.export("CLOISTER_HOME", start.folder().resolve(home).toString()));
    }

    private void join(String person, String command) {
        String invitation = Objects.requireNonNull(invitations.get(person + "@example.org"));
        assertTrue(command.endsWith(" cloister1…"), command);
        shell(person).run(command.replace("cloister1…", invitation));
    }

    private void keepInvitations(String out) {
        List<String> lines = out.lines().toList();
        for (int i = 0; i + 1 < lines.size(); i += 2) {
            invitations.put(lines.get(i).replaceFirst(":$", ""), lines.get(i + 1));
        }
        assertEquals(5, invitations.size(), out);
    }

    private void theSameForTheOthers() throws Exception {
        List<ByHand.Line> clinics =
                block().stream().filter(it -> it.person().equals("clinic")).limit(3).toList();
        for (String person : List.of("laboratory", "institute", "sponsor")) {
            for (ByHand.Line line : clinics) {
                boolean data = line.command().contains(" data push ");
                if (!data || person.equals("laboratory")) {
                    play(
                            new ByHand.Line(
                                    person,
                                    line.command()
                                            .replace("~/clinic", "~/" + person)
                                            .replace("measurements.csv", "pathology.csv"),
                                    ""));
                }
            }
        }
    }

    private void approve(String person, String command) throws Exception {
        Shell.Outcome outcome = shell(person).answering("yes", command);
        assertEquals(0, outcome.exit(), outcome::toString);
        question = outcome.out();
    }

    @Test
    void theBlockHasTheCommandsThatThisTestPlays() throws Exception {
        List<String> commands = new ArrayList<>();
        for (ByHand.Line line : block()) {
            if (line.command().isEmpty()) {
                commands.add(line.person() + ": # " + line.comment());
            }
            for (String one : line.command().split(" && ", -1)) {
                if (!one.isEmpty()) {
                    commands.add(line.person() + ": " + name(one));
                }
            }
        }
        assertEquals(COMMANDS, commands);
    }

    /// `server start` of `./cloister server start --port 0`.
    private static String name(String command) {
        return Arrays.stream(command.split("[ ]+", -1))
                .filter(word -> !word.equals("./cloister"))
                .takeWhile(word -> word.matches("[a-z]+"))
                .collect(Collectors.joining(" "));
    }

    @Test
    void bothConsumersGetTheExpectedBytes() throws Exception {
        assertArrayEquals(
                Play.expected("join", new Email("institute@example.org")),
                Files.readAllBytes(start.folder().resolve("table.csv")));
        shell("sponsor").run("./cloister result wait && ./cloister result get -o sponsor.csv");
        assertArrayEquals(
                Play.expected("join", new Email("sponsor@example.org")),
                Files.readAllBytes(start.folder().resolve("sponsor.csv")));
    }

    @Test
    void approvingSaysWhatItMeansAndAsks() {
        assertTrue(question.contains("may put anything it reads"), question);
        assertTrue(question.contains("imulated"), question);
        assertTrue(question.contains("A grant can't be recalled. Type yes:"), question);
        assertTrue(question.contains("Approved: 1 run(s)"), question);
    }

    @Test
    void everyoneReadsTheSamePhrase() {
        for (String person : PEOPLE) {
            String phrase = shell(person).run("./cloister agreement phrase").lastLine();
            assertEquals(12, phrase.split(" ", -1).length);
            assertTrue(shown.contains(phrase), shown);
        }
    }

    @Test
    void simulationIsNotApprovedUnlessItsOwnerSaysSo() {
        assertEquals(5, Objects.requireNonNull(unasked).exit(), unasked::toString);
        assertTrue(unasked.out().startsWith("{\"findings\":["), unasked::toString);
    }

    @Test
    void anyoneVerifiesTheReceiptAndNobodyAnAlteredOne() throws Exception {
        Shell stranger =
                start.export("CLOISTER_HOME", start.folder().resolve("stranger").toString());
        String verify = "./cloister receipt verify --policy simulated ";
        assertTrue(stranger.run(verify + "receipt.json").out().contains(SIMULATED));
        String receipt = Files.readString(start.folder().resolve("receipt.json"));
        assertEquals(
                3,
                verifying(stranger, receipt.replaceFirst("\"payload\":\"ey", "\"payload\":\"eZ")));
        String other = receipt.contains("\"sig\":\"AA") ? "BB" : "AA";
        assertEquals(
                4, verifying(stranger, receipt.replaceFirst("\"sig\":\"..", "\"sig\":\"" + other)));
    }

    private int verifying(Shell stranger, String receipt) throws Exception {
        Files.writeString(start.folder().resolve("altered.json"), receipt);
        return stranger.attempt("./cloister receipt verify --policy simulated altered.json").exit();
    }

    @Test
    void aReceiptIsComparedWithTheAgreementOrSaidNotToBe() {
        shell("clinic").run("./cloister agreement show -o agreement.json");
        Shell stranger =
                start.export("CLOISTER_HOME", start.folder().resolve("stranger").toString());
        String verify = "./cloister receipt verify receipt.json --policy simulated";
        String claims =
                "! Not compared with any agreement. These lines are only this enclave's claims:"
                        + " computation, agreement, code, packages, outcome,";
        String alone = stranger.run(verify).out();
        assertTrue(alone.contains(claims), alone);
        String json = stranger.run(verify + " --json").out();
        assertTrue(json.contains("\"compared\":false"), json);
        assertTrue(
                json.contains(
                        "\"notCompared\":[\"computation\",\"agreement\",\"code\",\"packages\"]"),
                json);

        String own = shell("institute").run(verify).out();
        assertTrue(own.contains("Compared here with the agreement of your key store:"), own);
        String given = stranger.run(verify + " --agreement agreement.json").out();
        assertTrue(given.contains("Compared here with the agreement of agreement.json:"), given);
        String compared = stranger.run(verify + " --agreement agreement.json --json").out();
        assertTrue(compared.contains("\"compared\":true"), compared);
        assertTrue(compared.contains("\"notCompared\":[]"), compared);
    }

    @Test
    void everyScreenThatShowsAnEnclaveSaysThatItIsSimulated() throws Exception {
        assertTrue(question.contains(SIMULATED), question);
        String waited = shell("institute").run("./cloister result wait --run 1 --json").out();
        String identity = waited.replaceFirst("(?s).*\"identity\":\"([^\"]*)\".*", "$1");
        for (String command :
                List.of(
                        "computation show",
                        "data list",
                        "keys list",
                        "evidence show --identity " + identity,
                        "evidence verify --policy simulated --identity " + identity)) {
            assertSaysSimulated("clinic", command);
        }
        for (String command :
                List.of(
                        "result wait --run 1",
                        "result get --again --force -o said.csv",
                        "receipt show",
                        "receipt verify receipt.json --policy simulated")) {
            assertSaysSimulated("institute", command);
        }
        try (var watching = shell("clinic").start("watch", "./cloister computation watch")) {
            watching.awaitLine(SIMULATED);
        }
    }

    private void assertSaysSimulated(String person, String command) {
        String line = "./cloister " + command;
        String out = shell(person).run(line).out();
        assertTrue(out.lines().anyMatch(SIMULATED::equals), line + "\n" + out);
        String json = shell(person).run(line + " --json").out();
        assertTrue(json.contains("\"evidenceKind\":\"simulated\""), line + "\n" + json);
    }

    @Test
    void theCodeComesBackAsItWasUploaded() throws Exception {
        shell("coder").run("./cloister code pull own");
        for (String file : List.of("run.py", "study.py")) {
            assertEquals(
                    Files.readString(start.folder().resolve("examples/join/code").resolve(file)),
                    Files.readString(start.folder().resolve("own").resolve(file)));
        }
        assertEquals("run.py\n", shell("clinic").run("./cloister code pull clear").out());
        assertFalse(Files.exists(start.folder().resolve("clear/study.py")));
        Shell.Outcome twice = shell("clinic").attempt("./cloister code pull clear");
        assertEquals(12, twice.exit(), twice::toString);
    }

    @Test
    void aBackupOfTheKeysOpensTheResultAgain() throws Exception {
        Files.writeString(start.folder().resolve("backup-passphrase"), "correct horse battery\n");
        String passphrase = " --backup-passphrase-file backup-passphrase";
        shell("institute").run("./cloister keys backup institute.backup" + passphrase);
        Shell restored =
                start.export("CLOISTER_HOME", start.folder().resolve("restored").toString());
        restored.run("./cloister keys restore institute.backup" + passphrase);
        restored.run("./cloister result get --again -o restored.csv");
        assertArrayEquals(
                Files.readAllBytes(start.folder().resolve("table.csv")),
                Files.readAllBytes(start.folder().resolve("restored.csv")));
    }

    @Test
    void theServersDataIsCopiedWhileItRuns() {
        String out =
                start.run("./cloister server backup ~/copy --data ~/cloister-server").lastLine();
        assertTrue(out.startsWith("Copied the database, 3 ciphertexts and "), out);
        assertEquals(
                12,
                start.attempt("./cloister server backup ~/copy --data ~/cloister-server").exit());
        assertTrue(
                start.run("./cloister server account list --data ~/copy")
                        .out()
                        .contains("owner@example.org"));
    }
}
