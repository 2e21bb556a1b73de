package io.cloister.e2e.byhand;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.attestation.testkit.TestWheel;
import io.cloister.client.ResultDesk;
import io.cloister.client.code.CodeCheck;
import io.cloister.client.code.CodeFolder;
import io.cloister.client.server.Progress;
import io.cloister.client.server.Said;
import io.cloister.e2e.stage.Cast;
import io.cloister.e2e.stage.Checkout;
import io.cloister.e2e.stage.Play;
import io.cloister.e2e.stage.Site;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.Email;
import io.cloister.protocol.document.Receipt;
import io.cloister.protocol.dsse.Signed;
import io.cloister.protocol.json.Json;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/// Packages that come with the code, from `requirements.txt` to the receipt of a real enclave; and
/// a Code Provider whose client checks nothing. Each of its bundles is the accepted one with one
/// thing altered.
@Timeout(value = 8, unit = TimeUnit.MINUTES)
final class FurtherPackagesTest {
    private static final String MODULE = "greet/__init__.py";
    private static final String CONTENT = "def word(): return b'hello'\n";
    private static final TestWheel GREET =
            TestWheel.honest("greet", "1.0", Map.of(MODULE, CONTENT));

    @TempDir private Path folder;

    @Test
    void whatRequirementsAskForRunsInTheEnclaveAndIsInTheReceipt() throws Exception {
        Shell shell = Shell.in(folder.resolve("s"));
        Play example = Play.example("wheels");
        Path code = copy(example.code(), shell.folder().resolve("code"));
        assertEquals(5, shell.attempt("./cloister code check code").exit());

        Shell.Outcome locked = shell.attempt("./cloister code lock code --runtime bare");
        Assumptions.assumeFalse(locked.err().contains("requirement-network"), locked.err());
        assertEquals(0, locked.exit(), locked.toString());
        assertTrue(locked.out().contains("2 package(s) come with the code."), locked.out());
        assertEquals(0, shell.run("./cloister code check code").exit());

        var play =
                new Play(
                        example.title(),
                        example.runtime(),
                        example.roster(),
                        code,
                        example.data(),
                        example.terms());
        Email guide = play.roster().resultConsumers().getFirst();
        shell.run(
                "./cloister code test code --runtime bare -o out --data "
                        + Checkout.root().resolve("examples/wheels/data/wine.csv"));
        assertArrayEquals(
                Play.expected("wheels", guide),
                Files.readAllBytes(shell.folder().resolve("out").resolve("result")));
        try (Site site = Site.open(folder.resolve("site"), List.of(Checkout.runtime("bare")));
                Cast cast = Cast.proposing(site, play, folder.resolve("homes")).played()) {
            assertArrayEquals(Play.expected("wheels", guide), cast.onlyResult(guide));
            ResultDesk desk = cast.seat(guide).results();
            Said.Run run = cast.seat(guide).runs().getFirst();
            Receipt receipt =
                    Signed.readUnverified(desk.receipt(run.identity(), run.run()), Receipt.TYPE);
            assertEquals(
                    List.of("markupsafe 3.0.3 CODE", "tabulate 0.9.0 CODE"),
                    receipt.packages().packages().stream()
                            .map(one -> one.name() + " " + one.version() + " " + one.origin())
                            .toList());
        }
    }

    private static Path copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        try (var entries = Files.list(from)) {
            for (Path entry : entries.toList()) {
                Files.copy(entry, to.resolve(entry.getFileName()));
            }
        }
        return to;
    }

    /// What a Code Provider does to the accepted project.
    private interface Change {
        void make(Path code, Path wheel) throws Exception;
    }

    private static void relocked(Path code, TestWheel other) throws Exception {
        Path wheels = code.resolve("wheels");
        Files.delete(wheels.resolve(GREET.fileName()));
        Files.writeString(code.resolve("requirements.lock"), other.lockLines(other.write(wheels)));
    }

    @Test
    void theEnclaveRefusesWhatACheatingCodeProviderBringsBeforeAnybodyGrants() throws Exception {
        Map<String, Change> changes =
                Map.of(
                        "published",
                        (_, _) -> {},
                        "is not its hash in requirements.lock",
                        (_, wheel) -> {
                            byte[] bytes = Files.readAllBytes(wheel);
                            bytes[bytes.length / 2] ^= 1;
                            Files.write(wheel, bytes);
                        },
                        "more-1.0-py3-none-any.whl is not in requirements.lock",
                        (code, _) ->
                                TestWheel.honest("more", "1.0", Map.of("more.py", ""))
                                        .write(code.resolve("wheels")),
                        "whose wheel is not in wheels/",
                        (_, wheel) -> Files.delete(wheel),
                        "no requirements.lock that names them",
                        (code, _) -> Files.delete(code.resolve("requirements.lock")),
                        "is no plain relative path",
                        (code, _) -> relocked(code, GREET.with("../../evil.py", Bytes.utf8("x"))),
                        "it brings json, which is a name of the standard library",
                        (code, _) -> relocked(code, GREET.with("json/__init__.py", Bytes.utf8(""))),
                        "is not what its RECORD says",
                        (code, _) ->
                                relocked(
                                        code,
                                        GREET.withRecord(
                                                GREET.record()
                                                        .replace(
                                                                TestWheel.line(MODULE, CONTENT),
                                                                TestWheel.line(
                                                                        MODULE,
                                                                        CONTENT.replace(
                                                                                'h', 'H'))))),
                        "it is not for CPython 3.",
                        (code, _) -> relocked(code, GREET.tagged("cp39-cp39-win_amd64")));
        try (Site site = Site.open(folder.resolve("site"), List.of(Checkout.runtime("bare")))) {
            int number = 0;
            for (Map.Entry<String, Change> change : changes.entrySet()) {
                String said = said(site, folder.resolve("p" + number++), change.getValue());
                assertTrue(said.contains(change.getKey()), change.getKey() + " but " + said);
            }
        }
    }

    /// What the enclave of the accepted project says, with one change.
    private static String said(Site site, Path place, Change change) throws Exception {
        Play play =
                Play.of(
                        Files.createDirectories(place),
                        "import greet\nenclave.write(greet.word())");
        Path wheel = GREET.write(Files.createDirectories(play.code().resolve("wheels")));
        Files.writeString(play.code().resolve("requirements.lock"), GREET.lockLines(wheel));
        change.make(play.code(), wheel);
        try (Cast cast = Cast.proposing(site, play, place.resolve("homes")).joined()) {
            cast.coder()
                    .code()
                    .push(
                            new CodeCheck.Report(CodeFolder.of(play.code()), List.of()),
                            Progress.NONE);
            cast.dataPushed().signed();
            return assertTimeoutPreemptively(Cast.PATIENCE, () -> awaitWord(cast));
        }
    }

    private static String awaitWord(Cast cast) throws Exception {
        try (var events = cast.owner().follow(0)) {
            while (true) {
                Said.Event event = events.next();
                if (event.type().equals("identity-published")) {
                    return "published";
                }
                if (event.type().equals("enclave-stopped")
                        && event.data() instanceof Json.Obj(var members)) {
                    return ((Json.Str) Objects.requireNonNull(members.get("detail"))).value();
                }
            }
        }
    }
}
