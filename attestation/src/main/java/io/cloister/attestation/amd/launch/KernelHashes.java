package io.cloister.attestation.amd.launch;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.Sha256;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// The table of digests that QEMU hands to the firmware, which boots nothing else (QEMU,
/// target/i386/sev.c; edk2, OvmfPkg/AmdSev).
final class KernelHashes {
    /// Bytes of the table with its padding.
    static final int SIZE = 176;

    private static final int TABLE = 168;
    private static final int ROW = 50;

    private static final Bytes HEADER = Guids.of("9438d606-4f22-4cc9-b479-a793d411fd21");
    private static final Bytes COMMAND_LINE = Guids.of("97d02dd8-bd20-4c94-aa78-e7714d36ab2a");
    private static final Bytes INITRD = Guids.of("44baf731-3a2f-4bd7-9af1-41e29169781d");
    private static final Bytes KERNEL = Guids.of("4de79437-abd2-427f-b835-d5b172d2045b");

    private KernelHashes() {}

    /// The page that holds the table at `offset`, and zeros.
    static byte[] page(LaunchBoot.Kernel boot, int offset) {
        var page = ByteBuffer.allocate(LaunchPages.PAGE).order(ByteOrder.LITTLE_ENDIAN);
        page.position(offset);
        page.put(HEADER.toArray()).putShort((short) TABLE);
        row(page, COMMAND_LINE, commandLine(boot.commandLine()));
        row(page, INITRD, boot.initrd());
        row(page, KERNEL, boot.kernel());
        return page.array();
    }

    /// The kernel gets the text with a NUL behind it, so that is what is measured.
    private static Sha256 commandLine(String text) {
        return Sha256.of((text + '\0').getBytes(StandardCharsets.UTF_8));
    }

    private static void row(ByteBuffer page, Bytes guid, Sha256 digest) {
        page.put(guid.toArray()).putShort((short) ROW).put(digest.value().toArray());
    }
}
