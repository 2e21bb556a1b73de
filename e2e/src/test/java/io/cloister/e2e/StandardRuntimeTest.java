package io.cloister.e2e;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.e2e.hostile.HostileRuns;
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
import org.junit.jupiter.params.provider.CsvSource;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

import javax.imageio.ImageIO;

/// Every package of the `standard` runtime at work in an enclave, with real clients, one real
/// control plane and real enclave processes.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class StandardRuntimeTest {
    private Site site;

    @BeforeAll
    void open(@TempDir Path folder) throws Exception {
        site = Site.open(folder.resolve("site"), List.of(Checkout.runtime("standard")));
    }

    @AfterAll
    void close() {
        site.close();
    }

    /// keras, scikit-learn, scipy · nltk · pyarrow, openpyxl, PyYAML, toml, protobuf,
    /// python-dateutil, requests · whatever reads a file, from what `read()` gives. All of it was
    /// imported while the enclave waited, as `run.py` names it.
    @ParameterizedTest
    @CsvSource({
        "learning, keras scipy.optimize sklearn.linear_model",
        "text, nltk.corpus nltk.stem",
        "formats, yaml requests pyarrow.parquet google.protobuf.message_factory",
        "inputs, pandas pyarrow.parquet"
    })
    void givesEveryConsumerTheExpectedBytes(
            String name, String modules, @TempDir Path homes, @TempDir Path code) throws Exception {
        Play play = demanding(modules, Play.example(name), code);
        try (Cast cast = Cast.proposing(site, play, homes).played()) {
            for (Email consumer : play.roster().resultConsumers()) {
                assertArrayEquals(Play.expected(name, consumer), cast.onlyResult(consumer));
            }
        }
    }

    /// The same play, whose program fails if a module was not imported before its first line.
    private static Play demanding(String modules, Play play, Path code) throws Exception {
        try (Stream<Path> entries = Files.walk(play.code())) {
            for (Path entry : entries.filter(Files::isRegularFile).toList()) {
                Path copy = code.resolve(play.code().relativize(entry).toString());
                Files.createDirectories(copy.getParent());
                Files.copy(entry, copy);
            }
        }
        Path run = code.resolve("run.py");
        Files.writeString(
                run,
                "import sys; assert set('"
                        + modules
                        + "'.split()) <= set(sys.modules)\n"
                        + Files.readString(run));
        return new Play(
                play.title(), play.runtime(), play.roster(), code, play.data(), play.terms());
    }

    @Test
    void hostileCodeGainsNothingByPackages(@TempDir Path folder) throws Exception {
        HostileRuns.assertGainNothing(site, folder, "standard");
    }

    @Test
    void readsStreamedInputsForwardOnly(@TempDir Path homes) throws Exception {
        Play play = Play.example("inputs").on(StandardRuntimeTest::streaming);
        try (Cast cast = Cast.proposing(site, play, homes).played()) {
            assertArrayEquals(
                    Files.readAllBytes(
                            Checkout.root().resolve("examples/inputs/expected/streamed")),
                    cast.onlyResult(play.roster().resultConsumers().getFirst()));
        }
    }

    private static Terms streaming(Terms terms) {
        return terms.toBuilder().inputMode(InputMode.STREAMING).build();
    }

    /// Their bytes are not compared: they need not be the same on every processor.
    @Test
    void drawsFigures(@TempDir Path homes) throws Exception {
        Play play = Play.example("figures");
        try (Cast cast = Cast.proposing(site, play, homes).played()) {
            List<Email> consumers = play.roster().resultConsumers();
            assertFigure(600, 400, cast.onlyResult(consumers.getFirst()));
            assertFigure(500, 500, cast.onlyResult(consumers.getLast()));
        }
    }

    private static void assertFigure(int width, int height, byte[] png) throws Exception {
        BufferedImage image = ImageIO.read(new ByteArrayInputStream(png));
        assertNotNull(image);
        assertEquals(List.of(width, height), List.of(image.getWidth(), image.getHeight()));
        long colours =
                Arrays.stream(image.getRGB(0, 0, width, height, null, 0, width)).distinct().count();
        assertTrue(colours > 100, colours + " colours");
    }
}
