package io.cloister.e2e.byhand;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.client.DataDesk;
import io.cloister.client.Seat;
import io.cloister.client.server.Progress;
import io.cloister.e2e.stage.Cast;
import io.cloister.e2e.stage.Checkout;
import io.cloister.e2e.stage.Enclaves;
import io.cloister.e2e.stage.Play;
import io.cloister.e2e.stage.Site;
import io.cloister.protocol.Email;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/// `approve --stay` as a Data Provider uses it: a person answers once at a terminal, the enclave
/// crashes, another one comes.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class StayTest {
    private static final String APPROVE = "./cloister approve --stay --times 2 --policy simulated";

    @TempDir private Path folder;
    private Site site;

    @BeforeAll
    void open(@TempDir Path place) throws Exception {
        site = Site.open(place.resolve("site"), List.of(Checkout.runtime("bare")));
    }

    @AfterAll
    void close() {
        if (site != null) {
            site.close();
        }
    }

    /// One computation whose enclave waits for grants, and a Data Provider's shell.
    private final class Scene implements AutoCloseable {
        private final Cast cast;
        private final Seat provider;
        private final CompletableFuture<Shell.Outcome> approval;

        Scene(Path place) throws Exception {
            Path homes = place.resolve("homes");
            cast =
                    Cast.proposing(site, Play.joining(place.resolve("play")), homes)
                            .readyToApprove();
            Email person = cast.play().roster().dataProviders().getFirst();
            provider = cast.seat(person);
            Shell shell =
                    Shell.in(place.resolve("shell"))
                            .export("CLOISTER_HOME", homes.resolve(person.value()).toString());
            List<ProcessHandle> enclaves = Enclaves.running();
            approval =
                    CompletableFuture.supplyAsync(
                            () -> shell.answering("yes", APPROVE),
                            task -> Thread.ofVirtual().start(task));
            cast.owner().await(_ -> provider.grants().size() == 1, Cast.PATIENCE);
            enclaves.forEach(ProcessHandle::destroyForcibly);
            cast.owner().await(said -> said.enclave().isEmpty(), Cast.PATIENCE);
        }

        Shell.Outcome whenAnotherEnclaveComes() throws Exception {
            cast.owner().startEnclave();
            return approval.get(Cast.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }

        @Override
        public void close() {
            cast.close();
        }
    }

    @Test
    void asksOnceForTheRunsOfAllEnclavesAndGrantsToTheNextOne() throws Exception {
        try (var scene = new Scene(folder.resolve("same"))) {
            Shell.Outcome outcome = scene.whenAnotherEnclaveComes();

            assertEquals(0, outcome.exit(), outcome::toString);
            assertTrue(
                    outcome.out()
                            .contains(
                                    "! You approve for 2 enclaves, one after the other, 1 run(s) in"
                                            + " each: 2 run(s) could then happen in all."),
                    outcome::out);
            assertTrue(
                    outcome.out()
                            .contains(
                                    "Approve this for 2 enclaves, 2 run(s) in all? A grant can't be"
                                            + " recalled. Type yes:"),
                    outcome::out);
            assertEquals(
                    2,
                    outcome.out().lines().filter(it -> it.startsWith("Approved: 1 run")).count());
            assertEquals(2, scene.provider.grants().size());
        }
    }

    @Test
    void stopsWhenTheInputsAreOthersThanWereConfirmed() throws Exception {
        try (var scene = new Scene(folder.resolve("changed"))) {
            Path file = Files.writeString(folder.resolve("another.csv"), "a,b\n");
            scene.provider.data().push(List.of(DataDesk.Upload.of(file)), Progress.NONE);
            Shell.Outcome outcome = scene.whenAnotherEnclaveComes();

            assertEquals(5, outcome.exit(), outcome::toString);
            assertTrue(
                    outcome.out()
                            .contains(
                                    "confirmed-inputs: your inputs are others than were confirmed"),
                    outcome::out);
            assertEquals(1, scene.provider.grants().size());
        }
    }
}
