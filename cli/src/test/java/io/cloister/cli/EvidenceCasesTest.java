package io.cloister.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.cloister.attestation.endorsement.Endorsement;
import io.cloister.attestation.endorsement.EndorsementBundle;
import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.evidence.Verifier;
import io.cloister.attestation.pki.Pem;
import io.cloister.cli.EvidenceCases.Result;
import io.cloister.cli.EvidenceCases.Results;
import io.cloister.cli.EvidenceCases.Revocation;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Every captured case comes out as it must, and a case that says otherwise is found out.
class EvidenceCasesTest {
    private static final String INTEL = "cases-intel.json";
    private static final String AMD = "cases-snp-nitro-vtpm.json";

    private final Verifier verifier = Verifier.standard();

    private static Path evidence() {
        @Nullable String named = System.getProperty("cloister.evidence");
        assumeTrue(
                named != null,
                "no captured Evidence: name its folder by -Dcloister.evidence=DIR to run this");
        return Path.of(named);
    }

    private static List<Result> different(Results results) {
        return results.results().stream().filter(one -> !one.differences().isEmpty()).toList();
    }

    /// Whatever files of cases are there, through the command: more can be put beside them.
    @TestFactory
    Stream<DynamicTest> everyCaseOfEveryFileComesOutAsItMust(@TempDir Path folder)
            throws IOException {
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> found = Files.newDirectoryStream(evidence(), "cases-*.json")) {
            found.forEach(files::add);
        }
        assertTrue(files.containsAll(List.of(evidence().resolve(INTEL), evidence().resolve(AMD))));
        return files.stream()
                .map(file -> DynamicTest.dynamicTest(file + "", () -> run(file, folder)));
    }

    private static void run(Path file, Path folder) {
        CommandLineRun run = CommandLineRun.in(folder, "evidence", "verify", "--cases", file + "");

        assertEquals(0, run.exit(), run.out() + run.err());
        assertTrue(run.out().contains(" cases, 0 came out differently"), run.out());
        assertFalse(run.out().contains("DIFFERS"), run.out());
        long cases = run.out().lines().filter(line -> line.startsWith("ok ")).count();
        assertTrue(cases >= (file.endsWith(INTEL) ? 65 : file.endsWith(AMD) ? 9 : 1), run.out());
    }

    /// It is accepted for what it has, and says what it has not; it alone does.
    @Test
    void theCaseWithoutARevocationListSaysWhatIsLeftOpen() throws Exception {
        List<Result> open =
                EvidenceCases.run(evidence().resolve(AMD), verifier).results().stream()
                        .filter(one -> one.revocation() == Revocation.NO_LIST)
                        .toList();

        assertEquals(
                List.of(
                        new Result(
                                "milan-v2-vlek-aws-cosmian",
                                "authentic unless revoked; not checked: snp-revocation-checked",
                                Revocation.NO_LIST,
                                List.of())),
                open);
    }

    @Test
    void saysOfNoCaseThatRevocationWasCheckedWhereNothingWasVerified() throws Exception {
        String cases = Files.readString(evidence().resolve(AMD));
        Pattern noList = Pattern.compile("\"crl\": *null");
        assertTrue(noList.matcher(cases).find());
        // Another product's list instead of none: what is needed is missing.
        String missing = noList.matcher(cases).replaceAll("\"crl\":\"snp/crl-amd-genoa-2024.der\"");
        List<String> open = new ArrayList<>();
        for (String text : List.of(cases, missing)) {
            EvidenceCases.run(text.getBytes(StandardCharsets.UTF_8), evidence(), verifier)
                    .results()
                    .stream()
                    .filter(one -> one.revocation() != Revocation.CHECKED)
                    .map(one -> one.revocation() + " " + one.verdict().replaceFirst("[:;].*", ""))
                    .forEach(open::add);
        }
        assertEquals(
                List.of(
                        "NO_LIST authentic unless revoked",
                        "NOTHING_VERIFIED read, not verified",
                        "NOTHING_VERIFIED could not check",
                        "NOTHING_VERIFIED read, not verified"),
                open);
    }

    @Test
    void theCommandSaysInJsonThatRevocationWasNotCheckedWhereNothingWasVerified(
            @TempDir Path folder) {
        String out =
                CommandLineRun.in(
                                folder,
                                "evidence",
                                "verify",
                                "--cases",
                                evidence().resolve(AMD) + "",
                                "--json")
                        .out();

        assertTrue(
                out.contains("\"revocationChecked\":false,\"verdict\":\"read, not verified\""),
                out);
        assertTrue(out.contains("\"revocationChecked\":true"), out);
    }

    @Test
    void theCommandSaysWhatIsLeftOpen(@TempDir Path folder) {
        CommandLineRun run =
                CommandLineRun.in(
                        folder, "evidence", "verify", "--cases", evidence().resolve(AMD) + "");

        assertTrue(run.out().contains("! 1 brought no revocation list"), run.out());
    }

    /// The same report outside of cases, with all that the case has.
    @Test
    void theCommandAcceptsNoFileWithoutARevocationList(@TempDir Path folder) throws Exception {
        Path snp = evidence().resolve("snp");
        List<Endorsement> all = new ArrayList<>();
        all.add(new Endorsement.X509(bytes(snp.resolve("milan-v2-vlek-aws-cosmian.vlek.der"))));
        for (String name : List.of("amd-asvk-milan.pem", "amd-ark-milan.pem")) {
            Bytes pem = bytes(evidence().resolve("roots").resolve(name));
            all.add(new Endorsement.X509(Pem.blocks(pem, "CERTIFICATE", name).getFirst()));
        }
        Files.write(
                folder.resolve("endorsements.json"),
                new EndorsementBundle(new Endorsements(all)).canonical().toArray());
        CommandLineRun run =
                CommandLineRun.in(
                        folder,
                        "evidence",
                        "verify",
                        snp.resolve("milan-v2-vlek-aws-cosmian.ext.bin") + "",
                        "--authentic-only",
                        "--at",
                        "2023-09-17T09:00:17Z",
                        "--endorsements",
                        "endorsements.json");

        assertEquals(6, run.exit(), run.out() + run.err());
        assertTrue(run.err().contains("the revocation list of"), run.err());
        assertTrue(run.err().contains("met  snp-report-signature"), run.err());
    }

    private static Bytes bytes(Path file) throws IOException {
        return Bytes.copyOf(Files.readAllBytes(file));
    }

    @Test
    void aCaseThatSaysOtherwiseIsFoundOut() throws Exception {
        for (String[] change :
                new String[][] {
                    {INTEL, "\"tcbStatus\":\"UpToDate\"", "\"tcbStatus\":\"OutOfDate\""},
                    {INTEL, "\"sgxTcbStatus\":\"UpToDate\"", "\"sgxTcbStatus\":\"Revoked\""},
                    {INTEL, "\"tdxTcbStatus\":\"UpToDate\"", "\"tdxTcbStatus\":\"Revoked\""},
                    {INTEL, "\"qeStatus\":\"UpToDate\"", "\"qeStatus\":\"OutOfDate\""},
                    {INTEL, "\"TDX_01\"", "\"TDX_03\""},
                    {INTEL, "\"debug\":false", "\"debug\":true"},
                    {INTEL, "\"pckRevoked\":false", "\"pckRevoked\":true"},
                    {INTEL, "2024-03-13T00:00:00Z", "2024-03-14T00:00:00Z"},
                    {INTEL, "INTEL-SA-00615", "INTEL-SA-00616"},
                    {INTEL, "\"pckRevoked\":false", "\"reject\":\"no\""},
                    {AMD, "\"result\":\"accept\"", "\"result\":\"parse only (no certificate)\""},
                    {
                        AMD,
                        "\"result\":\"accept\"",
                        "\"result\":\"signature valid; reject by default policy (debug)\""
                    },
                    {
                        AMD,
                        "\"result\":\"signature valid; reject by default policy (debug)\"",
                        "\"result\":\"accept\""
                    },
                    {AMD, "\"result\":\"parse only (no certificate)\"", "\"result\":\"accept\""},
                    {AMD, "\"vmpl\":0", "\"vmpl\":3"},
                    {AMD, "\"policy\":\"0x30000\"", "\"policy\":\"0x30001\""},
                    {AMD, "\"time\":\"2025-06-05", "\"time\":\"2021-06-05"},
                    {AMD, "\"crl\":null", "\"crl\":\"snp/crl-amd-milan-2025.der\""},
                    {AMD, "\"crl\":null", "\"crl\":\"snp/crl-amd-genoa-2024.der\""},
                    {AMD, "snp/milan-v2-vlek-aws-cosmian.vlek.der", "snp/turin-virtee.vcek.der"},
                    {AMD, "\"time\":\"2023-09-17", "\"time\":\"2033-09-17"},
                }) {
            Json cases =
                    Json.parse(
                            Files.readAllBytes(evidence().resolve(change[0])),
                            JsonLimits.DOCUMENT,
                            "cases");
            String text = cases.text();
            assertTrue(text.contains(change[1]), change[1]);

            Results results =
                    EvidenceCases.run(
                            text.replace(change[1], change[2]).getBytes(StandardCharsets.UTF_8),
                            evidence(),
                            verifier);

            assertFalse(different(results).isEmpty(), change[2]);
        }
    }

    @Test
    void aResultThatIsNotKnownIsRefused() throws Exception {
        String cases =
                new String(Files.readAllBytes(evidence().resolve(AMD)), StandardCharsets.UTF_8);
        assertTrue(cases.contains("\"accept\""));
        byte[] other =
                cases.replace("\"accept\"", "\"acceptable\"").getBytes(StandardCharsets.UTF_8);

        assertThrows(
                MalformedException.class, () -> EvidenceCases.run(other, evidence(), verifier));
    }

    private static String refusal(Path folder, String chain) {
        byte[] cases =
                ("{\"intel\":[{\"id\":\"one\",\"tcbSigningChain\":\"" + chain + "\"}]}")
                        .getBytes(StandardCharsets.UTF_8);
        return String.valueOf(
                assertThrows(
                                MalformedException.class,
                                () -> EvidenceCases.run(cases, folder, Verifier.standard()))
                        .getMessage());
    }

    @Test
    void readsNoFileThatIsNotBelowTheFolder(@TempDir Path folder) throws Exception {
        Path cases = Files.createDirectory(folder.resolve("cases"));
        Files.writeString(cases.resolve("chain"), "");
        Files.writeString(folder.resolve("chain"), "");
        String accepted = refusal(cases, "chain");
        assertFalse(accepted.contains("a path below"), accepted);

        for (String path : List.of("../chain", folder + "/chain", "a\\u0000b")) {
            String refused = refusal(cases, path);
            assertTrue(refused.contains("a path below the folder of the cases"), refused);
        }
    }
}
