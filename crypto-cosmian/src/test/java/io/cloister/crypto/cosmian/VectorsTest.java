package io.cloister.crypto.cosmian;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.cloister.crypto.SecretExposure;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.ComputationId;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.PublicSigningKey;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.function.Executable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/// Runs `spec/vectors/cosmian`, which PyNaCl made.
final class VectorsTest {
    private static final Path FOLDER =
            Path.of(System.getProperty("cloister.root", "..")).resolve("spec/vectors/cosmian");
    private static final JsonLimits LIMITS = new JsonLimits(1 << 20, 24, 100_000);

    @FunctionalInterface
    private interface Vector {
        void run(Fields input, Fields expected) throws Exception;
    }

    private static Stream<DynamicTest> each(String name, Vector vector)
            throws IOException, MalformedException {
        Fields file =
                Fields.of(Json.parse(Files.readAllBytes(FOLDER.resolve(name)), LIMITS, name), name);
        List<DynamicTest> tests = new ArrayList<>();
        for (Fields one : file.list("vectors", 1_000, Fields::of)) {
            Fields input = Fields.of(one.any("input"), "input");
            Fields expected = Fields.of(one.any("expected"), "expected");
            tests.add(
                    DynamicTest.dynamicTest(
                            name + " " + one.string("id", 1, 60),
                            () -> vector.run(input, expected)));
        }
        return tests.stream();
    }

    private static Bytes hex(Fields from, String name) throws MalformedException {
        return Bytes.fromHex(from.string(name, 0, 10_000), name);
    }

    private static void outcome(Fields expected, Executable opens, Executable accepted)
            throws Throwable {
        if (expected.string("outcome", 1, 20).equals("accepted")) {
            accepted.execute();
        } else {
            assertEquals(
                    expected.string("stage", 1, 20),
                    assertThrows(RefusedException.class, opens)
                            .stage()
                            .name()
                            .toLowerCase(Locale.ROOT));
        }
    }

    @TestFactory
    Stream<DynamicTest> preSharedKeys() throws Exception {
        return each(
                "pre-shared-key.json",
                (input, expected) -> {
                    List<String> words = input.texts("words", 10, (text, _) -> text);
                    var key =
                            PreSharedKey.ofWords(
                                    words, input.text("computation", ComputationId::parse));
                    assertEquals(
                            hex(expected, "key"),
                            Bytes.copyOf(key.expose(SecretExposure.acknowledged())));
                });
    }

    @TestFactory
    Stream<DynamicTest> secretboxes() throws Exception {
        return each(
                "secretbox.json",
                (input, expected) -> {
                    SecretboxKey key = Fixtures.key(hex(input, "key").toArray());
                    byte[] message = hex(input, "message").toArray();
                    run(
                            expected,
                            () -> Fixtures.open(key, message),
                            () ->
                                    assertEquals(
                                            hex(expected, "content"),
                                            Bytes.copyOf(Fixtures.open(key, message))));
                });
    }

    @TestFactory
    Stream<DynamicTest> keyBlobs() throws Exception {
        return each(
                "key-blob.json",
                (input, expected) -> {
                    EnclaveKey enclave =
                            EnclaveKey.fromSeed(Fixtures.secret(hex(input, "seed").toArray()));
                    var signer = input.text("signer", PublicSigningKey::parse);
                    var computation = input.text("computation", ComputationId::parse);
                    Bytes blob = hex(input, "blob");
                    run(
                            expected,
                            () -> KeyBlob.parse(blob).open(signer, computation, enclave).close(),
                            () -> {
                                assertEquals(
                                        expected.text("enclaveKey", PublicSigningKey::parse),
                                        enclave.publicKey());
                                assertEquals(hex(expected, "recipient"), enclave.recipient());
                                try (var content =
                                        KeyBlob.parse(blob).open(signer, computation, enclave)) {
                                    var exposure = SecretExposure.acknowledged();
                                    assertEquals(
                                            hex(expected, "preSharedKey"),
                                            Bytes.copyOf(content.preSharedKey().expose(exposure)));
                                    assertEquals(
                                            hex(expected, "key"),
                                            Bytes.copyOf(content.key().expose(exposure)));
                                }
                            });
                });
    }

    private static void run(Fields expected, Executable opens, Executable accepted)
            throws Exception {
        try {
            outcome(expected, opens, accepted);
        } catch (Exception | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }
}
