package io.cloister.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.client.server.Progress;
import io.cloister.client.server.ServerException;
import io.cloister.crypto.keystore.KeyName;
import io.cloister.crypto.keystore.KeyStore;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.FileName;
import io.cloister.protocol.json.Json;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.LongStream;

/// A Data Provider's uploads, at a server that fails in the middle of one.
class DataDeskTest {
    private final ScriptedServer server = new ScriptedServer();
    private final Play play = new Play(server.url(), 20, List.of());
    private final String base = "/computations/" + play.computation;

    /// Digests of what the server has taken, in order.
    private final List<String> stored = new ArrayList<>();

    @TempDir private Path folder;

    private Seat seat;

    @BeforeEach
    void open() throws Exception {
        var vault = new Vault(KeyStore.create(folder.resolve("home")));
        var cloister = new Cloister(vault, Clock.fixed(Play.NOW, ZoneOffset.UTC), Play.RANDOM);
        Membership membership = play.membership(Play.PROVIDER);
        Place place = membership.place();
        vault.store()
                .add(
                        new KeyName(place.server().value(), place.computation()),
                        Play.of(Play.PROVIDER, play.keys));
        cloister.save(membership);
        seat = cloister.seat(place);
        server.on("GET " + base + "/proposal", play.signedProposal.toJson().text());
        server.on(
                "GET " + base + "/blobs",
                exchange ->
                        ScriptedServer.send(
                                exchange,
                                200,
                                "application/json",
                                blobs().getBytes(StandardCharsets.UTF_8)));
        takeUploads(_ -> true);
    }

    @AfterEach
    void close() {
        seat.close();
        server.close();
    }

    private String blobs() {
        List<Json> all =
                stored.stream()
                        .<Json>map(digest ->
                                Json.object()
                                        .put("digest", "sha256:" + digest)
                                        .put("size", 1)
                                        .put("storedAt", "2026-01-01T00:00:00Z")
                                        .build())
                        .toList();
        return Json.object().put("blobs", all).build().text();
    }

    /// The server takes those uploads for whose digest `which` holds, and has no room for others.
    private void takeUploads(Predicate<String> which) {
        server.onAny(
                "PUT " + base + "/blobs/",
                exchange -> {
                    String path = exchange.getRequestURI().getPath();
                    String digest = path.substring(path.lastIndexOf('/') + 1);
                    if (which.test(digest)) {
                        stored.add(digest);
                        ScriptedServer.send(
                                exchange,
                                201,
                                "application/json",
                                "{}".getBytes(StandardCharsets.UTF_8));
                    } else {
                        ScriptedServer.problem(exchange, 507, "no-space");
                    }
                });
    }

    private DataDesk.Upload file(String name, String content) throws Exception {
        return new DataDesk.Upload(
                Files.writeString(folder.resolve(name), content), new FileName(name));
    }

    private List<StoredInput> push(DataDesk.Upload... uploads) throws Exception {
        return seat.data().push(List.of(uploads), Progress.NONE);
    }

    private static List<String> names(List<StoredInput> inputs) {
        return inputs.stream().map(input -> input.name().value()).toList();
    }

    @Test
    void goesOnWhereAnUploadBrokeOff() throws Exception {
        DataDesk.Upload one = file("one.csv", "1");
        DataDesk.Upload two = file("two.csv", "2");
        DataDesk.Upload three = file("three.csv", "3");
        takeUploads(_ -> stored.isEmpty());
        assertThrows(ServerException.class, () -> push(one, two, three));
        assertEquals(List.of("one.csv"), names(seat.data().list()));
        Sha256 first = seat.data().list().getFirst().ciphertext();

        takeUploads(_ -> true);
        List<StoredInput> all = push(one, two, three);
        assertEquals(List.of("one.csv", "two.csv", "three.csv"), names(all));
        assertEquals(first, all.getFirst().ciphertext());
        assertEquals(3, stored.size());

        assertEquals(all, push(one, two, three));
        assertEquals(3, stored.size());
    }

    @Test
    void refusesAnotherFileUnderANamePushedBefore() throws Exception {
        push(file("one.csv", "1"));
        DataDesk.Upload changed = file("one.csv", "2");
        DataDesk.Upload two = file("two.csv", "2");
        var refused = assertThrows(ClientException.class, () -> push(two, changed));
        assertEquals(ClientException.Kind.USAGE, refused.kind());
        assertTrue(
                String.valueOf(refused.getMessage())
                        .startsWith("another file was pushed as one.csv before"),
                refused::toString);
        assertEquals(List.of("one.csv"), names(seat.data().list()));
        assertEquals(1, stored.size());
    }

    @Test
    void refusesTwoFilesOfOneNameAtOnce() throws Exception {
        DataDesk.Upload one = file("one.csv", "1");
        var refused = assertThrows(ClientException.class, () -> push(one, one));
        assertEquals("two inputs named one.csv", refused.getMessage());
        assertEquals(List.of(), stored);
    }

    @Test
    void aResetTakesWhatTheServerLostForGone() throws Exception {
        push(file("one.csv", "1"), file("two.csv", "2"));
        List<String> deleted = new ArrayList<>();
        server.onAny(
                "DELETE " + base + "/blobs/",
                exchange -> {
                    deleted.add(exchange.getRequestURI().getPath());
                    if (deleted.size() == 1) {
                        ScriptedServer.problem(exchange, 404, "not-found");
                    } else {
                        ScriptedServer.send(exchange, 204, "text/plain", new byte[0]);
                    }
                });
        seat.data().reset();
        assertEquals(2, deleted.size());
        assertEquals(List.of(), seat.data().list());
    }

    @Test
    void aResetForgetsNothingThatTheServerKeeps() throws Exception {
        push(file("one.csv", "1"));
        server.onAny(
                "DELETE " + base + "/blobs/",
                exchange -> ScriptedServer.problem(exchange, 409, "wrong-state"));
        assertThrows(ServerException.class, () -> seat.data().reset());
        assertEquals(List.of("one.csv"), names(seat.data().list()));
    }

    private void enclaveStarted(long runs) {
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
                        .put("enclave", play.identity.digest().toString())
                        .put("participants", List.of())
                        .put("pendingActions", List.of())
                        .put("lastEvent", 1)
                        .build()
                        .text());
        List<Json> all =
                LongStream.rangeClosed(1, runs)
                        .<Json>mapToObj(run ->
                                Json.object()
                                        .put("identity", play.identity.digest().toString())
                                        .put("run", run)
                                        .put("state", "succeeded")
                                        .put("startedAt", "2026-01-01T00:00:00Z")
                                        .build())
                        .toList();
        server.on("GET " + base + "/runs", Json.object().put("runs", all).build().text());
    }

    private void granted() throws Exception {
        seat.change(before -> before.with(before.history().with(play.grant(Play.PROVIDER))));
        server.onAny(
                "PUT " + base + "/enclaves/",
                exchange ->
                        ScriptedServer.send(
                                exchange,
                                200,
                                "application/json",
                                "{}".getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void sendsTheSameListAgainButNoListOfOtherInputsForARunThatHasOne() throws Exception {
        granted();
        enclaveStarted(1);
        DataDesk.Upload one = file("one.csv", "1");
        push(one);
        SubmittedInputs first = seat.data().submit(2);
        assertEquals(1, first.files());
        assertEquals(first, seat.data().submit(2));

        push(file("two.csv", "2"));
        var refused = assertThrows(ClientException.class, () -> seat.data().submit(2));
        assertEquals(ClientException.Kind.STATE, refused.kind());
        assertTrue(
                String.valueOf(refused.getMessage())
                        .contains("made a list of other inputs for run 2 before, 1 file(s)"),
                refused::toString);
        assertEquals(List.of(first), seat.membership().history().submitted());
        assertEquals(2, seat.data().submit(3).files());

        server.onAny(
                "DELETE " + base + "/blobs/",
                exchange -> ScriptedServer.send(exchange, 204, "text/plain", new byte[0]));
        seat.data().reset();
        assertThrows(ClientException.class, () -> seat.data().submit(2));
        // The same file anew: its ciphertext is another one, which the list does not name.
        stored.clear();
        push(one);
        assertThrows(ClientException.class, () -> seat.data().submit(2));
    }

    @Test
    void signsNoListForARunFurtherAheadThanTheEnclaveKeepsListsFor() throws Exception {
        push(file("one.csv", "1"));
        granted();
        enclaveStarted(1);
        var refused = assertThrows(ClientException.class, () -> seat.data().submit(10));
        assertEquals(ClientException.Kind.STATE, refused.kind());
        assertTrue(
                String.valueOf(refused.getMessage()).contains("now for runs up to 9, not for 10"),
                refused::toString);
        assertEquals(List.of(), seat.membership().history().submitted());
        assertEquals(9, seat.data().submit(9).run());
        enclaveStarted(2);
        assertEquals(10, seat.data().submit(10).run());
    }

    @Test
    void uploadsAgainInItsPlaceWhatTheServerNoLongerHas() throws Exception {
        DataDesk.Upload one = file("one.csv", "1");
        DataDesk.Upload two = file("two.csv", "2");
        List<StoredInput> before = push(one, two);
        stored.removeFirst();
        List<StoredInput> after = push(one, two);
        assertEquals(List.of("one.csv", "two.csv"), names(after));
        assertEquals(before.getLast(), after.getLast());
        assertTrue(stored.contains(after.getFirst().ciphertext().hex()));
        assertEquals(2, stored.size());
    }
}
