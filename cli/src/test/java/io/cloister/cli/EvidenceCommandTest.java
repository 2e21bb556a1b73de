package io.cloister.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.cloister.attestation.endorsement.EndorsementBundle;
import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.evidence.EvidenceBundle;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import picocli.CommandLine;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

class EvidenceCommandTest {
    private static final Path VECTORS =
            Path.of(
                    System.getProperty("cloister.root", ".."),
                    "spec/vectors/attestation/simulated/cases.json");

    @TempDir private Path folder;

    private record Vector(
            String id,
            Bytes bundle,
            Json policy,
            String reportData,
            boolean narrowed,
            Instant instant,
            int exit) {}

    private static List<Vector> vectors() throws Exception {
        var limits = new JsonLimits(8 << 20, 16, 100_000);
        Fields file = Fields.of(Json.parse(Files.readAllBytes(VECTORS), limits, "cases"), "cases");
        return file.list(
                "cases",
                1_000,
                (json, path) -> {
                    Fields one = Fields.of(json, path);
                    return new Vector(
                            one.string("id", 1, 100),
                            one.base64("bundle", 0, 1 << 20),
                            one.any("policy"),
                            one.string("reportData", 128, 128),
                            !one.list("measurements", 100, (each, _) -> each).isEmpty(),
                            Instant.ofEpochSecond(one.integer("instant", 0, Json.MAX_INTEGER)),
                            exit(one.string("outcome", 1, 40), one.string("stage", 0, 40)));
                });
    }

    private static int exit(String outcome, String stage) {
        return switch (outcome) {
            case "affirmed" -> 0;
            case "could-not-check" -> 6;
            default ->
                    switch (stage) {
                        case "parse" -> 3;
                        case "verify" -> 4;
                        default -> 5;
                    };
        };
    }

    private static Vector affirmed() throws Exception {
        return vectors().stream()
                .filter(vector -> vector.exit == 0 && !vector.narrowed)
                .findFirst()
                .orElseThrow();
    }

    private CommandLineRun verify(Vector vector, String... more) throws IOException {
        Files.write(folder.resolve("evidence.json"), vector.bundle.toArray());
        Files.write(folder.resolve("policy.json"), vector.policy.canonical());
        String[] given = {
            "evidence",
            "verify",
            "evidence.json",
            "--policy",
            "policy.json",
            "--at",
            vector.instant.toString()
        };
        return CommandLineRun.in(
                folder, Stream.concat(Stream.of(given), Stream.of(more)).toArray(String[]::new));
    }

    @TestFactory
    Stream<DynamicTest> eachOutcomeHasItsExitCode() throws Exception {
        return vectors().stream()
                .filter(vector -> !vector.narrowed)
                .map(vector ->
                        DynamicTest.dynamicTest(
                                vector.id,
                                () -> {
                                    CommandLineRun run =
                                            verify(vector, "--report-data", vector.reportData);
                                    assertEquals(vector.exit, run.exit(), run.err());
                                }));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "+1000000000-12-31T23:59:59Z",
                "-1000000000-01-01T00:00:00Z",
                "1969-12-31T23:59:59Z",
                "+10000-01-01T00:00:00Z",
                "yesterday"
            })
    void takesNoInstantBeyondThoseDocumentsCanName(String at) throws Exception {
        Vector vector = affirmed();
        Files.write(folder.resolve("evidence.json"), vector.bundle.toArray());
        Files.write(folder.resolve("policy.json"), vector.policy.canonical());
        CommandLineRun run =
                CommandLineRun.in(
                        folder,
                        "evidence",
                        "verify",
                        "evidence.json",
                        "--policy",
                        "policy.json",
                        "--at=" + at,
                        "--report-data",
                        vector.reportData);
        assertEquals(2, run.exit(), run.err());
        assertTrue(run.err().startsWith("error: --at: expected a time"), run.err());
    }

    @Test
    void saysWhyInJsonToo() throws Exception {
        Vector vector = affirmed();
        CommandLineRun accepted = verify(vector, "--report-data", vector.reportData, "--json");
        CommandLineRun refused = verify(vector, "--report-data", "00".repeat(64), "--json");

        assertEquals(0, accepted.exit(), accepted.err());
        assertTrue(accepted.out().contains("\"result\":\"affirmed\""));
        assertEquals(5, refused.exit());
        assertTrue(refused.out().contains("\"result\":\"refused\""));
        assertTrue(refused.err().contains("not-met  report-data"), refused.err());
        assertEquals(1, refused.out().lines().count());
    }

    @Test
    void saysWhatItFoundWhereAnythingIsAccepted() throws Exception {
        Vector vector = affirmed();
        CommandLineRun run = verify(vector, "--report-data", vector.reportData);

        assertEquals(0, run.exit(), run.err());
        assertTrue(run.out().contains("does not narrow the enclaves (simulated:"), run.out());
    }

    @Test
    void appraisesNothingWithoutKnowingWhatItMustBeBoundTo() throws Exception {
        CommandLineRun run = verify(affirmed());

        assertEquals(6, run.exit());
        assertTrue(run.err().contains("nobody says what it must be bound to"), run.err());
    }

    @Test
    void saysOnlyWhetherItIsAuthenticIfAsked() throws Exception {
        CommandLineRun run = verify(affirmed(), "--authentic-only");

        assertEquals(0, run.exit(), run.err());
        assertTrue(run.out().contains("not appraised"));
        assertTrue(run.out().contains("! simulated: protects nothing from the operator"));
    }

    @Test
    void verifiesOfflineWithABundleOfEndorsements() throws Exception {
        Vector vector = affirmed();
        EvidenceBundle bundle = EvidenceBundle.parse(vector.bundle);
        var without =
                new Vector(
                        vector.id,
                        new EvidenceBundle(bundle.evidence(), Endorsements.none()).canonical(),
                        vector.policy,
                        vector.reportData,
                        false,
                        vector.instant,
                        0);
        Files.write(
                folder.resolve("endorsements.json"),
                new EndorsementBundle(bundle.endorsements()).canonical().toArray());

        assertEquals(6, verify(without, "--report-data", vector.reportData).exit());
        CommandLineRun run =
                verify(
                        without,
                        "--report-data",
                        vector.reportData,
                        "--endorsements",
                        "endorsements.json");
        assertEquals(0, run.exit(), run.err());
        CommandLineRun other =
                verify(
                        without,
                        "--report-data",
                        vector.reportData,
                        "--endorsements",
                        "policy.json");
        assertEquals(3, other.exit(), other.err());
    }

    @Test
    void showsEveryFieldAndVerifiesNothing() throws Exception {
        Files.write(folder.resolve("evidence.json"), affirmed().bundle.toArray());

        CommandLineRun people = CommandLineRun.in(folder, "evidence", "show", "evidence.json");
        CommandLineRun json =
                CommandLineRun.in(folder, "evidence", "show", "evidence.json", "--json");

        assertEquals(0, people.exit(), people.err());
        assertTrue(people.out().startsWith("Not verified."));
        assertTrue(people.out().contains("certificate.payloadType"), people.out());
        assertTrue(json.out().contains("\"verified\":false"));
        assertFalse(json.out().contains("\"verified\":true"));
    }

    @Test
    void refusesFilesThatAreNoEvidence() throws Exception {
        Files.writeString(folder.resolve("none"), "\u001b[2Jnothing\n");
        Files.write(folder.resolve("empty"), new byte[0]);
        Files.write(folder.resolve("zeros"), new byte[1184]);

        for (String name : new String[] {"none", "empty", "zeros"}) {
            CommandLineRun run = CommandLineRun.in(folder, "evidence", "show", name);
            assertEquals(3, run.exit(), name);
            assertFalse(run.err().contains("\u001b"), run.err());
        }
        assertEquals(10, CommandLineRun.in(folder, "evidence", "show", "nowhere").exit());
    }

    @Test
    void couldNotFetchWhatNoServicePublishes() throws Exception {
        Files.write(folder.resolve("evidence.json"), affirmed().bundle.toArray());

        CommandLineRun run =
                CommandLineRun.in(folder, "evidence", "fetch-endorsements", "evidence.json");

        assertEquals(6, run.exit(), run.err());
        assertFalse(Files.exists(folder.resolve("evidence.json.endorsements.json")));
    }

    @Test
    void refusesASourceThatIsNotProtected() throws Exception {
        Files.write(folder.resolve("evidence.json"), affirmed().bundle.toArray());

        CommandLineRun run =
                CommandLineRun.in(
                        folder,
                        "evidence",
                        "fetch-endorsements",
                        "evidence.json",
                        "--source",
                        "http://pccs.example");

        assertEquals(3, run.exit(), run.err());
    }

    @Test
    void refusesCasesThatItWouldNotCompareWhole() throws Exception {
        Files.write(folder.resolve("report.bin"), new byte[2_000]);
        for (String cases :
                new String[] {
                    "{\"sev\":[]}",
                    "{\"snp\":[{\"id\":\"a\"}]}",
                    snp("../report.bin", 0),
                    snp("/etc/passwd", 0),
                    snp("report.bin", 0),
                    snp("report.bin", 1_000),
                    "[]",
                }) {
            Files.writeString(folder.resolve("cases.json"), cases);

            assertEquals(
                    3,
                    CommandLineRun.in(folder, "evidence", "verify", "--cases", "cases.json").exit(),
                    cases);
        }
        Files.writeString(folder.resolve("cases.json"), "{\"snp\":[],\"nitro\":[{},{}]}");
        CommandLineRun run =
                CommandLineRun.in(folder, "evidence", "verify", "--cases", "cases.json");
        assertEquals(0, run.exit(), run.err());
        assertTrue(run.out().contains("0 cases, 0 came out differently; 2 are of kinds"));
    }

    private CommandLineRun refusedUsage(String... arguments) {
        CommandLineRun run = CommandLineRun.in(folder, arguments);
        assertEquals(2, run.exit(), () -> List.of(arguments) + " " + run);
        return run;
    }

    private static CommandLine subcommand(CommandLine of, String name) {
        return Objects.requireNonNull(of.getSubcommands().get(name), name);
    }

    /// Every option of `evidence verify` with some value, but those that all commands have.
    private static List<List<String>> options() throws Exception {
        var world =
                new World(
                        InputStream.nullInputStream(),
                        new PrintStream(OutputStream.nullOutputStream(), true, UTF_8),
                        new PrintStream(OutputStream.nullOutputStream(), true, UTF_8),
                        false,
                        Path.of("."),
                        Map.of(),
                        Clock.systemUTC(),
                        new SecureRandom());
        CommandLine verify = subcommand(subcommand(Cli.commandLine(world), "evidence"), "verify");
        Set<String> common = Set.of("--home", "--json", "--passphrase-file", "--protected");
        return verify.getCommandSpec().options().stream()
                .filter(option -> !option.usageHelp())
                .filter(option -> !common.contains(option.longestName()))
                .map(option ->
                        option.arity().max() == 0
                                ? List.of(option.longestName())
                                : List.of(option.longestName(), "0"))
                .toList();
    }

    @Test
    void takesNoOptionBesideCasesThatItWouldNotLookAt() throws Exception {
        Files.writeString(folder.resolve("cases.json"), "{\"snp\":[]}");
        String[] cases = {"evidence", "verify", "--cases", "cases.json"};
        assertEquals(0, CommandLineRun.in(folder, cases).exit());
        for (List<String> option : options()) {
            if (!option.contains("--cases")) {
                refusedUsage(
                        Stream.concat(Stream.of(cases), option.stream()).toArray(String[]::new));
            }
        }
        refusedUsage("evidence", "verify", "quote.bin", "--cases", "cases.json");
    }

    @Test
    void takesNothingThatIsComparedWithAFileForAnEnclave() throws Exception {
        for (List<String> option : options()) {
            if (EvidenceFileOptions.NAMES.contains(option.getFirst())) {
                CommandLineRun run =
                        refusedUsage(
                                Stream.concat(Stream.of("evidence", "verify"), option.stream())
                                        .toArray(String[]::new));
                assertTrue(run.err().contains("goes with a FILE"), run.err());
            }
        }
    }

    @Test
    void takesNothingThatSaysWhichEnclaveForAFileThatDoesNot() throws Exception {
        Vector vector = affirmed();
        String[][] which = {
            {"--identity", "sha256:" + "00".repeat(32)},
            {"--computation", "00".repeat(16)},
            {"--server", "https://example.org"}
        };
        for (String[] one : which) {
            CommandLineRun run = verify(vector, one[0], one[1], "--authentic-only");
            assertEquals(2, run.exit(), run::toString);
            refusedUsage("evidence", "show", "evidence.json", one[0], one[1]);
        }
    }

    @Test
    void takesAnEmptyValueForNoneThatWasLeftOut() {
        for (String option :
                List.of("--identity", "--report-data", "--at", "--policy", "--cases")) {
            CommandLineRun spaced = refusedUsage("evidence", "verify", option, "");
            assertTrue(spaced.err().contains(option + ": expected a value"), spaced.err());
            refusedUsage("evidence", "verify", option + "=");
        }
        CommandLineRun file = refusedUsage("evidence", "verify", "");
        assertTrue(file.err().contains("FILE: expected a value"), file.err());
    }

    private static String snp(String file, int offset) {
        return "{\"snp\":[{\"id\":\"a\",\"report\":\""
                + file
                + "\",\"reportOffset\":"
                + offset
                + ",\"expect\":{\"result\":\"x\"}}]}";
    }
}
