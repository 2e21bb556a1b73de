package io.cloister.attestation.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.cloister.attestation.measurement.EnclaveImage;
import io.cloister.attestation.measurement.MeasuredFile;
import io.cloister.attestation.measurement.Measurement;
import io.cloister.attestation.measurement.Measurements;
import io.cloister.protocol.Sha256;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

class MeasurementTest {
    private static final Sha256 RUNTIME = Sha256.of(new byte[] {1});

    @TempDir Path temporary;

    private EnclaveImage image;

    @BeforeEach
    void make() throws IOException {
        image = new EnclaveImage(temporary.resolve("lib"), temporary.resolve("python"));
        Files.createDirectories(image.lib());
        Files.createDirectories(image.python().resolve("cloister"));
        Files.writeString(image.lib().resolve("agent.jar"), "agent");
        Files.writeString(image.lib().resolve("other.jar"), "other");
        Files.writeString(image.python().resolve("cloister/__init__.py"), "");
    }

    @Test
    void isTheSameForTheSameFilesElsewhere() throws IOException {
        Path elsewhere = Files.createDirectories(temporary.resolve("elsewhere"));
        Files.move(image.lib(), elsewhere.resolve("lib"));
        Files.createDirectories(image.lib());
        Files.writeString(image.lib().resolve("other.jar"), "other");
        Files.writeString(image.lib().resolve("agent.jar"), "agent");

        assertEquals(
                image.measure(RUNTIME),
                new EnclaveImage(elsewhere.resolve("lib"), image.python()).measure(RUNTIME));
    }

    @Test
    void changesWithContentNameAndNumberOfFiles() throws IOException {
        Measurement before = image.measure(RUNTIME);
        Files.writeString(image.lib().resolve("agent.jar"), "agenT");
        Measurement content = image.measure(RUNTIME);
        Files.move(image.lib().resolve("agent.jar"), image.lib().resolve("agent2.jar"));
        Measurement name = image.measure(RUNTIME);
        Files.writeString(image.python().resolve("cloister/extra.py"), "");
        Measurement number = image.measure(RUNTIME);

        assertNotEquals(before.agent(), content.agent());
        assertNotEquals(content.agent(), name.agent());
        assertNotEquals(name.python(), number.python());
        assertNotEquals(name.digest(), number.digest());
    }

    @Test
    void refusesALink() throws IOException {
        Files.createSymbolicLink(
                image.python().resolve("linked.py"), image.lib().resolve("agent.jar"));

        assertThrows(IOException.class, () -> image.measure(RUNTIME));
    }

    @Test
    void refusesAnythingButJarsInLib() throws IOException {
        Files.writeString(image.lib().resolve("notes.txt"), "");

        assertThrows(IOException.class, () -> image.measure(RUNTIME));
    }

    @Test
    void refusesCompiledPython() throws IOException {
        Path cache = Files.createDirectory(image.python().resolve("cloister/__pycache__"));
        Files.writeString(cache.resolve("x.cpython-311.pyc"), "");

        assertThrows(IOException.class, () -> image.measure(RUNTIME));
    }

    @Test
    void oneSetNeverStandsForAnother() {
        List<MeasuredFile> files = List.of(new MeasuredFile("a", RUNTIME));

        assertNotEquals(
                Measurements.ofFiles("agent", files), Measurements.ofFiles("python", files));
    }

    @Test
    void orderOfListingDoesNotMatter() {
        var one = new MeasuredFile("a", RUNTIME);
        var other = new MeasuredFile("b", RUNTIME);

        assertEquals(
                Measurements.ofFiles("agent", List.of(one, other)),
                Measurements.ofFiles("agent", List.of(other, one)));
        assertThrows(
                IllegalArgumentException.class,
                () -> Measurements.ofFiles("agent", List.of(one, one)));
    }

    /// Pins the format: this digest must never change.
    @Test
    void isWhatTheSpecificationSays() {
        Sha256 files =
                Measurements.ofFiles("agent", List.of(new MeasuredFile("agent.jar", RUNTIME)));
        Sha256 spelledOut =
                Sha256.of(
                        ("{\"files\":[{\"digest\":\""
                                        + RUNTIME
                                        + "\",\"name\":\"agent.jar\"}],"
                                        + "\"purpose\":\"agent\",\"type\":\"application/vnd.cloister.measured-files.v1+json\"}")
                                .getBytes(StandardCharsets.UTF_8));
        var measurement = new Measurement(files, RUNTIME, RUNTIME);
        Sha256 whole =
                Sha256.of(
                        ("{\"agent\":\""
                                        + files
                                        + "\",\"python\":\""
                                        + RUNTIME
                                        + "\",\"runtime\":\""
                                        + RUNTIME
                                        + "\",\"type\":\"application/vnd.cloister.measurement.v1+json\"}")
                                .getBytes(StandardCharsets.UTF_8));

        assertEquals(spelledOut, files);
        assertEquals(whole, measurement.digest());
        assertEquals("simulated:" + whole.hex(), measurement.text());
    }
}
