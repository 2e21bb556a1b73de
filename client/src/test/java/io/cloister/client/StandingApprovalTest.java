package io.cloister.client;

import static io.cloister.client.Finding.Kind.NOT_ACCEPTABLE;
import static io.cloister.client.Verdicts.accepted;
import static io.cloister.client.Verdicts.refused;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;

import io.cloister.client.server.Published;
import io.cloister.client.server.ServerException;
import io.cloister.crypto.SigningKey;
import io.cloister.crypto.grant.Grant;
import io.cloister.crypto.grant.SealedEnvelopes;
import io.cloister.crypto.keystore.KeyName;
import io.cloister.crypto.keystore.KeyStore;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.EnclaveIdentity;
import io.cloister.protocol.document.FileName;
import io.cloister.protocol.document.InputList;
import io.cloister.protocol.document.VerifiedAgreement;
import io.cloister.protocol.dsse.Signed;
import io.cloister.protocol.json.Json;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/// What one confirmation is good for when another enclave comes.
class StandingApprovalTest {
    private static final Duration ONE_DAY = Duration.ofDays(1);
    private static final Duration PAUSE = Duration.ofMillis(1);
    private static final StoredInput SHOWN = input("shown.csv");

    private final ScriptedServer server = new ScriptedServer();
    private final Play play = new Play(server.url());
    private final String base = "/computations/" + play.computation;

    @TempDir private Path folder;

    private Seat seat;
    private ApprovalDesk desk;
    private ApprovalDesk.Request request;

    @BeforeEach
    void providerIsShownAnEnclave() throws Exception {
        KeyStore store = KeyStore.create(folder.resolve("home"));
        Membership membership = play.membership(Play.PROVIDER);
        Place place = membership.place();
        store.add(
                new KeyName(place.server().value(), place.computation()),
                Play.of(Play.PROVIDER, play.keys));
        var client =
                new Cloister(new Vault(store), Clock.fixed(Play.NOW, ZoneOffset.UTC), Play.RANDOM);
        client.save(membership.with(membership.history().withInputs(List.of(SHOWN))));
        seat = client.seat(place);
        desk = seat.approval();
        request = ApprovalDesk.Request.under(play.policy());
        server.on(
                "GET " + base + "/code/bundle",
                exchange ->
                        ScriptedServer.send(
                                exchange, 200, "application/octet-stream", play.bundle.toArray()));
        show(play.agreement, play.identity);
    }

    @AfterEach
    void close() {
        seat.close();
        server.close();
    }

    private static StoredInput input(String name) {
        return new StoredInput(new FileName(name), Sha256.of(Bytes.utf8(name)), 100, 10);
    }

    private EnclaveIdentity another(VerifiedAgreement agreement) {
        return play.identity(
                play.computation,
                agreement.digest(),
                play.runtime,
                SigningKey.generate(Play.RANDOM));
    }

    private void show(VerifiedAgreement agreement, EnclaveIdentity enclave) {
        Published published = play.published(enclave);
        String enclaves = base + "/enclaves/" + enclave.digest().hex();
        server.on(
                "GET " + enclaves,
                Json.object()
                        .put("identity", published.identity().base64())
                        .put("evidence", published.evidence().base64())
                        .build()
                        .text());
        server.on("PUT " + enclaves + "/grant", "{\"digest\":\"" + agreement.digest() + "\"}");
        server.on("GET " + base + "/agreement", agreement.envelope().toJson().text());
        server.on("GET " + base, said(agreement, Optional.of(enclave)));
    }

    private String said(VerifiedAgreement agreement, Optional<EnclaveIdentity> enclave) {
        return Json.object()
                .put("id", play.computation.toString())
                .put("state", "granting")
                .put("archived", false)
                .put("dialect", "cloister/1")
                .put("createdAt", "2026-01-01T00:00:00Z")
                .put("owner", Play.OWNER.value())
                .put("proposal", play.signedProposal.digest().toString())
                .put("code", play.code.digest().toString())
                .put("agreement", agreement.digest().toString())
                .putIfPresent("enclave", enclave.map(EnclaveIdentity::digest))
                .put("participants", List.of())
                .put("pendingActions", List.of())
                .put("lastEvent", 1)
                .build()
                .text();
    }

    /// Answers `request` as now, but first `times` times with `before`.
    private void first(int times, ScriptedServer.Answer before, String request, String after) {
        var asked = new AtomicInteger();
        server.on(
                request,
                exchange -> {
                    if (asked.incrementAndGet() <= times) {
                        before.answer(exchange);
                    } else {
                        ScriptedServer.send(
                                exchange,
                                200,
                                "application/json",
                                after.getBytes(StandardCharsets.UTF_8));
                    }
                });
    }

    private static void fails(HttpExchange exchange) throws IOException {
        ScriptedServer.problem(exchange, 500, "internal");
    }

    @Test
    void refusesAnEnclaveThatItGrantedToBefore() throws Exception {
        StandingApproval standing = confirmed(3);
        standing.grant();
        refused(standing.next(), NOT_ACCEPTABLE, "granted-already");
        EnclaveIdentity second = another(play.agreement);
        show(play.agreement, second);
        standing.grant(accepted(standing.next()));
        show(play.agreement, play.identity);
        refused(standing.next(), NOT_ACCEPTABLE, "granted-already");
        assertEquals(second.digest(), seat.grants().getLast().identity());
        assertEquals(1, standing.left());
    }

    @Test
    void waitsOutAServerThatFailsAndSendsTheSameGrantAgain() throws Exception {
        StandingApproval standing = confirmed(2);
        standing.grant();
        EnclaveIdentity second = another(play.agreement);
        show(play.agreement, second);
        String put = "PUT " + base + "/enclaves/" + second.digest().hex() + "/grant";
        first(
                1,
                StandingApprovalTest::fails,
                put,
                "{\"digest\":\"" + play.agreement.digest() + "\"}");
        first(
                2,
                StandingApprovalTest::fails,
                "GET " + base,
                said(play.agreement, Optional.of(second)));
        assertEquals(second.digest(), standing.grantNext(ONE_DAY, PAUSE).grant().identity());
        assertEquals(2, server.count(put));
        assertEquals(0, standing.left());
        assertEquals(2, seat.grants().size());
    }

    @Test
    void waitsOutAnEnclaveThatIsGoneBeforeItIsChecked() throws Exception {
        StandingApproval standing = confirmed(2);
        standing.grant();
        EnclaveIdentity second = another(play.agreement);
        show(play.agreement, second);
        var asked = new AtomicInteger();
        server.on(
                "GET " + base,
                exchange -> {
                    int now = asked.incrementAndGet();
                    Optional<EnclaveIdentity> there =
                            now == 2 || now == 3 ? Optional.empty() : Optional.of(second);
                    ScriptedServer.send(
                            exchange,
                            200,
                            "application/json",
                            said(play.agreement, there).getBytes(StandardCharsets.UTF_8));
                });
        assertEquals(second.digest(), standing.grantNext(ONE_DAY, PAUSE).grant().identity());
        assertTrue(asked.get() >= 5);
    }

    @Test
    void waitsForNothingThatTheServerRefusesOrAfterItsTime() throws Exception {
        StandingApproval standing = confirmed(2);
        standing.grant();
        EnclaveIdentity second = another(play.agreement);
        show(play.agreement, second);
        String said = said(play.agreement, Optional.of(second));
        first(1, StandingApprovalTest::fails, "GET " + base, said);
        assertThrows(ServerException.class, () -> standing.grantNext(Duration.ZERO, PAUSE));
        first(
                1,
                exchange -> ScriptedServer.problem(exchange, 403, "forbidden"),
                "GET " + base,
                said);
        assertThrows(ServerException.class, () -> standing.grantNext(ONE_DAY, PAUSE));
        changeInputs(SHOWN, input("another.csv"));
        assertThrows(RefusedException.class, () -> standing.grantNext(ONE_DAY, PAUSE));
        assertEquals(1, seat.grants().size());
    }

    private StandingApproval confirmed(int times) throws Exception {
        return desk.standing(accepted(desk.prepare(request)), request, times);
    }

    private void changeInputs(StoredInput... inputs) throws Exception {
        seat.change(before -> before.with(before.history().withInputs(List.of(inputs))));
    }

    @Test
    void countsTheRunsOfEveryEnclaveItIsConfirmedFor() throws Exception {
        StandingApproval standing = confirmed(3);
        assertEquals(3, standing.possibleRuns());
        standing.grant();
        show(play.agreement, another(play.agreement));
        standing.grant(accepted(standing.next()));
        assertEquals(3, standing.possibleRuns());
        assertEquals(1, standing.left());
        // A later one counts those that were made before.
        show(play.agreement, another(play.agreement));
        var again =
                new ApprovalDesk.Request(play.policy(), Optional.empty(), Optional.empty(), true);
        assertEquals(4, desk.standing(accepted(desk.prepare(again)), again, 2).possibleRuns());
    }

    @Test
    void grantsTheInputsThatWereConfirmedToEachEnclave() throws Exception {
        StandingApproval standing = confirmed(2);
        standing.grant();
        show(play.agreement, another(play.agreement));
        GrantRecord second = standing.grant(accepted(standing.next()));
        var opened = SealedEnvelopes.open(second.sealed(), play.enclaveAge);
        Grant grant = Signed.readUnverified(opened, Grant.TYPE);
        InputList list = Signed.readUnverified(grant.inputs().orElseThrow(), InputList.TYPE);
        assertEquals(
                List.of(SHOWN.name()),
                list.files().stream().map(InputList.InputFile::name).toList());
    }

    /// Pushed by another command, or by whoever got at this machine, after the confirmation.
    @Test
    void refusesInputsThatChangedSinceTheConfirmation() throws Exception {
        StandingApproval standing = confirmed(2);
        standing.grant();
        show(play.agreement, another(play.agreement));
        changeInputs(SHOWN, input("another.csv"));
        refused(standing.next(), NOT_ACCEPTABLE, "confirmed-inputs");
        changeInputs(SHOWN);
        accepted(standing.next());
        assertEquals(1, seat.grants().size());
    }

    @Test
    void refusesAnAgreementThatChangedSinceTheConfirmation() throws Exception {
        StandingApproval standing = confirmed(2);
        standing.grant();
        VerifiedAgreement other = play.agreement(play.code("another"), play.cards);
        show(other, another(other));
        refused(standing.next(), NOT_ACCEPTABLE, "confirmed-agreement");
        assertEquals(1, seat.grants().size());
    }

    @Test
    void refusesCodeThatIsNotTheConfirmedAgreements() throws Exception {
        StandingApproval standing = confirmed(2);
        standing.grant();
        show(play.agreement, another(play.agreement));
        byte[] other = play.bundle.toArray();
        other[other.length - 1] ^= 1;
        server.on(
                "GET " + base + "/code/bundle",
                exchange -> ScriptedServer.send(exchange, 200, "application/octet-stream", other));
        assertTrue(standing.next() instanceof Verdict.Refused<Approvable>);
        assertEquals(1, seat.grants().size());
    }

    @Test
    void refusesWhenAnotherApprovalAddedRunsThatWereNotCounted() throws Exception {
        StandingApproval standing = confirmed(2);
        standing.grant();
        show(play.agreement, another(play.agreement));
        var again =
                new ApprovalDesk.Request(play.policy(), Optional.empty(), Optional.empty(), true);
        desk.grant(accepted(desk.prepare(again)));
        show(play.agreement, another(play.agreement));
        refused(standing.next(), NOT_ACCEPTABLE, "granted-meanwhile");
        assertEquals(2, seat.grants().size());
    }

    @Test
    void grantsToNoMoreEnclavesThanWereConfirmed() throws Exception {
        StandingApproval standing = confirmed(1);
        standing.grant();
        assertEquals(0, standing.left());
        show(play.agreement, another(play.agreement));
        Approvable next = accepted(standing.next());
        assertThrows(IllegalStateException.class, () -> standing.grant(next));
        assertEquals(1, seat.grants().size());
        assertThrows(IllegalArgumentException.class, () -> desk.standing(next, request, 0));
    }
}
