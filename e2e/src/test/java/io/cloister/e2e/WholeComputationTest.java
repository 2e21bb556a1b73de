package io.cloister.e2e;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.cloister.e2e.stage.Cast;
import io.cloister.e2e.stage.Checkout;
import io.cloister.e2e.stage.Play;
import io.cloister.e2e.stage.Site;
import io.cloister.protocol.Email;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/// The unattacked flow, with real clients, a real control plane and real enclave processes.
final class WholeComputationTest {
    @TempDir Path folder;

    @Test
    void everyConsumerGetsTheResultAndTheOperatorSeesNothing() throws Exception {
        Play play = Play.joining(folder.resolve("play"));
        try (Site site = Site.open(folder.resolve("site"), List.of(Checkout.runtime("bare")));
                Cast cast = Cast.proposing(site, play, folder.resolve("homes")).played()) {
            for (Email consumer : play.roster().resultConsumers()) {
                assertArrayEquals(
                        Play.JOINED.getBytes(StandardCharsets.UTF_8), cast.onlyResult(consumer));
            }
            site.assertNothingInClear();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"seed", "join", "json", "sqlite", "pickle", "mean", "consumers", "package"})
    void exampleGivesEveryConsumerTheExpectedBytes(String name) throws Exception {
        Play play = Play.example(name);
        try (Site site =
                        Site.open(
                                folder.resolve("site"), List.of(Checkout.runtime(play.runtime())));
                Cast cast = Cast.proposing(site, play, folder.resolve("homes")).played()) {
            for (Email consumer : play.roster().resultConsumers()) {
                assertArrayEquals(Play.expected(name, consumer), cast.onlyResult(consumer));
            }
        }
    }
}
