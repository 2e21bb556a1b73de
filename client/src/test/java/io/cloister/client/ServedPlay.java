package io.cloister.client;

import io.cloister.client.server.Published;
import io.cloister.crypto.keystore.KeyName;
import io.cloister.crypto.keystore.KeyStore;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.document.EnclaveIdentity;
import io.cloister.protocol.document.Terms;
import io.cloister.protocol.document.VerifiedAgreement;
import io.cloister.protocol.json.Json;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/// A [Play] up to its agreement and enclave, and the consumer's seat at the server that shows it.
/// Everything passes until a test shows something else.
final class ServedPlay implements AutoCloseable {
    final ScriptedServer server = new ScriptedServer();
    final Play play;
    private final String base;
    private final Cloister cloister;
    private final Seat seat;

    /// @param home for the consumer's key store
    ServedPlay(Path home) throws IOException, ClientException {
        this(home, Terms.defaults(Play.NOW));
    }

    /// @param terms what is agreed
    ServedPlay(Path home, Terms terms) throws IOException, ClientException {
        play = new Play(server.url(), terms, List.of());
        base = "/computations/" + play.computation;
        KeyStore store = KeyStore.create(home);
        cloister =
                new Cloister(new Vault(store), Clock.fixed(Play.NOW, ZoneOffset.UTC), Play.RANDOM);
        Membership membership = play.membership(Play.CONSUMER);
        Place place = membership.place();
        store.add(
                new KeyName(place.server().value(), place.computation()),
                Play.of(Play.CONSUMER, play.keys));
        cloister.save(membership);
        seat = cloister.seat(place);
        show(play.agreement, play.bundle, play.identity);
        server.on("GET " + base + "/proposal", play.signedProposal.toJson().text());
    }

    /// The consumer's.
    Seat seat() {
        return seat;
    }

    /// What the consumer asks for.
    ApprovalDesk.Request request(boolean again) {
        return new ApprovalDesk.Request(play.policy(), Optional.empty(), Optional.empty(), again);
    }

    /// Shows this agreement, this code and this enclave from now on.
    void show(VerifiedAgreement agreement, Bytes bundle, EnclaveIdentity enclave) {
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
        show(bundle.toArray());
        say(Optional.of(agreement), Optional.of(enclave));
    }

    /// Gives these for the code, one after the other, then the last of them.
    void show(byte[]... bundles) {
        var asked = new AtomicInteger();
        server.on(
                "GET " + base + "/code/bundle",
                exchange ->
                        ScriptedServer.send(
                                exchange,
                                200,
                                "application/octet-stream",
                                bundles[Math.min(asked.getAndIncrement(), bundles.length - 1)]));
    }

    /// Says that there is no agreement.
    void hideAgreement() {
        say(Optional.empty(), Optional.empty());
    }

    private void say(Optional<VerifiedAgreement> agreement, Optional<EnclaveIdentity> enclave) {
        server.on(
                "GET " + base,
                Json.object()
                        .put("id", play.computation.toString())
                        .put("state", "granting")
                        .put("archived", false)
                        .put("dialect", "cloister/1")
                        .put("createdAt", "2026-01-01T00:00:00Z")
                        .put("owner", Play.OWNER.value())
                        .put("proposal", play.signedProposal.digest().toString())
                        .put("code", play.code.digest().toString())
                        .putIfPresent("agreement", agreement.map(VerifiedAgreement::digest))
                        .putIfPresent("enclave", enclave.map(EnclaveIdentity::digest))
                        .put("participants", List.of())
                        .put("pendingActions", List.of())
                        .put("lastEvent", 1)
                        .build()
                        .text());
    }

    @Override
    public void close() {
        seat.close();
        server.close();
    }
}
