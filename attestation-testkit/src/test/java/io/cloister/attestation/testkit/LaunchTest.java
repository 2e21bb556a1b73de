package io.cloister.attestation.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.cloister.attestation.amd.launch.Firmware;
import io.cloister.attestation.amd.launch.Launch;
import io.cloister.attestation.amd.launch.LaunchBoot;
import io.cloister.attestation.amd.launch.VcpuSignature;
import io.cloister.attestation.amd.launch.VmmKind;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.util.stream.Stream;

/// The launch measurement: the published vectors, what each input changes, and what is refused.
class LaunchTest {
    private static final Sha256 KERNEL = Sha256.of(Bytes.utf8("a kernel"));
    private static final Sha256 INITRD = Sha256.of(Bytes.utf8("an initrd"));

    @TestFactory
    Stream<DynamicTest> vectors() throws IOException, MalformedException {
        return LaunchVectors.all().stream()
                .map(vector -> DynamicTest.dynamicTest(vector.id(), () -> check(vector)));
    }

    private static void check(LaunchVectors.Vector vector) throws IOException, MalformedException {
        Launch launch = LaunchVectors.launch(vector.input());
        if (vector.path().isEmpty()) {
            assertEquals(vector.measurement(), launch.measurement().hex());
        } else {
            var refused = assertThrows(MalformedException.class, launch::measurement);
            assertEquals(vector.path(), refused.path());
        }
    }

    @Test
    void everyInputChangesTheMeasurement() throws IOException, MalformedException {
        Launch launch = launch(new LaunchBoot.Kernel(KERNEL, INITRD, "quiet"));
        Bytes measurement = launch.measurement();

        assertNotEquals(
                measurement, launch(new LaunchBoot.Kernel(INITRD, INITRD, "quiet")).measurement());
        assertNotEquals(
                measurement, launch(new LaunchBoot.Kernel(KERNEL, KERNEL, "quiet")).measurement());
        assertNotEquals(
                measurement, launch(new LaunchBoot.Kernel(KERNEL, INITRD, "quiet ")).measurement());
        assertNotEquals(measurement, launch(new LaunchBoot.FromDisk()).measurement());
        byte[] image = LaunchVectors.firmware("kernel");
        image[5000] ^= 1;
        assertNotEquals(
                measurement,
                new Launch(
                                Firmware.parse(Bytes.copyOf(image)),
                                launch.boot(),
                                1,
                                launch.signature(),
                                1,
                                VmmKind.QEMU)
                        .measurement());
    }

    @Test
    void firmwareAloneHasADigest() throws IOException, MalformedException {
        byte[] image = LaunchVectors.firmware("kernel");
        Bytes digest = Firmware.parse(Bytes.copyOf(image)).digest();
        image[0] ^= 1;

        assertEquals(48, digest.length());
        assertNotEquals(digest, Firmware.parse(Bytes.copyOf(image)).digest());
    }

    @ParameterizedTest
    @CsvSource({
        "EPYC, 0x800f12",
        "EPYC-v4, 0x800f12",
        "EPYC-IBPB, 0x800f12",
        "EPYC-Rome, 0x830f10",
        "EPYC-Milan-v2, 0xa00f11",
        "EPYC-Genoa, 0xa10f10",
        "EPYC-Turin, 0xb00f00"
    })
    void knowsTheSignatureOfEveryModel(String model, String signature) throws MalformedException {
        assertEquals(
                VcpuSignature.parse(signature, "signature"), VcpuSignature.ofModel(model, "model"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "epyc", "EPYC-Milan-v0", "EPYC-Milan-v1-v1", "EPYC-Naples"})
    void refusesAModelItDoesNotKnow(String model) {
        assertThrows(MalformedException.class, () -> VcpuSignature.ofModel(model, "model"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a00f11", "0x", "0x100000000", "0xg"})
    void refusesASignatureOfAnotherForm(String signature) {
        assertThrows(MalformedException.class, () -> VcpuSignature.parse(signature, "signature"));
    }

    @Test
    void refusesFeaturesWithoutSnp() throws IOException, MalformedException {
        Launch launch = launch(new LaunchBoot.FromDisk());
        assertThrows(
                IllegalArgumentException.class,
                () ->
                        new Launch(
                                launch.firmware(),
                                launch.boot(),
                                1,
                                launch.signature(),
                                0x20,
                                VmmKind.QEMU));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, Launch.MAX_VCPUS + 1})
    void refusesANumberOfProcessorsNoGuestHas(int vcpus) throws IOException, MalformedException {
        Launch launch = launch(new LaunchBoot.FromDisk());
        assertThrows(
                IllegalArgumentException.class,
                () ->
                        new Launch(
                                launch.firmware(),
                                launch.boot(),
                                vcpus,
                                launch.signature(),
                                1,
                                VmmKind.QEMU));
    }

    @Test
    void refusesACommandLineThatNoKernelGets() {
        assertThrows(
                IllegalArgumentException.class,
                () -> new LaunchBoot.Kernel(KERNEL, INITRD, "a\0b"));
        assertThrows(
                IllegalArgumentException.class,
                () -> new LaunchBoot.Kernel(KERNEL, INITRD, "x".repeat(4097)));
    }

    private static Launch launch(LaunchBoot boot) throws IOException, MalformedException {
        return new Launch(
                Firmware.parse(Bytes.copyOf(LaunchVectors.firmware("kernel"))),
                boot,
                1,
                VcpuSignature.ofModel("EPYC-Milan", "model"),
                Launch.SNP_ACTIVE,
                VmmKind.QEMU);
    }
}
