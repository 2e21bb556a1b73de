package io.cloister.client;

import static io.cloister.client.Finding.Kind.NOT_ACCEPTABLE;
import static io.cloister.client.Finding.Kind.NOT_AUTHENTIC;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.client.invite.Invitation;
import io.cloister.client.server.ServerException;
import io.cloister.crypto.SigningKey;
import io.cloister.crypto.keystore.KeyStore;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.Email;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.VerifiedAgreement;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.json.Json;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/// An Owner signs one agreement, whatever the server says of it.
class AgreementSigningTest {
    private final ScriptedServer server = new ScriptedServer();
    private final Play play = new Play(server.url());
    private final String base = "/computations/" + play.computation;
    private final String put = "PUT " + base + "/agreement";
    private final AtomicReference<Instant> time = new AtomicReference<>(Play.NOW);

    @TempDir private Path folder;

    private Cloister owner;
    private Seat seat;

    @BeforeEach
    void everyoneHasJoinedAndTheCodeIsThere() throws Exception {
        InstantSource now = () -> time.updateAndGet(before -> before.plusSeconds(60));
        owner =
                new Cloister(
                        new Vault(KeyStore.create(folder.resolve("owner"))),
                        now.withZone(ZoneOffset.UTC),
                        Play.RANDOM);
        List<Ownership.Issued> issued = new ArrayList<>();
        for (Email person : Play.PEOPLE) {
            issued.add(
                    new Ownership.Issued(
                            new Invitation(
                                    server.endpoint(),
                                    play.computation,
                                    person,
                                    play.ownerKey.publicKey(),
                                    "an-enrolment-token",
                                    Play.of(person, play.secrets)),
                            false));
        }
        owner.save(
                new Membership(
                        server.endpoint(),
                        play.computation,
                        Play.OWNER,
                        play.ownerKey.publicKey(),
                        Optional.of("token"),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(
                                new Ownership(
                                        play.ownerKey, play.signedProposal, issued, List.of())),
                        Membership.History.empty().withProposal(play.signedProposal.digest())));
        serveCards();
        serveCode(play.code);
        serve(Optional.empty());
        server.on(put, "{\"digest\":\"" + play.agreement.digest() + "\"}");
        seat = owner.seat(owner.places().getFirst());
    }

    @AfterEach
    void close() {
        seat.close();
        server.close();
    }

    private void serveCards() {
        List<Json> cards = new ArrayList<>();
        for (Email person : Play.PEOPLE) {
            Envelope card = Play.of(person, play.cards);
            Bytes tag = Play.of(person, play.secrets).tag(play.computation, card.payload());
            cards.add(
                    Json.object()
                            .put("email", person.value())
                            .put("card", card.toJson())
                            .put("tag", tag.hex())
                            .build());
        }
        server.on("GET " + base + "/cards", Json.object().put("cards", cards).build().text());
    }

    private void serveCode(Envelope code) {
        server.on("GET " + base + "/code", code.toJson().text());
    }

    /// What the server says, with an agreement or without.
    private void serve(Optional<Envelope> agreement) {
        agreement.ifPresent(it -> server.on("GET " + base + "/agreement", it.toJson().text()));
        server.on(
                "GET " + base,
                Json.object()
                        .put("id", play.computation.toString())
                        .put("state", "coded")
                        .put("archived", false)
                        .put("dialect", "cloister/1")
                        .put("createdAt", "2026-01-01T00:00:00Z")
                        .put("owner", Play.OWNER.value())
                        .put("proposal", play.signedProposal.digest().toString())
                        .put("code", play.code.digest().toString())
                        .putIfPresent("agreement", agreement.map(Envelope::digest))
                        .put("participants", List.of())
                        .put("pendingActions", List.of())
                        .put("lastEvent", 1)
                        .build()
                        .text());
    }

    private List<Envelope> signed() throws ClientException {
        return seat.membership().ownership().orElseThrow().agreements();
    }

    private static void refusedBecause(String code, Finding.Kind kind, Executable what) {
        List<Finding> findings = assertThrows(RefusedException.class, what).findings();
        assertEquals(1, findings.size(), findings::toString);
        Verdicts.has(findings, kind, code);
    }

    @Test
    void signsAndRecordsOneAgreement() throws Exception {
        VerifiedAgreement agreement = seat.owner().signAgreement().agreement();
        assertEquals(List.of(agreement.envelope()), signed());
        assertArrayEquals(agreement.envelope().toJson().canonical(), server.body(put));
    }

    @Test
    void recordsTheAgreementBeforeItLeaves() throws Exception {
        server.on(put, exchange -> ScriptedServer.problem(exchange, 409, "wrong-state"));
        assertThrows(ServerException.class, () -> seat.owner().signAgreement());
        byte[] first = server.body(put);
        assertEquals(1, signed().size());
        assertArrayEquals(signed().getFirst().toJson().canonical(), first);
    }

    /// The server has it, and says it has none: it gets the same bytes, an hour later too.
    @Test
    void aServerThatHidesTheAgreementGetsTheSameOneAgain() throws Exception {
        VerifiedAgreement first = seat.owner().signAgreement().agreement();
        byte[] sent = server.body(put);
        time.updateAndGet(before -> before.plusSeconds(3_600));
        VerifiedAgreement again = seat.owner().signAgreement().agreement();
        assertEquals(first.digest(), again.digest());
        assertArrayEquals(sent, server.body(put));
        assertEquals(2, server.count(put));
        assertEquals(1, signed().size());
    }

    /// Hiding it, and showing other code by the same Code Provider: the second version the operator
    /// is after.
    @Test
    void aServerThatHidesTheAgreementGetsNoneAboutOtherCode() throws Exception {
        seat.owner().signAgreement();
        serveCode(play.code("another"));
        refusedBecause(
                "agreement-signed-before", NOT_ACCEPTABLE, () -> seat.owner().signAgreement());
        assertEquals(1, server.count(put));
        assertEquals(1, signed().size());
    }

    @Test
    void signsASecondOneWhereThatIsMeantAndKnowsBothFromThen() throws Exception {
        VerifiedAgreement first = seat.owner().signAgreement().agreement();
        serveCode(play.code("another"));
        VerifiedAgreement second = seat.owner().signAgreementAllowingTwoVersions().agreement();
        assertNotEquals(first.digest(), second.digest());
        assertEquals(List.of(first.envelope(), second.envelope()), signed());
        assertEquals(second.digest(), seat.owner().signAgreement().agreement().digest());
        serveCode(play.code);
        assertEquals(first.digest(), seat.owner().signAgreement().agreement().digest());
        assertEquals(2, signed().size());
    }

    @Test
    void saysWhetherItSignedNow() throws Exception {
        SignedAgreement first = seat.owner().signAgreement();
        assertEquals(SignedAgreement.How.NOW, first.how());
        assertEquals(SignedAgreement.How.SENT_AGAIN, seat.owner().signAgreement().how());
        serve(Optional.of(first.agreement().envelope()));
        assertEquals(SignedAgreement.How.BEFORE, seat.owner().signAgreement().how());
        assertEquals(
                SignedAgreement.How.BEFORE, seat.owner().signAgreementAllowingTwoVersions().how());
        assertEquals(2, server.count(put));
    }

    /// The code was taken back and pushed anew; the server shows the agreement of before.
    @Test
    void aServerThatShowsTheOneBeforeDoesNotKeepBackTheSecondThatIsMeant() throws Exception {
        VerifiedAgreement first = seat.owner().signAgreement().agreement();
        serve(Optional.of(first.envelope()));
        serveCode(play.code("another"));
        SignedAgreement replayed = seat.owner().signAgreement();
        assertEquals(first.digest(), replayed.agreement().digest());
        assertEquals(SignedAgreement.How.BEFORE, replayed.how());

        SignedAgreement second = seat.owner().signAgreementAllowingTwoVersions();
        assertEquals(SignedAgreement.How.NOW, second.how());
        assertNotEquals(first.digest(), second.agreement().digest());
        assertArrayEquals(second.agreement().envelope().toJson().canonical(), server.body(put));
    }

    @Test
    void twoVersionsAreNotMadeOfTheSamePartsEvenWhereTwoAreMeant() throws Exception {
        VerifiedAgreement first = seat.owner().signAgreement().agreement();
        assertEquals(
                first.digest(),
                seat.owner().signAgreementAllowingTwoVersions().agreement().digest());
        assertEquals(1, signed().size());
    }

    @Test
    void takesTheOneTheServerHasIfACopyOfThisKeyStoreSignedIt() throws Exception {
        serve(Optional.of(play.agreement.envelope()));
        assertEquals(play.agreement.digest(), seat.owner().signAgreement().agreement().digest());
        assertEquals(0, server.count(put));
        // From now on it is the one.
        serve(Optional.empty());
        assertEquals(play.agreement.digest(), seat.owner().signAgreement().agreement().digest());
        assertArrayEquals(play.agreement.envelope().toJson().canonical(), server.body(put));
    }

    private void earlierClientSigned(Sha256 digest) throws Exception {
        seat.change(before -> before.with(before.history().withAgreement(digest)));
    }

    /// A key store of a version that kept no more than the digest.
    @Test
    void signsAndTakesNoOtherThanTheOneWhoseDigestAnEarlierClientKept() throws Exception {
        earlierClientSigned(Sha256.of(Bytes.utf8("signed before")));
        refusedBecause(
                "agreement-signed-before", NOT_ACCEPTABLE, () -> seat.owner().signAgreement());
        assertEquals(0, server.count(put));
        serve(Optional.of(play.agreement.envelope()));
        refusedBecause(
                "agreement-signed-before", NOT_ACCEPTABLE, () -> seat.owner().signAgreement());
        assertEquals(List.of(), signed());

        earlierClientSigned(play.agreement.digest());
        assertEquals(play.agreement.digest(), seat.owner().signAgreement().agreement().digest());
        assertEquals(List.of(play.agreement.envelope()), signed());
    }

    @Test
    void refusesToTakeOneTheServerHasBesideTheOneSignedHere() throws Exception {
        seat.owner().signAgreement();
        serve(Optional.of(play.agreement.envelope()));
        refusedBecause(
                "agreement-signed-before", NOT_ACCEPTABLE, () -> seat.owner().signAgreement());
        assertEquals(1, signed().size());
    }

    @Test
    void refusesAnAgreementThatTheServersOwnOwnerSigned() throws Exception {
        serve(
                Optional.of(
                        play.signAgreement(
                                SigningKey.generate(Play.RANDOM), play.code, play.cards)));
        List<Finding> findings =
                assertThrows(RefusedException.class, () -> seat.owner().signAgreement()).findings();
        assertTrue(findings.stream().anyMatch(one -> one.kind() == NOT_AUTHENTIC));
        assertEquals(List.of(), signed());
    }
}
