package io.cloister.cli;

import io.cloister.attestation.amd.launch.Firmware;
import io.cloister.attestation.amd.launch.Launch;
import io.cloister.attestation.amd.launch.LaunchBoot;
import io.cloister.attestation.amd.launch.VcpuSignature;
import io.cloister.attestation.amd.launch.VmmKind;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.json.Json;

import picocli.CommandLine;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;

/// `image`.
@CommandLine.Command(
        name = "image",
        description = "Images that enclaves are started from.",
        subcommands = {ImageCommand.Measure.class})
final class ImageCommand extends Group {
    /// `image measure`.
    @CommandLine.Command(
            name = "measure",
            description =
                    "Compute the launch measurement of an SEV-SNP guest from what it is launched"
                            + " with: the value to compare with MEASUREMENT of its reports.")
    static final class Measure extends Command {
        @Option(
                names = "--firmware",
                required = true,
                paramLabel = "FILE",
                description = "The firmware image, such as OVMF.fd.")
        private String firmware = "";

        @Option(
                names = "--kernel",
                paramLabel = "FILE",
                description = "The kernel, if it is measured; else the guest boots from disk.")
        private String kernel = "";

        @Option(
                names = "--initrd",
                paramLabel = "FILE",
                description = "The initial RAM disk; needs --kernel.")
        private String initrd = "";

        @Option(
                names = "--cmdline",
                paramLabel = "TEXT",
                description = "The kernel's command line, to the letter; needs --kernel.")
        private String commandLine = "";

        @Option(
                names = "--vcpus",
                required = true,
                paramLabel = "N",
                description = "How many virtual processors.")
        private int vcpus;

        @Option(
                names = "--vcpu-type",
                paramLabel = "MODEL",
                description =
                        "QEMU's name of their model, such as EPYC-Milan, or their CPUID signature,"
                                + " such as 0xa00f11. Only QEMU measures it.")
        private String vcpuType = "";

        @Option(
                names = "--guest-features",
                paramLabel = "BITS",
                defaultValue = "0x1",
                description = "SEV_FEATURES of the guest. Default: ${DEFAULT-VALUE}, SNP alone.")
        private String guestFeatures = "";

        @Option(
                names = "--vmm",
                paramLabel = "KIND",
                defaultValue = "qemu",
                description = "Who launches it: qemu, ec2 or gce. Default: ${DEFAULT-VALUE}.")
        private VmmKind vmm = VmmKind.QEMU;

        Measure(World world) {
            super(world);
        }

        @Override
        Exit run() throws MalformedException, CommandException, IOException {
            Firmware read = Firmware.parse(firmwareImage());
            Launch launch = launch(read);
            Bytes measurement = launch.measurement();
            screen().field("measurement", "snp:" + measurement.hex());
            screen().field("firmware", read.digest().hex());
            screen().field("processors", vcpus + " of " + launch.signature());
            screen().field("features", "0x" + Long.toHexString(launch.guestFeatures()));
            screen().field("launched by", vmm);
            screen().field("boots", boots(launch.boot()));
            screen().json(json(launch, measurement));
            return Exit.OK;
        }

        private Launch launch(Firmware read)
                throws MalformedException, CommandException, IOException {
            if (vmm == VmmKind.QEMU && vcpuType.isEmpty()) {
                throw new CommandException(
                        Exit.USAGE,
                        "QEMU measures the processors' model",
                        "name it with --vcpu-type, such as --vcpu-type EPYC-Milan");
            }
            try {
                return new Launch(read, boot(), vcpus, signature(), features(), vmm);
            } catch (IllegalArgumentException e) {
                throw new CommandException(Exit.USAGE, String.valueOf(e.getMessage()));
            }
        }

        private LaunchBoot boot() throws CommandException, IOException {
            if (!kernel.isEmpty()) {
                return new LaunchBoot.Kernel(
                        digest(kernel),
                        initrd.isEmpty() ? LaunchBoot.Kernel.noInitrd() : digest(initrd),
                        commandLine);
            }
            if (!initrd.isEmpty() || !commandLine.isEmpty()) {
                throw new CommandException(
                        Exit.USAGE,
                        "--initrd and --cmdline are measured only together with --kernel");
            }
            return new LaunchBoot.FromDisk();
        }

        private VcpuSignature signature() throws MalformedException {
            if (vcpuType.isEmpty()) {
                return new VcpuSignature(0);
            }
            return vcpuType.startsWith("0x")
                    ? VcpuSignature.parse(vcpuType, "--vcpu-type")
                    : VcpuSignature.ofModel(vcpuType, "--vcpu-type");
        }

        private long features() throws CommandException {
            if (!guestFeatures.matches("0x[0-9a-fA-F]{1,16}")) {
                throw new CommandException(
                        Exit.USAGE,
                        "--guest-features: expected bits such as 0x1, got " + guestFeatures);
            }
            return Long.parseUnsignedLong(guestFeatures.substring(2), 16);
        }

        private Bytes firmwareImage() throws CommandException, IOException {
            Path file = existing(firmware);
            try (InputStream in = Files.newInputStream(file)) {
                return Bytes.copyOf(in.readNBytes(Firmware.MAX_SIZE + 1));
            }
        }

        private Sha256 digest(String name) throws CommandException, IOException {
            MessageDigest digest = Sha256.newDigest();
            try (InputStream in = Files.newInputStream(existing(name))) {
                var buffer = new byte[1 << 16];
                for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                    digest.update(buffer, 0, read);
                }
            }
            return Sha256.finish(digest);
        }

        private Path existing(String name) throws CommandException {
            Path file = world().path(name);
            if (!Files.isRegularFile(file)) {
                throw new CommandException(Exit.NOT_FOUND, file + " is no file");
            }
            return file;
        }

        private static String boots(LaunchBoot boot) {
            return switch (boot) {
                case LaunchBoot.FromDisk() -> "from disk; that is not part of this measurement";
                case LaunchBoot.Kernel(var kernel, var initrd, var commandLine) ->
                        "kernel "
                                + kernel
                                + ", initrd "
                                + initrd
                                + ", command line "
                                + (commandLine.isEmpty() ? "empty" : commandLine);
            };
        }

        private static Json json(Launch launch, Bytes measurement) {
            var object =
                    Json.object()
                            .put("kind", "snp")
                            .put("measurement", "snp:" + measurement.hex())
                            .put("firmwareDigest", launch.firmware().digest().hex())
                            .put("vcpus", launch.vcpus())
                            .put("vcpuSignature", launch.signature().toString())
                            .put("guestFeatures", "0x" + Long.toHexString(launch.guestFeatures()))
                            .put("vmm", launch.vmm().word());
            if (launch.boot()
                    instanceof LaunchBoot.Kernel(var kernel, var initrd, var commandLine)) {
                object.put("kernel", kernel.toString())
                        .put("initrd", initrd.toString())
                        .put("commandLine", commandLine);
            }
            return object.build();
        }
    }
}
