package io.cloister.e2e.hostile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.client.Cloister;
import io.cloister.client.Verdict;
import io.cloister.client.invite.Invitation;
import io.cloister.client.server.ServerProblemException;
import io.cloister.crypto.EnvelopeSigner;
import io.cloister.crypto.InvitationSecret;
import io.cloister.crypto.SigningKey;
import io.cloister.crypto.age.HybridIdentity;
import io.cloister.crypto.keystore.PassphraseSource;
import io.cloister.e2e.operator.Answers;
import io.cloister.e2e.operator.HostileProxy;
import io.cloister.e2e.stage.Cast;
import io.cloister.e2e.stage.Checkout;
import io.cloister.e2e.stage.Play;
import io.cloister.e2e.stage.Refusals;
import io.cloister.e2e.stage.Site;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.Email;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.Card;
import io.cloister.protocol.document.Proposal;
import io.cloister.protocol.document.Roster;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.dsse.Signed;
import io.cloister.protocol.json.Json;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/// What an operator may do before there is an agreement: to whoever joins, it shows another
/// proposal; to the Owner, other cards. Each test has a computation of its own, in which the same
/// step passes once the operator is honest again.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class OperatorWhileJoiningTest {
    private static final String COMPUTATION = "/api/v1/computations/[0-9a-f]{32}";
    private static final String PROPOSAL = COMPUTATION + "/proposal";
    private static final String CARDS = COMPUTATION + "/cards";
    private static final Email BOB = new Email("bob@example.org");

    private final SecureRandom random = new SecureRandom();
    private Site site;
    private Path folder;
    private Cast cast;

    @BeforeAll
    void open(@TempDir Path siteFolder) throws Exception {
        site = Site.open(siteFolder.resolve("site"), List.of(Checkout.runtime("bare")));
    }

    @BeforeEach
    void propose(@TempDir Path testFolder) throws Exception {
        folder = testFolder;
        cast = propose("first");
    }

    private Cast propose(String name) throws Exception {
        return Cast.proposing(
                site,
                Play.joining(folder.resolve(name + "-play")),
                folder.resolve(name + "-homes"));
    }

    @AfterEach
    void closeCast() {
        site.proxy().behave();
        cast.close();
    }

    @AfterAll
    void close() {
        if (site != null) {
            site.close();
        }
    }

    private void answer(String path, HostileProxy.Rewrite rewrite) {
        site.proxy().answer(call -> call.is("GET", path), rewrite);
    }

    private long cardsSent() {
        return site.proxy().calls().stream().filter(call -> call.is("POST", CARDS)).count();
    }

    /// Joining is refused by exactly `codes`, no card leaves, and with the truth it then passes.
    private void assertJoinRefused(Envelope shown, String code) throws Exception {
        long before = cardsSent();
        answer(PROPOSAL, (_, _) -> Answers.of(shown));
        assertEquals(Set.of(code), Refusals.of(() -> cast.join(BOB)));
        assertEquals(before, cardsSent());
        site.proxy().behave();
        cast.join(BOB);
        assertEquals(before + 1, cardsSent());
    }

    private static Envelope proposal(Cast whose) throws Exception {
        return whose.owner().proposal().envelope();
    }

    private static Proposal with(Proposal from, SigningKey owner, Roster roster) {
        return new Proposal(
                from.computation(),
                from.title(),
                from.owner(),
                owner.publicKey(),
                roster,
                from.runtime(),
                from.measurements(),
                from.terms(),
                from.issuedAt());
    }

    @Test
    void refusesAProposalSignedByTheOperatorsKey() throws Exception {
        Proposal honest = Signed.readUnverified(proposal(cast), Proposal.TYPE);
        Envelope forged = EnvelopeSigner.sign(SigningKey.generate(random), Proposal.TYPE, honest);
        assertJoinRefused(forged, "proposal-signature");
    }

    @Test
    void refusesAProposalThatNamesTheOperatorsKeyAndIsSignedByIt() throws Exception {
        Proposal honest = Signed.readUnverified(proposal(cast), Proposal.TYPE);
        SigningKey own = SigningKey.generate(random);
        assertJoinRefused(
                EnvelopeSigner.sign(own, Proposal.TYPE, with(honest, own, honest.roster())),
                "proposal-signature");
    }

    @Test
    void refusesAProposalWithReorderedConsumers() throws Exception {
        Proposal honest = Signed.readUnverified(proposal(cast), Proposal.TYPE);
        SigningKey own = SigningKey.generate(random);
        Roster roster = honest.roster();
        assertJoinRefused(
                EnvelopeSigner.sign(
                        own,
                        Proposal.TYPE,
                        with(
                                honest,
                                own,
                                new Roster(
                                        roster.codeProvider(),
                                        roster.dataProviders(),
                                        roster.resultConsumers().reversed()))),
                "proposal-signature");
    }

    @Test
    void refusesTheProposalOfAnotherComputation() throws Exception {
        try (Cast other = propose("other")) {
            assertJoinRefused(proposal(other), "proposal-signature");
        }
    }

    @Test
    void refusesAProposalWithOneAlteredByte() throws Exception {
        Envelope honest = proposal(cast);
        String payload = new String(honest.payload().toArray(), StandardCharsets.UTF_8);
        assertTrue(payload.contains("\"title\":\"Test\""));
        assertJoinRefused(
                new Envelope(
                        honest.payloadType(),
                        Bytes.utf8(payload.replace("\"title\":\"Test\"", "\"title\":\"Tesu\"")),
                        honest.keyId(),
                        honest.signature()),
                "proposal-signature");
    }

    @Test
    void refusesAProposalUnderTheLabelOfAnotherDocument() throws Exception {
        Envelope honest = proposal(cast);
        assertJoinRefused(
                new Envelope(
                        Card.TYPE.payloadType(),
                        honest.payload(),
                        honest.keyId(),
                        honest.signature()),
                "proposal-form");
    }

    /// A whole stage for the Owner: everyone joined and the code is there, so only the cards are
    /// between the Owner and the signature.
    private void readyToSign() throws Exception {
        cast.joined().codePushed();
        assertInstanceOf(Verdict.Accepted.class, cast.owner().owner().checkCards());
    }

    /// The Owner sees bob's card and tag as `change` makes them; refused by exactly `code`, nothing
    /// is signed, and with the truth the Owner signs.
    private void assertCardRefused(UnaryOperator<Map<String, Json>> change, String code)
            throws Exception {
        answer(
                CARDS,
                (_, honest) -> {
                    List<Json> cards = new ArrayList<>();
                    for (Json card : Answers.elements(honest, "cards")) {
                        Map<String, Json> members =
                                new LinkedHashMap<>(((Json.Obj) card).members());
                        boolean bobs = Json.of(BOB.value()).equals(members.get("email"));
                        cards.add(new Json.Obj(bobs ? change.apply(members) : members));
                    }
                    return Answers.with(honest, "cards", Json.array(cards));
                });
        assertEquals(Set.of(code), Refusals.of(() -> cast.owner().owner().checkCards().orThrow()));
        assertEquals(Set.of(code), Refusals.of(() -> cast.owner().owner().signAgreement()));
        assertTrue(cast.owner().said().agreement().isEmpty());
        site.proxy().behave();
        cast.signed();
        assertTrue(cast.owner().said().agreement().isPresent());
    }

    private static UnaryOperator<Map<String, Json>> putting(String name, Json value) {
        return members -> {
            Map<String, Json> changed = new LinkedHashMap<>(members);
            changed.put(name, value);
            return changed;
        };
    }

    private Envelope operatorsCard(Email person) throws Exception {
        Signed<Proposal> proposal = cast.owner().proposal();
        return card(person, proposal.document(), proposal.digest());
    }

    private Envelope card(Email person, Proposal proposal, Sha256 digest) {
        SigningKey key = SigningKey.generate(random);
        return EnvelopeSigner.sign(
                key,
                Card.TYPE,
                new Card(
                        proposal.computation(),
                        digest,
                        person,
                        proposal.roster().roles(person),
                        key.publicKey(),
                        HybridIdentity.generate(random).recipient().text(),
                        proposal.issuedAt()));
    }

    @Test
    void refusesTheOperatorsCardWithThePersonsTag() throws Exception {
        readyToSign();
        assertCardRefused(putting("card", operatorsCard(BOB).toJson()), "card-tag");
    }

    @Test
    void refusesTheOperatorsCardWithATagOfASecretOfItsOwn() throws Exception {
        readyToSign();
        Envelope own = operatorsCard(BOB);
        Bytes tag =
                InvitationSecret.generate(random)
                        .tag(cast.owner().place().computation(), own.payload());
        assertCardRefused(
                members ->
                        putting("tag", Json.of(tag.hex()))
                                .apply(putting("card", own.toJson()).apply(members)),
                "card-tag");
    }

    @Test
    void refusesThePersonsCardWithoutATag() throws Exception {
        readyToSign();
        assertCardRefused(
                members -> {
                    Map<String, Json> changed = new LinkedHashMap<>(members);
                    changed.remove("tag");
                    return changed;
                },
                "card-tag");
    }

    @Test
    void refusesACardOfAnotherProposal() throws Exception {
        readyToSign();
        Signed<Proposal> proposal = cast.owner().proposal();
        Envelope own = card(BOB, proposal.document(), Sha256.of(Bytes.utf8("another proposal")));
        assertCardRefused(putting("card", own.toJson()), "agreement.card-proposal");
    }

    @Test
    void refusesACardMadeWithSomeoneElsesInvitation() throws Exception {
        for (Email person : cast.people()) {
            if (!person.equals(BOB)) {
                cast.join(person);
            }
        }
        Invitation carols =
                cast.owner().owner().invitation(new Email("carol@example.org")).invitation();
        Invitation bobs = cast.owner().owner().invitation(BOB).invitation();
        var mixed =
                new Invitation(
                        bobs.endpoint(),
                        bobs.computation(),
                        bobs.email(),
                        bobs.ownerKey(),
                        bobs.token(),
                        carols.secret());
        try (var _ = client("mallory").join(mixed)) {
            cast.codePushed();
            assertEquals(
                    Set.of("card-tag"),
                    Refusals.of(() -> cast.owner().owner().checkCards().orThrow()));
            assertEquals(
                    Set.of("card-tag"), Refusals.of(() -> cast.owner().owner().signAgreement()));
            assertTrue(cast.owner().said().agreement().isEmpty());
        }
    }

    private Cloister client(String name) throws Exception {
        return Cloister.open(
                folder.resolve(name), PassphraseSource.none(), Clock.systemUTC(), random);
    }

    @Test
    void refusesAnEnrolmentTokenThatSomeoneRedeemedBefore() throws Exception {
        cast.join(BOB);
        Invitation bobs = cast.owner().owner().invitation(BOB).invitation();
        ServerProblemException refused =
                assertThrows(ServerProblemException.class, () -> client("mallory").join(bobs));
        assertEquals("enrolment-refused", refused.problem().code());
    }

    @Test
    void refusesAnEnrolmentTokenForAnotherPerson() throws Exception {
        Invitation bobs = cast.owner().owner().invitation(BOB).invitation();
        var carols =
                new Invitation(
                        bobs.endpoint(),
                        bobs.computation(),
                        new Email("carol@example.org"),
                        bobs.ownerKey(),
                        bobs.token(),
                        bobs.secret());
        ServerProblemException refused =
                assertThrows(ServerProblemException.class, () -> client("mallory").join(carols));
        assertEquals("enrolment-refused", refused.problem().code());
    }

    @Test
    void refusesARevokedInvitation() throws Exception {
        Invitation bobs = cast.owner().owner().invitation(BOB).invitation();
        cast.owner().owner().revoke(BOB);
        ServerProblemException refused =
                assertThrows(ServerProblemException.class, () -> client("bob").join(bobs));
        assertEquals("enrolment-refused", refused.problem().code());
    }

    @Test
    void refusesAnInvitationWithOneAlteredByteAnywhere() throws Exception {
        String text = cast.owner().owner().invitation(BOB).invitation().text();
        String prefix = "cloister1";
        Invitation.parse(text);
        byte[] bytes = Base64.getUrlDecoder().decode(text.substring(prefix.length()));
        for (int i = 0; i < bytes.length; i++) {
            byte[] altered = bytes.clone();
            altered[i] ^= 1;
            String other = prefix + Base64.getUrlEncoder().withoutPadding().encodeToString(altered);
            assertThrows(MalformedException.class, () -> Invitation.parse(other));
        }
        for (int length = 0; length < text.length(); length++) {
            String cut = text.substring(0, length);
            assertThrows(MalformedException.class, () -> Invitation.parse(cut));
        }
    }
}
