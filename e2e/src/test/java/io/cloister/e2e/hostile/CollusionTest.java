package io.cloister.e2e.hostile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.client.ApprovalDesk;
import io.cloister.client.Cloister;
import io.cloister.client.Sentences;
import io.cloister.client.Verdict;
import io.cloister.client.server.ServerProblemException;
import io.cloister.crypto.EnvelopeSigner;
import io.cloister.crypto.SecretBytes;
import io.cloister.crypto.SecretExposure;
import io.cloister.crypto.SigningKey;
import io.cloister.crypto.age.AgeException;
import io.cloister.crypto.age.Opening;
import io.cloister.crypto.keystore.KeyName;
import io.cloister.crypto.keystore.KeyStore;
import io.cloister.crypto.keystore.ParticipantKeys;
import io.cloister.crypto.keystore.PassphraseSource;
import io.cloister.e2e.operator.Answers;
import io.cloister.e2e.operator.Forge;
import io.cloister.e2e.stage.Cast;
import io.cloister.e2e.stage.Checkout;
import io.cloister.e2e.stage.Play;
import io.cloister.e2e.stage.Site;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.Email;
import io.cloister.protocol.document.Agreement;
import io.cloister.protocol.document.VerifiedAgreement;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.dsse.Signed;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// Pairs that work together. What they still can do is documented in SECURITY.md and shown here, so
/// that nobody believes it prevented; what they cannot do is shown beside it. The stage is one
/// whole computation in which the code hands everything it reads to both consumers, and every byte
/// on the wire is the operator's to keep.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class CollusionTest {
    private static final String AGREEMENT = "/api/v1/computations/[0-9a-f]{32}/agreement";
    private static final String AGE = "age-encryption.org/v1\n";
    private static final int TAR_HEADER = 512;
    private static final int TAR_SIZE = 124;
    private static final int MOST = 1 << 20;
    private static final Email BOB = new Email("bob@example.org");
    private static final Email CAROL = new Email("carol@example.org");
    private static final Email DAVE = new Email("dave@example.org");
    private static final Email CODER = new Email("coder@example.org");

    private Site site;
    private Cast cast;
    private Path homes;
    private Path wire;

    @BeforeAll
    void stage(@TempDir Path folder) throws Exception {
        homes = folder.resolve("homes");
        wire = folder.resolve("wire");
        site = Site.open(folder.resolve("site"), List.of(Checkout.runtime("bare")));
        site.proxy().recordInto(wire);
        Play play =
                Play.of(
                        folder.resolve("play"),
                        """
                        everything = secret_module.join(enclave.read())
                        enclave.write(b"for carol: " + everything, 0)
                        enclave.write(b"for dave: " + everything, 1)
                        """);
        cast = Cast.proposing(site, play, homes).played();
        for (Email consumer : play.roster().resultConsumers()) {
            cast.seat(consumer).results().await(Cast.PATIENCE);
        }
    }

    @AfterEach
    void behave() {
        site.proxy().behave();
    }

    @AfterAll
    void close() {
        if (cast != null) {
            cast.close();
        }
        if (site != null) {
            site.close();
        }
    }

    private KeyStore store(Email person) throws Exception {
        return KeyStore.open(homes.resolve(person.value()), PassphraseSource.none());
    }

    private KeyName name() throws Exception {
        return new KeyName(
                cast.owner().place().server().value(), cast.owner().place().computation());
    }

    private SigningKey ownersKey() throws Exception {
        byte[] record =
                store(new Email("owner@example.org"))
                        .documents(name())
                        .secret("membership")
                        .orElseThrow()
                        .expose(SecretExposure.acknowledged());
        Json membership = Json.parse(record, JsonLimits.DOCUMENT, "membership");
        Json ownership = Answers.member(membership, "ownership");
        byte[] seed = Base64.getDecoder().decode(Answers.text(ownership, "key"));
        return SigningKey.fromSeed(SecretBytes.copyOf(seed, SecretExposure.acknowledged()));
    }

    /// The Owner signs a second agreement, with a puppet in dave's place.
    private Envelope agreementWithAPuppet(VerifiedAgreement honest) throws Exception {
        Agreement parts = Signed.readUnverified(honest.envelope(), Agreement.TYPE);
        List<Envelope> cards = new ArrayList<>(parts.cards());
        int dave = honest.roster().people().indexOf(DAVE);
        cards.set(dave, new Forge(honest).card(DAVE, honest.proposal(), honest.proposalDigest()));
        return EnvelopeSigner.sign(
                ownersKey(),
                Agreement.TYPE,
                new Agreement(
                        parts.computation(),
                        parts.proposal(),
                        cards,
                        parts.code(),
                        parts.issuedAt()));
    }

    @Test
    void ownerAndOperatorCanShowTwoAgreementsAndThePhraseTellsThemApart() throws Exception {
        VerifiedAgreement honest = cast.seat(CAROL).approval().agreement();
        Envelope other = agreementWithAPuppet(honest);
        site.proxy().answer(call -> call.is("GET", AGREEMENT), (_, _) -> Answers.of(other));
        ApprovalDesk victim = cast.seat(BOB).approval();
        assertInstanceOf(Verdict.Accepted.class, victim.checkAgreement());
        VerifiedAgreement shown = victim.agreement();
        assertEquals(honest.card(BOB), shown.card(BOB));
        assertNotEquals(honest.card(DAVE), shown.card(DAVE));
        assertEquals(12, honest.phrase().size());
        assertEquals(12, shown.phrase().size());
        assertNotEquals(honest.phrase(), shown.phrase());
    }

    @Test
    void ownerAndOperatorCannotPutAPuppetInTheVictimsOwnPlace() throws Exception {
        VerifiedAgreement honest = cast.seat(CAROL).approval().agreement();
        Envelope other = agreementWithAPuppet(honest);
        site.proxy().answer(call -> call.is("GET", AGREEMENT), (_, _) -> Answers.of(other));
        var refused =
                assertInstanceOf(
                        Verdict.Refused.class, cast.seat(DAVE).approval().checkAgreement());
        assertEquals(1, refused.findings().size());
        assertTrue(refused.findings().toString().contains("own-card"));
    }

    /// Whoever holds the invitation first is the person, as far as anyone's client can tell; the
    /// person finds the place taken.
    @Test
    void ownerCanSeatAPuppetAndThePersonFindsThePlaceTaken(@TempDir Path folder) throws Exception {
        try (Cast another =
                Cast.proposing(
                        site, Play.joining(folder.resolve("play")), folder.resolve("homes"))) {
            var puppets = another.owner().owner().invitation(DAVE).invitation();
            another.joined().codePushed();
            VerifiedAgreement agreement = another.signed();
            assertInstanceOf(Verdict.Accepted.class, another.seat(BOB).approval().checkAgreement());
            Cloister person =
                    Cloister.open(
                            folder.resolve("the real dave"),
                            PassphraseSource.none(),
                            Clock.systemUTC(),
                            new SecureRandom());
            var refused = assertThrows(ServerProblemException.class, () -> person.join(puppets));
            assertEquals("enrolment-refused", refused.problem().code());
            assertEquals(agreement.phrase(), another.seat(BOB).approval().agreement().phrase());
        }
    }

    @Test
    void codeProviderAndConsumerGetAllTheCodeReadsAndEveryApprovalSaidSo() throws Exception {
        String result = new String(cast.onlyResult(CAROL), StandardCharsets.UTF_8);
        assertEquals("for carol: " + Play.JOINED, result);
        VerifiedAgreement agreement = cast.provider(0).approval().agreement();
        for (Email consumer : List.of(CAROL, DAVE)) {
            assertTrue(
                    Sentences.of(agreement)
                            .contains(
                                    "The secret code of coder@example.org may put anything it"
                                            + " reads, up to "
                                            + agreement.terms().outputBytes()
                                            + " bytes, into the result of "
                                            + consumer
                                            + "."));
        }
    }

    @Test
    void operatorAndCodeProviderOpenTheCodeAndNothingElse() throws Exception {
        Set<String> opened = opened(CODER);
        assertEquals(1, opened.size());
        assertTrue(opened.iterator().next().contains("secret-code-marker"));
    }

    @Test
    void operatorAndOneDataProviderOpenThatProvidersDataAndNothingElse() throws Exception {
        assertEquals(Set.of("third-clear-data-marker-c3;"), opened(BOB));
    }

    @Test
    void operatorAndOneConsumerOpenThatConsumersResultAndNothingElse() throws Exception {
        cast.onlyResult(DAVE);
        Set<String> opened = opened(DAVE);
        assertEquals(2, opened.size(), "an index and a result");
        assertTrue(opened.stream().anyMatch(text -> text.startsWith("for dave: ")));
        assertTrue(opened.stream().noneMatch(text -> text.contains("for carol")));
    }

    /// All that the operator saw, opened with whatever key of `colluder` opens it.
    private Set<String> opened(Email colluder) throws Exception {
        ParticipantKeys keys = store(colluder).keys(name()).orElseThrow();
        var opening = Opening.with(List.of(keys.receive(), keys.encrypt()));
        Set<String> opened = new HashSet<>();
        int tried = 0;
        for (byte[] file : ageFiles()) {
            tried++;
            try (SecretBytes clear = opening.open(Bytes.copyOf(file), MOST)) {
                opened.add(
                        new String(
                                clear.expose(SecretExposure.acknowledged()),
                                StandardCharsets.UTF_8));
            } catch (AgeException _) {
                // Not for this person.
            }
        }
        // Three inputs, one file of code, five grants at least.
        assertTrue(tried >= 9, "the operator saw only " + tried + " age files");
        return opened;
    }

    private List<byte[]> ageFiles() throws Exception {
        List<byte[]> found = new ArrayList<>();
        List<Path> recorded;
        try (Stream<Path> files = Files.list(wire)) {
            recorded = files.toList();
        }
        byte[] magic = AGE.getBytes(StandardCharsets.US_ASCII);
        for (Path file : recorded) {
            byte[] body = Files.readAllBytes(file);
            if (startsWith(body, 0, magic)) {
                found.add(body);
            } else {
                addTarMembers(body, magic, found);
            }
        }
        return found;
    }

    private static void addTarMembers(byte[] body, byte[] magic, List<byte[]> found) {
        for (int at = TAR_HEADER; at < body.length; at += TAR_HEADER) {
            if (startsWith(body, at, magic)) {
                String size =
                        new String(body, at - TAR_HEADER + TAR_SIZE, 11, StandardCharsets.US_ASCII);
                int length = Integer.parseInt(size, 8);
                byte[] member = new byte[length];
                System.arraycopy(body, at, member, 0, length);
                found.add(member);
            }
        }
    }

    private static boolean startsWith(byte[] body, int at, byte[] magic) {
        return body.length - at >= magic.length
                && Arrays.equals(body, at, at + magic.length, magic, 0, magic.length);
    }
}
