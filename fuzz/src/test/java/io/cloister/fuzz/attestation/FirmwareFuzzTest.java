package io.cloister.fuzz.attestation;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.cloister.attestation.amd.launch.Firmware;
import io.cloister.attestation.amd.launch.Launch;
import io.cloister.attestation.amd.launch.LaunchBoot;
import io.cloister.attestation.amd.launch.VcpuSignature;
import io.cloister.attestation.amd.launch.VmmKind;
import io.cloister.fuzz.FuzzTime;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;

/// A firmware image is refused, or can be measured; a short input stands for the end of an image.
final class FirmwareFuzzTest {
    private static final int PAGE = 4096;

    @FuzzTest(maxDuration = FuzzTime.EACH)
    void measuresOrRefuses(byte[] input) {
        int size = Math.max(PAGE, (input.length + PAGE - 1) / PAGE * PAGE);
        var image = new byte[size];
        System.arraycopy(input, 0, image, size - input.length, input.length);
        try {
            Firmware firmware = Firmware.parse(Bytes.copyOf(image));
            LaunchBoot boot =
                    firmware.measuresKernel()
                            ? new LaunchBoot.Kernel(
                                    Sha256.of(input), LaunchBoot.Kernel.noInitrd(), "quiet")
                            : new LaunchBoot.FromDisk();
            int vcpus = firmware.startsFurtherProcessors() ? 2 : 1;
            for (VmmKind vmm : VmmKind.values()) {
                var launch = new Launch(firmware, boot, vcpus, new VcpuSignature(0xa00f11), 1, vmm);
                if (launch.measurement().length() != 48) {
                    throw new AssertionError("no digest");
                }
            }
        } catch (MalformedException _) {
            // What is expected of nearly every input.
        }
    }
}
