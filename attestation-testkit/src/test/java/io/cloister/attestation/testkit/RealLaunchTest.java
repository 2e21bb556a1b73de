package io.cloister.attestation.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.cloister.attestation.amd.launch.Firmware;
import io.cloister.attestation.amd.launch.Launch;
import io.cloister.attestation.amd.launch.LaunchBoot;
import io.cloister.attestation.amd.launch.VcpuSignature;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Stream;

/// The launch measurement of two builds of real firmware (see [CapturedEvidence]).
class RealLaunchTest {
    @TestFactory
    Stream<DynamicTest> vectors() throws IOException, MalformedException {
        Path folder = CapturedEvidence.folder().resolve("snp/measure");
        Json file =
                Json.parse(
                        Files.readAllBytes(folder.resolve("vectors.json")),
                        JsonLimits.MESSAGE,
                        "vectors");
        return ((Json.Arr) file)
                .elements().stream()
                        .map(json -> {
                            String id = ((Json.Str) member(json, "id")).value();
                            return DynamicTest.dynamicTest(id, () -> check(folder, json));
                        });
    }

    private static Json member(Json json, String name) {
        return ((Json.Obj) json).members().getOrDefault(name, new Json.Null());
    }

    private static void check(Path folder, Json json) throws IOException, MalformedException {
        Fields vector = Fields.of(json, "vector");
        Path image = folder.resolve("ovmf_" + vector.string("ovmf", 1, 20) + "_suffix.bin");
        Firmware firmware = Firmware.parse(Bytes.copyOf(Files.readAllBytes(image)));
        if (vector.has("ovmfHashOnly")) {
            assertEquals(vector.string("ovmfHashOnly", 96, 96), firmware.digest().hex());
            return;
        }
        Launch launch = launch(firmware, json, vector);
        String expected = vector.string("launchDigest", 1, 200);
        if (expected.startsWith("ERROR")) {
            assertThrows(MalformedException.class, launch::measurement);
        } else {
            assertEquals(expected, launch.measurement().hex());
        }
    }

    private static Launch launch(Firmware firmware, Json json, Fields vector)
            throws MalformedException {
        LaunchBoot boot =
                member(json, "kernelText") instanceof Json.Str(var kernel)
                        ? new LaunchBoot.Kernel(
                                digest(kernel),
                                digest(text(json, "initrdText")),
                                text(json, "append"))
                        : new LaunchBoot.FromDisk();
        var signature = VcpuSignature.ofModel(vector.string("vcpuType", 1, 40), "vcpuType");
        assertEquals(vector.string("vcpuSig", 1, 20), signature.toString());
        return new Launch(
                firmware,
                boot,
                (int) vector.integer("vcpus", 1, 100),
                signature,
                Long.decode(vector.string("guestFeatures", 1, 20)),
                LaunchVectors.vmm(vector.string("vmm", 1, 10).toLowerCase(Locale.ROOT)));
    }

    private static String text(Json json, String name) {
        return member(json, name) instanceof Json.Str(var text) ? text : "";
    }

    private static Sha256 digest(String text) {
        return Sha256.of(Bytes.utf8(text));
    }
}
