package io.cloister.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;
import io.cloister.protocol.json.JsonLimits;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.Map;

/// `image measure`, on the firmware of `spec/vectors/snp-launch.json`.
class ImageCommandTest {
    private static final Path VECTORS =
            Path.of(System.getProperty("cloister.root", ".."), "spec/vectors/snp-launch.json");

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    @TempDir private Path folder;

    @BeforeEach
    void files() throws IOException, MalformedException {
        for (String name : new String[] {"kernel", "disk"}) {
            Files.write(folder.resolve(name + ".fd"), firmware(name));
        }
        Files.writeString(folder.resolve("vmlinuz"), "a kernel");
        Files.writeString(folder.resolve("initrd"), "an initrd");
    }

    @Test
    void measuresAKernel() throws IOException, MalformedException {
        assertEquals(
                Exit.OK.code(),
                run(
                        "--firmware",
                        "kernel.fd",
                        "--kernel",
                        "vmlinuz",
                        "--initrd",
                        "initrd",
                        "--cmdline",
                        "console=ttyS0",
                        "--vcpus",
                        "4",
                        "--vcpu-type",
                        "EPYC-Genoa",
                        "--json"));
        Fields answer = Fields.of(Json.parse(out.toByteArray(), JsonLimits.MESSAGE, "it"), "it");
        assertEquals("snp:" + expected("kernel-4-genoa"), answer.string("measurement", 1, 200));
        assertEquals("console=ttyS0", answer.string("commandLine", 1, 100));
    }

    @Test
    void measuresAGuestOnEc2() throws IOException, MalformedException {
        assertEquals(Exit.OK.code(), run("--firmware", "disk.fd", "--vcpus", "2", "--vmm", "ec2"));
        String text = out.toString(StandardCharsets.UTF_8);
        assertTrue(text.startsWith("measurement:   snp:" + expected("disk-ec2") + "\n"), text);
    }

    @Test
    void takesASignatureInPlaceOfAModel() throws IOException, MalformedException {
        assertEquals(
                Exit.OK.code(),
                run("--firmware", "disk.fd", "--vcpus", "1", "--vcpu-type", "0x830f10"));
        assertTrue(out.toString(StandardCharsets.UTF_8).contains(expected("disk-rome")));
    }

    @Test
    void refusesAKernelThatTheFirmwareWouldNotCheck() {
        refuses(
                Exit.MALFORMED,
                "firmware.metadata: expected a page for kernel hashes",
                "--firmware",
                "disk.fd",
                "--kernel",
                "vmlinuz",
                "--vcpus",
                "1",
                "--vcpu-type",
                "EPYC");
    }

    @Test
    void refusesWhatIsNoFirmware() {
        refuses(
                Exit.MALFORMED,
                "firmware: expected whole pages",
                "--firmware",
                "vmlinuz",
                "--vcpus",
                "1",
                "--vcpu-type",
                "EPYC");
    }

    @Test
    void refusesAMissingFile() {
        refuses(
                Exit.NOT_FOUND,
                "is no file",
                "--firmware",
                "none.fd",
                "--vcpus",
                "1",
                "--vmm",
                "gce");
    }

    @Test
    void refusesQemuWithoutAModel() {
        refuses(Exit.USAGE, "model", "--firmware", "disk.fd", "--vcpus", "1");
    }

    @Test
    void refusesACommandLineWithoutKernel() {
        refuses(
                Exit.USAGE,
                "--kernel",
                "--firmware",
                "disk.fd",
                "--cmdline",
                "quiet",
                "--vcpus",
                "1",
                "--vmm",
                "gce");
    }

    @Test
    void refusesFeaturesThatAreNoBits() {
        refuses(
                Exit.USAGE,
                "--guest-features",
                "--firmware",
                "disk.fd",
                "--guest-features",
                "1",
                "--vcpus",
                "1",
                "--vmm",
                "gce");
    }

    @Test
    void refusesFeaturesWithoutSnp() {
        refuses(
                Exit.USAGE,
                "without SNP",
                "--firmware",
                "disk.fd",
                "--guest-features",
                "0x20",
                "--vcpus",
                "1",
                "--vmm",
                "gce");
    }

    private void refuses(Exit exit, String message, String... options) {
        assertEquals(exit.code(), run(options));
        String text = err.toString(StandardCharsets.UTF_8);
        assertTrue(text.startsWith("error: ") && text.contains(message), text);
    }

    private int run(String... options) {
        var world =
                new World(
                        new ByteArrayInputStream(new byte[0]),
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8),
                        false,
                        folder,
                        Map.of("HOME", folder.toString()),
                        Clock.systemUTC(),
                        new SecureRandom());
        var all = new String[options.length + 2];
        all[0] = "image";
        all[1] = "measure";
        System.arraycopy(options, 0, all, 2, options.length);
        return Cli.run(world, all);
    }

    private static byte[] firmware(String name) throws IOException, MalformedException {
        Fields firmware = file().object("firmware").object(name);
        var image = new byte[(int) firmware.integer("size", 0, 1 << 20)];
        byte[] head = firmware.text("head", Bytes::fromHex).toArray();
        byte[] tail = firmware.text("tail", Bytes::fromHex).toArray();
        System.arraycopy(head, 0, image, 0, head.length);
        System.arraycopy(tail, 0, image, image.length - tail.length, tail.length);
        return image;
    }

    private static String expected(String id) throws IOException, MalformedException {
        for (Fields vector : file().list("vectors", 100, Fields::of)) {
            if (vector.string("id", 1, 80).equals(id)) {
                return vector.object("expected").string("measurement", 96, 96);
            }
        }
        throw new AssertionError("no vector " + id);
    }

    private static Fields file() throws IOException, MalformedException {
        return Fields.of(
                Json.parse(Files.readAllBytes(VECTORS), JsonLimits.MESSAGE, "vectors"), "vectors");
    }
}
