package io.cloister.attestation.amd.launch;

import io.cloister.protocol.Bytes;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;

/// The launch digest while pages are added to it, in order (AMD 56860, "PAGE_INFO"): each page's
/// digest is chained with its address and type. Used by one thread.
final class LaunchPages {
    /// Bytes of a page.
    static final int PAGE = 4096;

    private static final int INFO = 0x70;

    private final MessageDigest sha384 = Sha384Digest.create();
    private byte[] digest = new byte[Sha384Digest.LENGTH];

    /// What the processor does with a page (AMD 56860, "PAGE_TYPE").
    enum Type {
        /// Its content is measured.
        NORMAL(1),
        /// A virtual processor's registers; measured.
        VMSA(2),
        /// Zeroed by the processor.
        ZERO(3),
        /// Its content is not measured.
        UNMEASURED(4),
        /// Filled by the processor with the guest's keys.
        SECRETS(5),
        /// CPUID values, checked by the processor.
        CPUID(6);

        private final byte code;

        Type(int code) {
            this.code = (byte) code;
        }
    }

    /// Adds whole pages of content from `address` upward.
    void normal(long address, byte[] content) {
        for (int offset = 0; offset < content.length; offset += PAGE) {
            sha384.update(content, offset, PAGE);
            add(Type.NORMAL, address + offset, sha384.digest());
        }
    }

    /// Adds `size` bytes of pages whose content is not measured.
    void blank(Type type, long address, long size) {
        byte[] none = new byte[Sha384Digest.LENGTH];
        for (long offset = 0; offset < size; offset += PAGE) {
            add(type, address + offset, none);
        }
    }

    /// Adds one page of registers.
    void registers(long address, byte[] page) {
        add(Type.VMSA, address, sha384.digest(page));
    }

    Bytes digest() {
        return Bytes.copyOf(digest);
    }

    /// The permissions of lower privilege levels are zero: what they may touch is decided by the
    /// level above them, after launch.
    private void add(Type type, long address, byte[] content) {
        var info = ByteBuffer.allocate(INFO).order(ByteOrder.LITTLE_ENDIAN);
        info.put(digest).put(content).putShort((short) INFO).put(type.code);
        info.position(INFO - Long.BYTES);
        info.putLong(address);
        digest = sha384.digest(info.array());
    }
}
