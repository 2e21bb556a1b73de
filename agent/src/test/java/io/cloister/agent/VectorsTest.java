package io.cloister.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.crypto.bundle.BundleSummary;
import io.cloister.protocol.Labels;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.VerifiedAgreement;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Runs `spec/vectors/grant.json`, `input-list.json` and `bundle.json`, and holds the files to
/// their maker. To write them anew after the maker was changed, run the tests with
/// `-Dcloister.writeVectors=true`.
class VectorsTest {
    private static final Path ROOT = Path.of(System.getProperty("cloister.root", ".."));
    private static final Path FOLDER = ROOT.resolve("spec/vectors");
    private static final Path SEEDS =
            ROOT.resolve("fuzz/src/test/resources/io/cloister/fuzz/agent");
    private static final JsonLimits LIMITS = new JsonLimits(8 << 20, 24, 100_000);

    private static Fields read(String name) throws IOException, MalformedException {
        return Fields.of(Json.parse(Files.readAllBytes(FOLDER.resolve(name)), LIMITS, name), name);
    }

    @TestFactory
    Stream<DynamicTest> documents() throws Exception {
        List<DynamicTest> tests = new ArrayList<>();
        for (String name : List.of("grant.json", "input-list.json")) {
            Fields file = read(name);
            VerifiedAgreement agreement =
                    VerifiedAgreement.verify(Envelope.read(file.any("agreement"), "agreement"));
            Sha256 identity = file.sha256("identity");
            Instant now = Instant.ofEpochSecond(file.integer("now", 0, Json.MAX_INTEGER));
            for (Fields one : file.list("cases", 1_000, Fields::of)) {
                String id = one.string("id", 1, 60);
                List<Envelope> before = one.list("before", 10, Envelope::read);
                Envelope given = Envelope.read(one.any("given"), "given");
                String expected = one.string("expected", 1, 60);
                boolean grant = name.equals("grant.json");
                tests.add(
                        DynamicTest.dynamicTest(
                                name + " " + id,
                                () -> {
                                    var collector =
                                            new GrantCollector(
                                                    agreement,
                                                    identity,
                                                    new TestTime(now).enclaveClock());
                                    for (Envelope earlier : before) {
                                        assertEquals(
                                                "accepted",
                                                word(
                                                        give(
                                                                collector,
                                                                earlier,
                                                                earlier.payloadType()
                                                                        .equals(Labels.GRANT))));
                                    }
                                    assertEquals(expected, word(give(collector, given, grant)));
                                }));
            }
        }
        return tests.stream();
    }

    private static Verdict give(GrantCollector collector, Envelope envelope, boolean grant) {
        return grant ? collector.grant(envelope) : collector.inputs(envelope);
    }

    private static String word(Verdict verdict) {
        return switch (verdict) {
            case Verdict.Accepted _ -> "accepted";
            case Verdict.Refused(RefusalCode code, var _) -> code.word();
        };
    }

    @TestFactory
    Stream<DynamicTest> bundles() throws Exception {
        List<DynamicTest> tests = new ArrayList<>();
        for (Fields one : read("bundle.json").list("cases", 1_000, Fields::of)) {
            var tar = one.base64("tar", 0, 1 << 20);
            boolean accepted = one.string("expected", 1, 20).equals("accepted");
            tests.add(
                    DynamicTest.dynamicTest(
                            one.string("id", 1, 60),
                            () -> {
                                if (accepted) {
                                    BundleSummary.read(tar);
                                } else {
                                    assertThrows(
                                            MalformedException.class,
                                            () -> BundleSummary.read(tar));
                                }
                            }));
        }
        return tests.stream();
    }

    @Test
    void filesAreWhatTheirMakerMakes() throws Exception {
        var vectors = new Vectors();
        compare("grant.json", vectors.file(vectors.grants()));
        compare("input-list.json", vectors.file(vectors.inputLists()));
        compare("bundle.json", Vectors.bundleFile());
        if (Boolean.getBoolean("cloister.writeVectors")) {
            writeSeeds(vectors);
        }
    }

    private static void compare(String name, String made) throws IOException {
        if (Boolean.getBoolean("cloister.writeVectors")) {
            Files.writeString(FOLDER.resolve(name), made);
        }

        // Not compared by assertEquals, which would print both.
        assertTrue(
                made.equals(Files.readString(FOLDER.resolve(name))),
                name + " is not what its maker makes");
    }

    /// Where the fuzz targets begin.
    private static void writeSeeds(Vectors vectors) throws Exception {
        for (Vectors.Case one : vectors.grants()) {
            if (one.expected().equals("accepted")) {
                seed("GrantFuzzTestInputs/grant/" + one.id(), one.given().payload().toArray());
            }
        }
        for (Vectors.Case one : vectors.inputLists()) {
            if (one.expected().equals("accepted")) {
                seed("GrantFuzzTestInputs/inputList/" + one.id(), one.given().payload().toArray());
            }
        }
        for (Vectors.Bundle one : Vectors.bundles()) {
            seed("BundleFuzzTestInputs/bundle/" + one.id(), one.tar().toArray());
        }
    }

    private static void seed(String name, byte[] content) throws IOException {
        Path file = SEEDS.resolve(name);
        Files.createDirectories(file.getParent());
        Files.write(file, content);
    }

    @Test
    void everyCodeThatCanBeIsThere() {
        var vectors = new Vectors();
        Set<String> there =
                Stream.concat(vectors.grants().stream(), vectors.inputLists().stream())
                        .map(Vectors.Case::expected)
                        .collect(Collectors.toCollection(TreeSet::new));
        Set<String> all =
                Stream.of(RefusalCode.values())
                        .map(RefusalCode::word)
                        .filter(code -> !code.startsWith("code."))
                        .collect(Collectors.toCollection(TreeSet::new));
        // Of what happens before a document is open, or after all are there, of sizes, and of the
        // other dialect; AgentTest, GrantCollectorTest and CosmianAgentTest have these.
        // inputs.closed needs other terms.
        all.removeAll(
                Set.of(
                        "grant.sealed",
                        "inputs.sealed",
                        "inputs.missing",
                        "inputs.digest",
                        "inputs.open",
                        "inputs.memory",
                        "inputs.too-many",
                        "inputs.closed",
                        "key.refused",
                        "dialect"));
        all.add("accepted");
        assertEquals(all, there);
    }
}
