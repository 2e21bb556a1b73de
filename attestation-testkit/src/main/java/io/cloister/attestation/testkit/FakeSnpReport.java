package io.cloister.attestation.testkit;

import io.cloister.attestation.amd.SigningKey;
import io.cloister.attestation.amd.SnpProduct;
import io.cloister.attestation.amd.SnpReport;
import io.cloister.protocol.Bytes;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// An SEV-SNP report, any byte of which a test can alter before or after it is signed. Offsets are
/// those of AMD 56860 table 23. Used by one thread.
public final class FakeSnpReport {
    /// Where the signature begins.
    public static final int SIGNATURE = 0x2a0;

    private static final int HALF = 72;

    private final ByteBuffer bytes =
            ByteBuffer.allocate(SnpReport.LENGTH).order(ByteOrder.LITTLE_ENDIAN);

    /// A report with everything but zeros only where its version reserves them.
    public FakeSnpReport(SnpProduct product, SigningKey key, int version, Bytes tcb, Bytes chip) {
        u32(0x00, version).u32(0x04, 3).u64(0x08, 0x30000);
        fill(0x10, 16, 0x11).fill(0x20, 16, 0x12);
        u32(0x34, 1).put(0x38, tcb).u64(0x40, 0x25);
        u32(0x48, key == SigningKey.VLEK ? 1 << 2 : 0);
        fill(0x50, 64, 0x21).fill(0x90, 48, 0x22).fill(0xc0, 32, 0x23);
        fill(0xe0, 48, 0x24).fill(0x110, 48, 0x25).fill(0x140, 32, 0x26).fill(0x160, 32, 0xff);
        put(0x180, tcb);
        if (version >= 3) {
            cpu(product);
        }
        put(0x1a0, chip).put(0x1e0, tcb);
        u8(0x1e8, 21).u8(0x1e9, 55).u8(0x1ea, 1);
        u8(0x1ec, 21).u8(0x1ed, 55).u8(0x1ee, 1);
        put(0x1f0, tcb);
        if (version >= 5) {
            u64(0x1f8, 0x3).u64(0x200, 0x7);
        }
    }

    private void cpu(SnpProduct product) {
        switch (product) {
            case MILAN -> u8(0x188, 0x19).u8(0x189, 0x01).u8(0x18a, 1);
            case GENOA -> u8(0x188, 0x19).u8(0x189, 0x11).u8(0x18a, 1);
            case TURIN -> u8(0x188, 0x1a).u8(0x189, 0x02).u8(0x18a, 1);
        }
    }

    /// Sets one byte.
    public FakeSnpReport u8(int offset, int value) {
        bytes.put(offset, (byte) value);
        return this;
    }

    /// Sets four bytes.
    public FakeSnpReport u32(int offset, int value) {
        bytes.putInt(offset, value);
        return this;
    }

    /// Sets eight bytes.
    public FakeSnpReport u64(int offset, long value) {
        bytes.putLong(offset, value);
        return this;
    }

    /// Sets bytes.
    public FakeSnpReport put(int offset, Bytes value) {
        bytes.put(offset, value.toArray());
        return this;
    }

    private FakeSnpReport fill(int offset, int length, int value) {
        for (int i = 0; i < length; i++) {
            u8(offset + i, value);
        }
        return this;
    }

    /// Signs what is there now.
    public FakeSnpReport sign(EcTestKey key) {
        Bytes signature =
                key.sign(
                        "SHA384withECDSAinP1363Format",
                        Bytes.copyOf(bytes.array()).slice(0, SIGNATURE));
        return signature(signature);
    }

    /// Puts a signature in.
    ///
    /// @param raw `r ‖ s`, big-endian, 96 bytes
    public FakeSnpReport signature(Bytes raw) {
        int half = raw.length() / 2;
        for (int i = 0; i < half; i++) {
            u8(SIGNATURE + i, raw.at(half - 1 - i));
            u8(SIGNATURE + HALF + i, raw.at(2 * half - 1 - i));
        }
        return this;
    }

    /// The report.
    public Bytes bytes() {
        return Bytes.copyOf(bytes.array());
    }
}
