package io.cloister.crypto.age;

/// Padmé (Nikitin et al., "Reducing Metadata Leakage from Encrypted Files and Communication with
/// PURBs", PoPETs 2019, §4): the length to pad to so that a length of up to `n` bytes reveals O(log
/// log n) bits instead of O(log n), at a cost of less than 12 %.
///
/// Specification: [Padmé](https://petsymposium.org/popets/2019/popets-2019-0056.pdf)
public final class Padme {
    private Padme() {}

    /// The padded length of `length` bytes: the smallest that is not below it and whose binary
    /// form, after as many leading bits as it takes to write its own logarithm, is all zeros.
    ///
    /// @param length 0 or more, at most 2^61
    /// @throws IllegalArgumentException if it lies outside
    public static long paddedLength(long length) {
        if (length < 0 || length > 1L << 61) {
            throw new IllegalArgumentException("a length lies between 0 and 2^61");
        }
        if (length < 2) {
            return length;
        }
        int exponent = Long.SIZE - 1 - Long.numberOfLeadingZeros(length);
        int mantissaBits = Integer.SIZE - Integer.numberOfLeadingZeros(exponent);
        long lowBits = (1L << (exponent - mantissaBits)) - 1;
        return (length + lowBits) & ~lowBits;
    }
}
