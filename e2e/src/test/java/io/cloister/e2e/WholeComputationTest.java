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

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// The unattacked flow, with real clients, a real control plane and real enclave processes.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class WholeComputationTest {
    private static final long LARGE = 256L << 20;
    private static final long MEMORY = 192L << 20;

    @TempDir private Path folder;
    private Site site;

    @BeforeAll
    void open(@TempDir Path shared) throws Exception {
        site =
                Site.open(
                        shared.resolve("site"),
                        List.of(Checkout.runtime("bare"), Checkout.runtime("base")));
    }

    @AfterAll
    void close() {
        site.close();
    }

    @Test
    void everyConsumerGetsTheResultAndTheOperatorSeesNothing() throws Exception {
        Play play = Play.joining(folder.resolve("play"));
        try (Site own = Site.open(folder.resolve("site"), List.of(Checkout.runtime("bare")));
                Cast cast = Cast.proposing(own, play, folder.resolve("homes")).played()) {
            for (Email consumer : play.roster().resultConsumers()) {
                assertArrayEquals(
                        Play.JOINED.getBytes(StandardCharsets.UTF_8), cast.onlyResult(consumer));
            }
            own.assertNothingInClear();
        }
    }

    /// Streamed, with less memory than the table takes.
    private static Terms streaming(Terms terms) {
        return terms.toBuilder().memoryBytes(MEMORY).inputMode(InputMode.STREAMING).build();
    }

    /// More than the agreed memory, of which pandas holds some rows at a time.
    @Test
    void readsATableThatDoesNotFitIntoTheMemoryInChunks() throws Exception {
        Play bare =
                Play.of(
                        folder.resolve("play"),
                        """
                        import pandas
                        table = next(enclave.read(0))
                        total = 0
                        for part in pandas.read_csv(table, usecols=["number"], chunksize=1_000):
                            total += int(part.number.sum())
                        enclave.write(str(total).encode())
                        """);
        Play play =
                new Play(
                                bare.title(),
                                "base",
                                bare.roster(),
                                bare.code(),
                                bare.data(),
                                bare.terms())
                        .on(WholeComputationTest::streaming);
        long rows = writeTable(play.data().values().iterator().next().getFirst());
        try (Cast cast = Cast.proposing(site, play, folder.resolve("homes")).played()) {
            Email consumer = play.roster().resultConsumers().getFirst();
            assertEquals(
                    Long.toString(rows * (rows - 1) / 2),
                    new String(cast.onlyResult(consumer), StandardCharsets.UTF_8));
        }
    }

    /// A number and a long text to a row.
    ///
    /// @return how many rows it has
    private static long writeTable(Path file) throws IOException {
        String text = "," + "text ".repeat(400) + "\n";
        long rows = 0;
        long bytes = 0;
        try (Writer table = Files.newBufferedWriter(file, StandardCharsets.US_ASCII)) {
            table.write("number,text\n");
            while (bytes < LARGE) {
                String row = rows++ + text;
                table.write(row);
                bytes += row.length();
            }
        }
        return rows;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"seed", "join", "json", "sqlite", "pickle", "mean", "consumers", "package"})
    void exampleGivesEveryConsumerTheExpectedBytes(String name) throws Exception {
        Play play = Play.example(name);
        try (Cast cast = Cast.proposing(site, play, folder.resolve("homes")).played()) {
            for (Email consumer : play.roster().resultConsumers()) {
                assertArrayEquals(Play.expected(name, consumer), cast.onlyResult(consumer));
            }
        }
    }
}
