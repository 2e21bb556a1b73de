package io.cloister.attestation.amd.launch;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

/// How a guest is launched, and the measurement that follows from it: MEASUREMENT of its
/// attestation reports.
///
/// *Holds*: two launches that differ in firmware, measured kernel, number or model of processors,
/// guest features or kind of VMM have different measurements. *Does not hold*: that the guest runs
/// on given hardware, or what it boots [from disk][LaunchBoot.FromDisk].
///
/// ```java
/// var boot = new LaunchBoot.Kernel(kernel, initrd, "console=ttyS0");
/// var launch = new Launch(firmware, boot, 2, VcpuSignature.ofModel("EPYC-Milan", "type"), 1, VmmKind.QEMU);
/// Bytes measurement = launch.measurement();
/// ```
///
/// @param firmware what is mapped below 4 GiB
/// @param boot what it boots
/// @param vcpus how many virtual processors, 1 to [#MAX_VCPUS]
/// @param signature the processors' model; QEMU measures it, the others don't
/// @param guestFeatures SEV_FEATURES, 64 bits (AMD APM volume 2, table 15-36); bit 0 says SNP and
///   is set
/// @param vmm who launches it
public record Launch(
        Firmware firmware,
        LaunchBoot boot,
        int vcpus,
        VcpuSignature signature,
        long guestFeatures,
        VmmKind vmm) {
    /// Most processors of a guest.
    public static final int MAX_VCPUS = 4096;

    /// Guest features of a guest with SNP and nothing else.
    public static final long SNP_ACTIVE = 1;

    public Launch {
        if (vcpus < 1 || vcpus > MAX_VCPUS) {
            throw new IllegalArgumentException("1 to " + MAX_VCPUS + " processors, not " + vcpus);
        }
        if ((guestFeatures & SNP_ACTIVE) == 0) {
            throw new IllegalArgumentException("guest features without SNP, bit 0");
        }
    }

    /// The measurement.
    ///
    /// @return 48 bytes
    /// @throws MalformedException if the firmware has no place for a kernel's digests and there is
    ///   a kernel, or doesn't say where further processors start and there are some
    public Bytes measurement() throws MalformedException {
        if (boot instanceof LaunchBoot.Kernel && !firmware.measuresKernel()) {
            throw new MalformedException(
                    "firmware.metadata",
                    "a page for kernel hashes, since there is a kernel",
                    "none: this firmware would boot any kernel");
        }
        if (vcpus > 1 && !firmware.startsFurtherProcessors()) {
            throw new MalformedException(
                    "firmware.footer.reset",
                    "where further processors start, since there are " + vcpus,
                    "nothing");
        }
        var pages = new LaunchPages();
        firmware.addTo(pages);
        addSections(pages);
        addProcessors(pages);
        return pages.digest();
    }

    /// EC2 adds the CPUID page after all others.
    private void addSections(LaunchPages pages) {
        boolean late = vmm == VmmKind.EC2;
        for (Section section : firmware.sections()) {
            if (!late || section.kind() != SectionKind.CPUID) {
                add(pages, section);
            }
        }
        if (late) {
            firmware.sections().stream()
                    .filter(section -> section.kind() == SectionKind.CPUID)
                    .forEach(section -> add(pages, section));
        }
    }

    private void add(LaunchPages pages, Section section) {
        switch (section.kind()) {
            case SECURE_MEMORY ->
                    blank(
                            pages,
                            vmm == VmmKind.GCE
                                    ? LaunchPages.Type.UNMEASURED
                                    : LaunchPages.Type.ZERO,
                            section);
            case SECRETS -> blank(pages, LaunchPages.Type.SECRETS, section);
            case CPUID -> blank(pages, LaunchPages.Type.CPUID, section);
            case SERVICE_CALLING_AREA -> blank(pages, LaunchPages.Type.ZERO, section);
            case KERNEL_HASHES -> addHashes(pages, section);
        }
    }

    private void addHashes(LaunchPages pages, Section section) {
        switch (boot) {
            case LaunchBoot.FromDisk() -> blank(pages, LaunchPages.Type.ZERO, section);
            case LaunchBoot.Kernel kernel -> {
                long table = firmware.hashesAddress().orElseThrow();
                pages.normal(
                        section.address(),
                        KernelHashes.page(kernel, (int) (table - section.address())));
            }
        }
    }

    private static void blank(LaunchPages pages, LaunchPages.Type type, Section section) {
        pages.blank(type, section.address(), section.size());
    }

    private void addProcessors(LaunchPages pages) {
        pages.registers(Registers.ADDRESS, registers(Registers.RESET_VECTOR));
        if (vcpus > 1) {
            byte[] further = registers(firmware.resetAddress().orElseThrow());
            for (int i = 1; i < vcpus; i++) {
                pages.registers(Registers.ADDRESS, further);
            }
        }
    }

    private byte[] registers(long address) {
        return Registers.page(vmm, address, signature, guestFeatures);
    }
}
