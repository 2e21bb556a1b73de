package io.cloister.crypto.age;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import io.cloister.crypto.age.AgeException.Stage;
import io.cloister.protocol.Sha256;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/// Every one of C2SP's published vectors for age, none left out: armored, compressed, hybrid and
/// passphrase ones included. Each is opened on one thread, on several, and as a stream, and must
/// fail at the stage it names after giving out exactly what it names.
final class CctvVectorsTest {
    /// cctv-age 0.2.0.
    private static final int PUBLISHED = 143;

    @TestFactory
    Stream<DynamicTest> opensOnOneThread() throws Exception {
        return vectors().map(v -> DynamicTest.dynamicTest(v.name(), () -> check(v, into(1))));
    }

    @TestFactory
    Stream<DynamicTest> opensOnThreeThreads() throws Exception {
        return vectors().map(v -> DynamicTest.dynamicTest(v.name(), () -> check(v, into(3))));
    }

    @TestFactory
    Stream<DynamicTest> opensAsAStream() throws Exception {
        return vectors()
                .map(v ->
                        DynamicTest.dynamicTest(
                                v.name(),
                                () ->
                                        check(
                                                v,
                                                (o, in, out) -> {
                                                    try (InputStream clear = o.open(in)) {
                                                        clear.transferTo(out);
                                                    }
                                                })));
    }

    @Test
    void thereAreAsManyAsPublished() throws Exception {
        assertEquals(PUBLISHED, vectors().count());
    }

    private interface Way {
        void open(Opening opening, InputStream file, ByteArrayOutputStream clear)
                throws IOException;
    }

    private static Way into(int threads) {
        return (opening, file, clear) -> opening.open(file, clear, threads);
    }

    private static void check(CctvVector vector, Way way) throws IOException {
        InputStream file = new ByteArrayInputStream(vector.file().toArray());
        var clear = new ByteArrayOutputStream();
        String outcome;
        try {
            way.open(vector.opening(), vector.armored() ? Armor.decoding(file) : file, clear);
            outcome = "success";
        } catch (AgeException e) {
            outcome = outcome(e.stage());
        }
        assertEquals(vector.expect(), outcome);
        vector.payload()
                .ifPresent(payload -> assertEquals(payload, Sha256.of(clear.toByteArray())));
    }

    private static String outcome(Stage stage) {
        return switch (stage) {
            case ARMOR -> "armor failure";
            case HEADER -> "header failure";
            case NO_MATCH -> "no match";
            case HMAC -> "HMAC failure";
            case PAYLOAD -> "payload failure";
        };
    }

    private static Stream<CctvVector> vectors() throws Exception {
        var folder = CctvVectorsTest.class.getResource("cctv");
        if (folder == null) {
            return fail("the vectors are missing");
        }
        try (Stream<Path> files = Files.list(Path.of(folder.toURI()))) {
            return files.sorted().toList().stream().map(CctvVectorsTest::parse);
        }
    }

    private static CctvVector parse(Path file) {
        try {
            return CctvVector.parse(String.valueOf(file.getFileName()), Files.readAllBytes(file));
        } catch (Exception e) {
            throw new AssertionError(file.toString(), e);
        }
    }
}
