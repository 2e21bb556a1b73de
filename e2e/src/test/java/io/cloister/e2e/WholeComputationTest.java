package io.cloister.e2e;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cloister.e2e.stage.Cast;
import io.cloister.e2e.stage.Checkout;
import io.cloister.e2e.stage.Play;
import io.cloister.e2e.stage.Site;
import io.cloister.protocol.Email;
import io.cloister.protocol.document.InputMode;
import io.cloister.protocol.document.Terms;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/// The unattacked flow, with real clients, a real control plane and real enclave processes.
final class WholeComputationTest {
    private static final long LARGE = 256L << 20;

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

    /// Streamed, with half the memory that the large file takes.
    private static Terms streaming(Terms terms) {
        return new Terms(
                terms.runs(),
                terms.notAfter(),
                terms.cores(),
                terms.cpuSeconds(),
                LARGE / 2,
                terms.processes(),
                terms.wallSeconds(),
                terms.outputBytes(),
                terms.isolation(),
                InputMode.STREAMING,
                terms.dataMayChange(),
                terms.outputReaders(),
                terms.tracebackReaders());
    }

    /// More than the agreed memory, of which the program sees a piece at a time.
    @Test
    void streamsInputsThatDoNotFitIntoTheMemory() throws Exception {
        Play play =
                Play.of(
                                folder.resolve("play"),
                                """
                                total = 0
                                for data in enclave.read(0):
                                    while part := data.read(1 << 20):
                                        total += len(part)
                                enclave.write(str(total).encode())
                                """)
                        .on(WholeComputationTest::streaming);
        Path large = play.data().values().iterator().next().getFirst();
        try (var file = new RandomAccessFile(large.toFile(), "rw")) {
            file.setLength(LARGE);
        }
        try (Site site = Site.open(folder.resolve("site"), List.of(Checkout.runtime("bare")));
                Cast cast = Cast.proposing(site, play, folder.resolve("homes")).played()) {
            Email consumer = play.roster().resultConsumers().getFirst();
            assertEquals(
                    Long.toString(LARGE + "second-clear-data-marker-b2;".length()),
                    new String(cast.onlyResult(consumer), StandardCharsets.UTF_8));
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
