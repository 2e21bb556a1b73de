package io.cloister.client;

import static io.cloister.attestation.amd.SigningKey.VCEK;
import static io.cloister.client.Finding.Kind.COULD_NOT_CHECK;
import static io.cloister.client.Finding.Kind.NOT_ACCEPTABLE;
import static io.cloister.client.Finding.Kind.NOT_AUTHENTIC;
import static io.cloister.client.Verdicts.accepted;
import static io.cloister.client.Verdicts.refused;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.attestation.amd.SnpProduct;
import io.cloister.attestation.appraisal.AppraisalPolicy;
import io.cloister.attestation.endorsement.Endorsement;
import io.cloister.attestation.endorsement.Endorsements;
import io.cloister.attestation.evidence.EvidenceBundle;
import io.cloister.attestation.evidence.Verifier;
import io.cloister.attestation.pki.SignatureChecks;
import io.cloister.attestation.testkit.FakeAmd;
import io.cloister.client.endorsement.Fetched;
import io.cloister.client.invite.Invitation;
import io.cloister.client.server.Published;
import io.cloister.client.server.ServerException;
import io.cloister.crypto.SigningKey;
import io.cloister.crypto.grant.Grant;
import io.cloister.crypto.grant.SealedEnvelopes;
import io.cloister.crypto.keystore.KeyName;
import io.cloister.crypto.keystore.KeyStore;
import io.cloister.crypto.keystore.ParticipantKeys;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.Email;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.FileName;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.dsse.Signed;
import io.cloister.protocol.json.Json;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The desks against a server that answers what it should, or what it should not.
class DesksTest {
    private final ScriptedServer server = new ScriptedServer();
    private final Play play = new Play(server.url());
    private final String base = "/computations/" + play.computation;

    private List<Json> participants = List.of();
    @TempDir private Path folder;

    private Vault vault;
    private Cloister cloister;

    @BeforeEach
    void open() throws IOException {
        vault = new Vault(KeyStore.create(folder.resolve("home")));
        cloister = new Cloister(vault, Clock.fixed(Play.NOW, ZoneOffset.UTC), Play.RANDOM);
        serve(Optional.of(play.identity.digest()));
        server.on("GET " + base + "/agreement", play.agreement.envelope().toJson().text());
        server.on(
                "GET " + base + "/code/bundle",
                exchange ->
                        ScriptedServer.send(
                                exchange, 200, "application/octet-stream", play.bundle.toArray()));
        publish(play.published(play.identity));
        server.on(
                "PUT " + base + "/enclaves/" + play.identity.digest().hex() + "/grant",
                "{\"digest\":\"" + play.agreement.digest() + "\"}");
    }

    /// Or none would be of use to the next.
    @Test
    void remembersWhoseSignaturesItCheckedFromOneCheckToTheNext() {
        Cloister fetching =
                cloister.fetchingFrom((_, _) -> new Fetched(Endorsements.none(), List.of()));
        assertSame(cloister.verifier(), fetching.verifier());
    }

    @AfterEach
    void close() {
        server.close();
    }

    private void serve(Optional<Sha256> enclave) {
        var json =
                Json.object()
                        .put("id", play.computation.toString())
                        .put("state", "granting")
                        .put("archived", false)
                        .put("dialect", "cloister/1")
                        .put("createdAt", "2026-01-01T00:00:00Z")
                        .put("owner", Play.OWNER.value())
                        .put("proposal", play.signedProposal.digest().toString())
                        .put("code", play.code.digest().toString())
                        .put("agreement", play.agreement.digest().toString())
                        .putIfPresent("enclave", enclave)
                        .put("participants", participants)
                        .put("pendingActions", List.of())
                        .put("lastEvent", 1)
                        .build();
        server.on("GET " + base, json.text());
    }

    private void publish(Published published) {
        server.on(
                "GET " + base + "/enclaves/" + Sha256.of(published.identity()).hex(),
                Json.object()
                        .put("identity", published.identity().base64())
                        .put("evidence", published.evidence().base64())
                        .build()
                        .text());
    }

    private Seat seat(Email person) throws ClientException, IOException {
        Membership membership = play.membership(person);
        var place = membership.place();
        vault.store()
                .add(
                        new KeyName(place.server().value(), place.computation()),
                        Play.of(person, play.keys));
        if (person.equals(Play.PROVIDER)) {
            membership =
                    membership.with(
                            membership
                                    .history()
                                    .withInputs(
                                            List.of(
                                                    new StoredInput(
                                                            new FileName("data.csv"),
                                                            Sha256.of(Bytes.utf8("ciphertext")),
                                                            100,
                                                            10,
                                                            Optional.empty()))));
        }
        cloister.save(membership);
        return cloister.seat(place);
    }

    private ApprovalDesk.Request request(boolean again) {
        return new ApprovalDesk.Request(play.policy(), Optional.empty(), Optional.empty(), again);
    }

    @Test
    void grantsWhatTheEnclaveCanOpen() throws Exception {
        try (Seat seat = seat(Play.PROVIDER)) {
            GrantRecord record =
                    seat.approval().grant(accepted(seat.approval().prepare(request(false))));
            Envelope opened = SealedEnvelopes.open(record.sealed(), play.enclaveAge);
            Grant grant =
                    Signed.verify(
                                    opened,
                                    Grant.TYPE,
                                    Play.of(Play.PROVIDER, play.keys).signing().publicKey())
                            .document();
            assertEquals(play.agreement.digest(), grant.agreement());
            assertEquals(play.identity.digest(), grant.identity());
            assertEquals(
                    Optional.of(Play.of(Play.PROVIDER, play.keys).encrypt()),
                    grant.decryptionKey());
            assertTrue(grant.inputs().isPresent());
        }
    }

    private void publish(FakeAmd amd, Endorsements endorsements) {
        publish(
                new Published(
                        play.identity.canonical(),
                        new EvidenceBundle(amd.evidence(), endorsements).canonical()));
    }

    /// The whole of approval, with Evidence of hardware: nothing is granted unless all of it holds.
    @Test
    void grantsToAnEnclaveOnHardwareThatAllSpeaksFor() throws Exception {
        var verifier = new Verifier(FakeAmd.roots(), SignatureChecks.ofPlatform());
        cloister =
                new Cloister(vault, Clock.fixed(Play.NOW, ZoneOffset.UTC), Play.RANDOM, verifier);
        var amd = new FakeAmd(SnpProduct.MILAN, VCEK, 3);
        amd.report().put(0x50, play.identity.reportData());
        var request = ApprovalDesk.Request.under(HardwareEnclaveTest.POLICY);
        try (Seat seat = seat(Play.PROVIDER)) {
            var revoking = new FakeAmd(SnpProduct.MILAN, VCEK, 3);
            revoking.revocationList().revoke(0x10001);
            publish(amd, revoking.endorsements());
            refused(seat.approval().prepare(request), NOT_AUTHENTIC, "snp-not-revoked");

            var without = new ArrayList<>(amd.endorsements().all());
            without.removeIf(one -> one instanceof Endorsement.Crl);
            publish(amd, new Endorsements(without));
            refused(seat.approval().prepare(request), COULD_NOT_CHECK, "endorsements");

            publish(amd, amd.endorsements());
            refused(
                    seat.approval().prepare(ApprovalDesk.Request.under(AppraisalPolicy.builtIn())),
                    NOT_ACCEPTABLE,
                    "reference-values-present");
            assertEquals(List.of(), seat.grants());

            GrantRecord record = seat.approval().grant(accepted(seat.approval().prepare(request)));
            assertEquals(play.identity.digest(), record.identity());
            assertTrue(record.measurement().startsWith("snp:"), record.measurement());
        }
    }

    @Test
    void givesTheEnclaveNoKeyOfAConsumer() throws Exception {
        try (Seat seat = seat(Play.CONSUMER)) {
            GrantRecord record =
                    seat.approval().grant(accepted(seat.approval().prepare(request(false))));
            Envelope opened = SealedEnvelopes.open(record.sealed(), play.enclaveAge);
            Grant grant = Signed.readUnverified(opened, Grant.TYPE);
            assertEquals(Optional.empty(), grant.decryptionKey());
            assertEquals(Optional.empty(), grant.inputs());
        }
    }

    @Test
    void recordsAGrantBeforeItIsSentAndSendsTheSameBytesAgain() throws Exception {
        String put = "PUT " + base + "/enclaves/" + play.identity.digest().hex() + "/grant";
        server.on(put, exchange -> ScriptedServer.problem(exchange, 409, "wrong-state"));
        try (Seat seat = seat(Play.CONSUMER)) {
            Approvable approved = accepted(seat.approval().prepare(request(false)));
            assertThrows(ServerException.class, () -> seat.approval().grant(approved));
            byte[] first = server.body(put);
            assertFalse(seat.grants().getFirst().sent());
            server.on(put, "{\"digest\":\"" + play.agreement.digest() + "\"}");
            seat.approval().grant(accepted(seat.approval().prepare(request(false))));
            assertArrayEquals(first, server.body(put));
            assertEquals(1, seat.grants().size());
            assertTrue(seat.grants().getFirst().sent());
        }
    }

    @Test
    void refusesAFurtherGrantUnlessItIsMeantAndSaysHowManyRunsCouldHappen() throws Exception {
        try (Seat seat = seat(Play.CONSUMER)) {
            seat.approval().grant(accepted(seat.approval().prepare(request(false))));
            var another =
                    play.identity(
                            play.computation,
                            play.agreement.digest(),
                            play.runtime,
                            SigningKey.generate(Play.RANDOM));
            publish(play.published(another));
            serve(Optional.of(another.digest()));
            refused(seat.approval().prepare(request(false)), NOT_ACCEPTABLE, "granted-before");
            Approvable again = accepted(seat.approval().prepare(request(true)));
            assertEquals(2, again.possibleRuns());
            assertTrue(again.changes().orElseThrow().isEmpty());
        }
    }

    @Test
    void refusesNoRunsMoreRunsOrALaterEndThanAgreed() throws Exception {
        try (Seat seat = seat(Play.CONSUMER)) {
            for (long runs : new long[] {-1, 0, 2}) {
                refused(
                        seat.approval()
                                .prepare(
                                        new ApprovalDesk.Request(
                                                play.policy(),
                                                Optional.of(runs),
                                                Optional.empty(),
                                                false)),
                        NOT_ACCEPTABLE,
                        "runs-above-agreed");
            }
            refused(
                    seat.approval()
                            .prepare(
                                    new ApprovalDesk.Request(
                                            play.policy(),
                                            Optional.empty(),
                                            Optional.of(
                                                    play.agreement
                                                            .terms()
                                                            .notAfter()
                                                            .plusSeconds(1)),
                                            false)),
                    NOT_ACCEPTABLE,
                    "expiry-beyond-agreed");
        }
    }

    @Test
    void refusesOtherCodeThanTheAgreements() throws Exception {
        byte[] other =
                new String(play.bundle.toArray(), StandardCharsets.ISO_8859_1)
                        .replace(Play.RUN, Play.RUN.replace("secret", "public"))
                        .getBytes(StandardCharsets.ISO_8859_1);
        server.on(
                "GET " + base + "/code/bundle",
                exchange -> ScriptedServer.send(exchange, 200, "application/octet-stream", other));
        try (Seat seat = seat(Play.CONSUMER)) {
            refused(seat.approval().prepare(request(false)), NOT_AUTHENTIC, "code-bundle");
            refused(seat.approval().prepare(request(false)), NOT_AUTHENTIC, "code-entrypoint");
        }
    }

    @Test
    void saysThatThereIsNoEnclaveYet() throws Exception {
        serve(Optional.empty());
        try (Seat seat = seat(Play.CONSUMER)) {
            var failure =
                    assertThrows(
                            ClientException.class, () -> seat.approval().prepare(request(false)));
            assertEquals(ClientException.Kind.STATE, failure.kind());
        }
    }

    @Test
    void keepsWhatItGrantedThroughABackup() throws Exception {
        try (Seat seat = seat(Play.CONSUMER)) {
            seat.approval().grant(accepted(seat.approval().prepare(request(false))));
            Path backup = folder.resolve("backup.age");
            var recipient = ParticipantKeys.generate(Play.RANDOM).receive();
            cloister.backup(backup, List.of(recipient.recipient().text().value()));
            assertTrue(Files.size(backup) > 0);
        }
    }

    @Test
    void refusesACardWithoutTheTagOfItsInvitation() throws Exception {
        Cloister owner = owner();
        try (Seat seat = owner.seat(owner.places().getFirst())) {
            serveCards(seat, Optional.empty());
            accepted(seat.owner().checkCards());
            serveCards(seat, Optional.of(Play.PROVIDER));
            refused(seat.owner().checkCards(), NOT_AUTHENTIC, "card-tag");
        }
    }

    @Test
    void renewsNoInvitationOfSomeoneWhoHasJoined() throws Exception {
        Cloister owner = owner();
        try (Seat seat = owner.seat(owner.places().getFirst())) {
            server.on(
                    "PUT " + base + "/invitations/" + Play.PROVIDER,
                    exchange -> ScriptedServer.send(exchange, 204, "text/plain", new byte[0]));
            serve(Optional.empty());
            Invitation fresh = seat.owner().renew(Play.PROVIDER);
            assertEquals(fresh, seat.owner().invitation(Play.PROVIDER).invitation());
            participants =
                    List.of(
                            Json.object()
                                    .put("email", Play.PROVIDER.value())
                                    .put("roles", List.of())
                                    .put("invitation", "redeemed")
                                    .put("card", play.signedProposal.digest().toString())
                                    .build());
            serve(Optional.empty());
            var refused =
                    assertThrows(ClientException.class, () -> seat.owner().renew(Play.PROVIDER));
            assertEquals(ClientException.Kind.STATE, refused.kind());
            assertEquals(fresh, seat.owner().invitation(Play.PROVIDER).invitation());
        }
    }

    @Test
    void refusesACardMadeWithAnInvitationThatWasRevoked() throws Exception {
        Cloister owner = owner();
        try (Seat seat = owner.seat(owner.places().getFirst())) {
            serveCards(seat, Optional.empty());
            server.on(
                    "POST " + base + "/invitations/" + Play.PROVIDER + "/revoke",
                    exchange -> ScriptedServer.send(exchange, 204, "text/plain", new byte[0]));
            seat.owner().revoke(Play.PROVIDER);
            refused(seat.owner().checkCards(), NOT_AUTHENTIC, "card-tag");
        }
    }

    /// The owner's own key store, with everyone's invitation.
    private Cloister owner() throws IOException, ClientException {
        var ownersVault = new Vault(KeyStore.create(folder.resolve("owner")));
        var owner = new Cloister(ownersVault, Clock.fixed(Play.NOW, ZoneOffset.UTC), Play.RANDOM);
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
        return owner;
    }

    /// All cards with their tags, but for one person a card of whoever runs the server.
    private void serveCards(Seat seat, Optional<Email> forged) {
        List<Json> cards = new ArrayList<>();
        for (Email person : Play.PEOPLE) {
            Envelope card =
                    forged.equals(Optional.of(person))
                            ? play.card(person, ParticipantKeys.generate(Play.RANDOM))
                            : Play.of(person, play.cards);
            Bytes tag =
                    Play.of(person, play.secrets)
                            .tag(seat.place().computation(), Play.of(person, play.cards).payload());
            cards.add(
                    Json.object()
                            .put("email", person.value())
                            .put("card", card.toJson())
                            .put("tag", tag.hex())
                            .build());
        }
        server.on("GET " + base + "/cards", Json.object().put("cards", cards).build().text());
    }
}
