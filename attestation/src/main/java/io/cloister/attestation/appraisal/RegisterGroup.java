package io.cloister.attestation.appraisal;

/// Bits of a register that mean something together.
///
/// @param name what the vendor calls it
/// @param bits which ones
/// @param use when they pass
record RegisterGroup(String name, long bits, Use use) {
    /// When a group's bits pass.
    enum Use {
        /// They are always set.
        ALWAYS,
        /// Set or not.
        ORDINARY,
        /// Set only if the Reference Value names them, or the policy allows it.
        NAMED
    }

    static RegisterGroup always(String name, int bit) {
        return group(name, bit, bit, Use.ALWAYS);
    }

    static RegisterGroup ordinary(String name, int bit) {
        return group(name, bit, bit, Use.ORDINARY);
    }

    static RegisterGroup ordinary(String name, int first, int last) {
        return group(name, first, last, Use.ORDINARY);
    }

    static RegisterGroup named(String name, int bit) {
        return group(name, bit, bit, Use.NAMED);
    }

    static RegisterGroup named(String name, int first, int last) {
        return group(name, first, last, Use.NAMED);
    }

    private static RegisterGroup group(String name, int first, int last, Use use) {
        return new RegisterGroup(name, (-1L >>> (Long.SIZE - 1 - last)) & (-1L << first), use);
    }
}
