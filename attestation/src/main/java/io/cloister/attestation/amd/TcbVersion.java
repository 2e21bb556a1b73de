package io.cloister.attestation.amd;

import io.cloister.protocol.Bytes;

/// A TCB version as a report carries it: eight security patch levels, whose meaning depends on the
/// product (AMD 56860 tables 3 and 4).
///
/// @param raw 8 bytes
public record TcbVersion(Bytes raw) {
    /// Length in bytes.
    static final int LENGTH = 8;

    public TcbVersion {
        if (raw.length() != LENGTH) {
            throw new IllegalArgumentException("a TCB version has 8 bytes, not " + raw.length());
        }
    }

    /// One patch level.
    ///
    /// @return 0 to 255; 0 for a part that the product has not
    public int level(TcbPart part, SnpProduct product) {
        int index = part.index(product);
        return index < 0 ? 0 : at(index);
    }

    /// Whether no part is lower than that of `other`. Two versions may each be no such thing of the
    /// other.
    public boolean isAtLeast(TcbVersion other) {
        for (int i = 0; i < LENGTH; i++) {
            if (at(i) < other.at(i)) {
                return false;
            }
        }
        return true;
    }

    /// Whether the bytes that mean nothing on `product` are zero.
    boolean isZeroWhereReserved(SnpProduct product) {
        for (int i = 0; i < LENGTH; i++) {
            if (at(i) != 0 && !TcbPart.isUsed(i, product)) {
                return false;
            }
        }
        return true;
    }

    /// The patch level at a byte.
    int at(int index) {
        return raw.at(index) & 0xff;
    }

    /// Its parts by name, such as `bootloader 3, tee 0, snp 8, microcode 115`.
    public String text(SnpProduct product) {
        var text = new StringBuilder();
        for (TcbPart part : TcbPart.values()) {
            if (part.index(product) >= 0) {
                text.append(text.isEmpty() ? "" : ", ")
                        .append(part.word())
                        .append(' ')
                        .append(level(part, product));
            }
        }
        return text.toString();
    }

    @Override
    public String toString() {
        return raw.hex();
    }
}
