package io.cloister.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.attestation.appraisal.AppraisalPolicy;
import io.cloister.attestation.evidence.EvidenceBundle;
import io.cloister.attestation.evidence.Verifier;
import io.cloister.attestation.finding.CouldNotCheckException;
import io.cloister.attestation.finding.UnknownKindException;
import io.cloister.attestation.pki.PinnedKey;
import io.cloister.attestation.pki.SignatureChecks;
import io.cloister.attestation.pki.VendorRoots;
import io.cloister.client.endorsement.EndorsementSource;
import io.cloister.client.endorsement.Fetched;
import io.cloister.client.endorsement.Origin;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/// `evidence verify FILE --endorsements-from`: an operator's bundle that is valid still does not
/// stand against what the vendor says today. Evidence and answers are of the public vectors.
class EvidenceRefreshTest {
    private static final Path VECTORS =
            Path.of(
                    System.getProperty("cloister.root", ".."),
                    "spec/vectors/attestation/hardware/cases.json");
    private static final String REVOKED = "snp-issuer-revoked";
    private static final String SILENT = "no answer";

    @TempDir private Path folder;

    private final Map<String, EvidenceBundle> bundles = new HashMap<>();
    private Verifier verifier = Verifier.standard();
    private Clock clock = Clock.systemUTC();
    private final ByteArrayOutputStream said = new ByteArrayOutputStream();
    private int asked;
    private Origin.How how = Origin.How.FETCHED;

    @BeforeEach
    void read() throws Exception {
        var limits = new JsonLimits(16 << 20, 16, 1_000_000);
        Fields file = Fields.of(Json.parse(Files.readAllBytes(VECTORS), limits, "cases"), "cases");
        verifier = new Verifier(roots(file.object("roots")), SignatureChecks.ofPlatform());
        for (Fields one : file.list("cases", 10_000, Fields::of)) {
            String id = one.string("id", 1, 100);
            if (id.equals("snp-milan-v3")) {
                long seconds = one.integer("instant", 0, Json.MAX_INTEGER);
                clock = Clock.fixed(Instant.ofEpochSecond(seconds), ZoneOffset.UTC);
            }
            if (id.equals("snp-milan-v3") || id.equals(REVOKED) || id.equals("snp-crl-expired")) {
                bundles.put(id, bundle(one.base64("bundle", 0, 1 << 20)));
            }
        }
    }

    private static EvidenceBundle bundle(Bytes canonical) throws MalformedException {
        try {
            return EvidenceBundle.parse(canonical);
        } catch (UnknownKindException e) {
            throw new AssertionError(e);
        }
    }

    private static VendorRoots roots(Fields named) throws MalformedException {
        VendorRoots real = VendorRoots.pinned();
        return new VendorRoots(
                root(real.intel(), named.text("intel", Sha256::parse)),
                root(real.milan(), named.text("milan", Sha256::parse)),
                root(real.genoa(), named.text("genoa", Sha256::parse)),
                root(real.turin(), named.text("turin", Sha256::parse)));
    }

    private static PinnedKey root(PinnedKey real, Sha256 key) {
        return new PinnedKey(real.name(), key, "the vectors");
    }

    private EvidenceBundle vector(String id) {
        return Objects.requireNonNull(bundles.get(id), id);
    }

    private EndorsementSource today(String vector) {
        return (_, _) -> {
            asked++;
            if (vector.equals(SILENT)) {
                throw new CouldNotCheckException(SILENT);
            }
            return new Fetched(
                    vector(vector).endorsements(),
                    List.of(
                            new Origin(
                                    "https://kds.example/crl",
                                    how,
                                    clock.instant(),
                                    clock.instant())));
        };
    }

    /// @param published the vector whose bundle the operator has
    private Exit check(String published, Optional<EndorsementSource> source, String at)
            throws Exception {
        EvidenceBundle bundle = vector(published);
        Path file = folder.resolve("evidence.json");
        Files.write(file, bundle.canonical().toArray());
        var options = new EvidenceFileOptions();
        options.authenticOnly = true;
        options.at = at;
        var out = new PrintStream(said, true, StandardCharsets.UTF_8);
        var world =
                new World(
                        new ByteArrayInputStream(new byte[0]),
                        out,
                        out,
                        false,
                        folder,
                        Map.of(),
                        clock,
                        new SecureRandom());
        var check =
                new EvidenceFileCheck(
                        world,
                        new Screen(world, false),
                        verifier,
                        new Policies.Chosen(AppraisalPolicy.builtIn(), "built-in"),
                        options);
        return check.check(EvidenceFile.read(file), source);
    }

    @Test
    void isAuthenticWithWhatTheOperatorHasAndWithTodays() throws Exception {
        assertEquals(Exit.OK, check("snp-milan-v3", Optional.empty(), ""));
        assertEquals(Exit.OK, check("snp-milan-v3", Optional.of(today("snp-milan-v3")), ""));
        assertEquals(1, asked);
        assertTrue(
                said.toString(StandardCharsets.UTF_8)
                        .contains("fetched  https://kds.example/crl  of " + clock.instant()));
    }

    @Test
    void couldNotCheckWithWhatWasKeptOfASourceThatDoesNotAnswer() throws Exception {
        how = Origin.How.KEPT;
        assertEquals(Exit.OK, check("snp-milan-v3", Optional.of(today("snp-milan-v3")), ""));
        how = Origin.How.UNANSWERED;
        assertEquals(
                Exit.COULD_NOT_CHECK,
                check("snp-milan-v3", Optional.of(today("snp-milan-v3")), ""));
        assertTrue(said.toString(StandardCharsets.UTF_8).contains("revoked since"));
    }

    @Test
    void isNotAuthenticWhereTodaysListRevokesThoughTheOperatorsOlderOneDoesNot() throws Exception {
        assertEquals(vector("snp-milan-v3").evidence(), vector(REVOKED).evidence());

        assertEquals(Exit.NOT_AUTHENTIC, check("snp-milan-v3", Optional.of(today(REVOKED)), ""));
        assertEquals(1, asked);
        // Nor is it forgotten where the service does not answer today.
        how = Origin.How.UNANSWERED;
        assertEquals(Exit.NOT_AUTHENTIC, check("snp-milan-v3", Optional.of(today(REVOKED)), ""));
    }

    @Test
    void couldNotCheckWhereTheSourceDoesNotAnswer() throws Exception {
        assertEquals(Exit.COULD_NOT_CHECK, check("snp-milan-v3", Optional.of(today(SILENT)), ""));
        assertTrue(said.toString(StandardCharsets.UTF_8).contains(SILENT));
    }

    /// What is refused by what is there stays so, whatever a source would say.
    @ParameterizedTest
    @CsvSource({"snp-issuer-revoked,snp-milan-v3,0", "snp-crl-expired,no answer,1"})
    void staysRefused(String published, String source, int questions) throws Exception {
        if (published.equals("snp-crl-expired")) {
            clock = Clock.offset(clock, Duration.ofDays(3650));
        }

        assertEquals(Exit.NOT_AUTHENTIC, check(published, Optional.of(today(source)), ""));
        assertEquals(questions, asked);
    }

    @Test
    void asksNobodyForAnotherDayThanToday() throws Exception {
        assertEquals(
                Exit.OK,
                check("snp-milan-v3", Optional.of(today(REVOKED)), clock.instant().toString()));
        assertEquals(0, asked);
    }
}
