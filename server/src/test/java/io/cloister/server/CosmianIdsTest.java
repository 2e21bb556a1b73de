package io.cloister.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.PublicSigningKey;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// What the dialect calls keys, by `spec/vectors/cosmian`, which Python's standard library made.
final class CosmianIdsTest {
    private static final Path FILE =
            Path.of(System.getProperty("cloister.root", ".."))
                    .resolve("spec/vectors/cosmian/fingerprint.json");
    private static final JsonLimits LIMITS = new JsonLimits(1 << 20, 24, 100_000);

    @TestFactory
    List<DynamicTest> fingerprints() throws Exception {
        String name = "fingerprint.json";
        Fields file = Fields.of(Json.parse(Files.readAllBytes(FILE), LIMITS, name), name);
        List<DynamicTest> tests = new ArrayList<>();
        for (Fields one : file.list("vectors", 1_000, Fields::of)) {
            Fields input = Fields.of(one.any("input"), "input");
            Fields expected = Fields.of(one.any("expected"), "expected");
            tests.add(
                    DynamicTest.dynamicTest(
                            one.string("id", 1, 60),
                            () ->
                                    assertEquals(
                                            numbers(expected.string("fingerprint", 1, 100)),
                                            CosmianIds.fingerprint(
                                                    input.text("key", PublicSigningKey::parse)))));
        }
        return tests;
    }

    /// Bytes as the dialect writes them.
    private static Json numbers(String hex) throws Exception {
        List<Json> numbers = new ArrayList<>();
        for (byte one : Bytes.fromHex(hex, "fingerprint").toArray()) {
            numbers.add(Json.of(Byte.toUnsignedLong(one)));
        }
        return Json.array(numbers);
    }
}
