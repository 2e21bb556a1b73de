package io.cloister.attestation.amd.launch;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// The registers a virtual processor starts with, laid out as the processor saves them (AMD APM
/// volume 2, "State Save Area for SEV-ES", table B-4). Offsets are those of that table.
final class Registers {
    /// Where every processor's page is said to be: the address is measured, not used.
    static final long ADDRESS = 0xffff_ffff_f000L;

    /// Where the first processor starts.
    static final long RESET_VECTOR = 0xffff_fff0L;

    private static final int DATA = 0x93;
    private static final int SEGMENT = 16;

    private final ByteBuffer page =
            ByteBuffer.allocate(LaunchPages.PAGE).order(ByteOrder.LITTLE_ENDIAN);

    private Registers() {}

    /// What differs between those who launch guests.
    ///
    /// @param code attributes of CS
    /// @param stack attributes of SS
    /// @param task attributes of TR
    /// @param rdx what is in RDX
    /// @param mxcsr SSE control
    /// @param fcw x87 control
    /// @param pat page attributes
    private record Start(int code, int stack, int task, long rdx, int mxcsr, int fcw, long pat) {
        private static final long USUAL_PAT = 0x0007_0406_0007_0406L;

        static Start of(VmmKind vmm, boolean first, VcpuSignature signature) {
            return switch (vmm) {
                case QEMU ->
                        new Start(
                                0x9b,
                                DATA,
                                0x8b,
                                Integer.toUnsignedLong(signature.value()),
                                0x1f80,
                                0x37f,
                                USUAL_PAT);
                case EC2 -> new Start(first ? 0x9a : 0x9b, 0x92, 0x83, 0x600, 0, 0, USUAL_PAT);
                case GCE -> new Start(0x9b, DATA, 0x8b, 0x600, 0, 0, 0x0007_0106L);
            };
        }
    }

    /// The page of a processor that starts at `address`.
    ///
    /// @param features guest features, SEV_FEATURES
    static byte[] page(VmmKind vmm, long address, VcpuSignature signature, long features) {
        var start = Start.of(vmm, address == RESET_VECTOR, signature);
        var registers = new Registers();
        registers.segments(start, address);
        registers.controls(start, address);
        registers.page.putLong(0x3b0, features);
        return registers.page.array();
    }

    private void segments(Start start, long address) {
        segment(0, 0, DATA, 0);
        segment(1, 0xf000, start.code, address & 0xffff_0000L);
        segment(2, 0, start.stack, 0);
        segment(3, 0, DATA, 0);
        segment(4, 0, DATA, 0);
        segment(5, 0, DATA, 0);
        segment(6, 0, 0, 0);
        segment(7, 0, 0x82, 0);
        segment(8, 0, 0, 0);
        segment(9, 0, start.task, 0);
    }

    private void segment(int index, int selector, int attributes, long base) {
        page.position(index * SEGMENT);
        page.putShort((short) selector).putShort((short) attributes).putInt(0xffff).putLong(base);
    }

    private void controls(Start start, long address) {
        page.putLong(0xd0, 0x1000); // EFER: SVME
        page.putLong(0x148, 0x40); // CR4: MCE
        page.putLong(0x158, 0x10); // CR0: ET
        page.putLong(0x160, 0x400); // DR7
        page.putLong(0x168, 0xffff_0ff0L); // DR6
        page.putLong(0x170, 2); // RFLAGS
        page.putLong(0x178, address & 0xffff); // RIP
        page.putLong(0x268, start.pat); // G_PAT
        page.putLong(0x310, start.rdx); // RDX
        page.putLong(0x3e8, 1); // XCR0
        page.putInt(0x408, start.mxcsr);
        page.putShort(0x410, (short) start.fcw);
    }
}
