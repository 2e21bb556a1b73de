package io.cloister.protocol;

/// Padmé (Nikitin et al., *Reducing Metadata Leakage from Encrypted Files and Communication with
/// PURBs*, 2019, §4): lengths are rounded up to one of few, at most 12 % longer, so that a length
/// tells O(log log n) bits. Below 1,024 there is one length only, since what is small enough may be
/// told from its length alone.
public final class Padme {
    /// The least padded length in bytes.
    public static final int LEAST = 1024;

    private Padme() {}

    /// The padded length of `length` bytes.
    ///
    /// @param length 0 to 2^62
    public static long length(long length) {
        if (length < 0 || length > 1L << 62) {
            throw new IllegalArgumentException("a length is 0 to 2^62, not " + length);
        }
        if (length <= LEAST) {
            return LEAST;
        }
        int exponent = Long.SIZE - 1 - Long.numberOfLeadingZeros(length);
        int kept = Integer.SIZE - Integer.numberOfLeadingZeros(exponent);
        long mask = (1L << (exponent - kept)) - 1;
        return (length + mask) & ~mask;
    }
}
