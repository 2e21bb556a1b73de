package io.cloister.attestation.testkit;

import io.cloister.attestation.amd.launch.Firmware;
import io.cloister.attestation.amd.launch.Launch;
import io.cloister.attestation.amd.launch.LaunchBoot;
import io.cloister.attestation.amd.launch.VcpuSignature;
import io.cloister.attestation.amd.launch.VmmKind;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Reads `spec/vectors/snp-launch.json`.
final class LaunchVectors {
    static final Path FILE =
            Path.of(System.getProperty("cloister.root", ".."), "spec/vectors/snp-launch.json");

    private LaunchVectors() {}

    /// @param measurement in hexadecimal digits; empty where it is refused
    /// @param path of what is refused; empty where it isn't
    record Vector(String id, Fields input, String measurement, String path) {}

    static List<Vector> all() throws IOException, MalformedException {
        return file().list("vectors", 100, LaunchVectors::read);
    }

    /// One of the firmware images: *head*, zeros, *tail*.
    static byte[] firmware(String name) throws IOException, MalformedException {
        Fields firmware = file().object("firmware").object(name);
        var image = new byte[(int) firmware.integer("size", 0, 1 << 20)];
        byte[] head = firmware.text("head", Bytes::fromHex).toArray();
        byte[] tail = tail(name);
        System.arraycopy(head, 0, image, 0, head.length);
        System.arraycopy(tail, 0, image, image.length - tail.length, tail.length);
        return image;
    }

    /// The end of it, from the SEV metadata on.
    static byte[] tail(String name) throws IOException, MalformedException {
        return file().object("firmware").object(name).text("tail", Bytes::fromHex).toArray();
    }

    /// The launch that a vector's input describes.
    static Launch launch(Fields input) throws IOException, MalformedException {
        return new Launch(
                Firmware.parse(Bytes.copyOf(firmware(input.string("firmware", 1, 20)))),
                boot(input),
                (int) input.integer("vcpus", 1, Launch.MAX_VCPUS),
                input.text("vcpuModel", VcpuSignature::ofModel),
                Long.decode(input.string("guestFeatures", 1, 20)),
                vmm(input.string("vmm", 1, 10)));
    }

    static VmmKind vmm(String word) {
        return List.of(VmmKind.values()).stream()
                .filter(kind -> kind.word().equals(word))
                .findFirst()
                .orElseThrow();
    }

    private static LaunchBoot boot(Fields input) throws MalformedException {
        return input.has("kernel")
                ? new LaunchBoot.Kernel(
                        digest(input.string("kernel", 0, 100)),
                        input.has("initrd")
                                ? digest(input.string("initrd", 0, 100))
                                : LaunchBoot.Kernel.noInitrd(),
                        input.string("commandLine", 0, 100))
                : new LaunchBoot.FromDisk();
    }

    private static Sha256 digest(String text) {
        return Sha256.of(Bytes.utf8(text));
    }

    private static Vector read(Json json, String path) throws MalformedException {
        Fields fields = Fields.of(json, path);
        Fields expected = fields.object("expected");
        boolean accepted = expected.string("outcome", 1, 10).equals("accepted");
        return new Vector(
                fields.string("id", 1, 80),
                fields.object("input"),
                accepted ? expected.string("measurement", 96, 96) : "",
                accepted ? "" : expected.string("path", 1, 80));
    }

    private static Fields file() throws IOException, MalformedException {
        return Fields.of(
                Json.parse(Files.readAllBytes(FILE), JsonLimits.MESSAGE, "vectors"), "vectors");
    }
}
