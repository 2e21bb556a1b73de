package io.cloister.crypto.age;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import java.util.Arrays;
import java.util.Locale;

/// Bech32 (BIP 173) without its limit of 90 characters, as age uses it. Strict: the caller says
/// which prefix and case it wants, so every value has one text only.
///
/// Errors never quote the text, since it may be a secret key.
///
/// Specification: [BIP 173](https://github.com/bitcoin/bips/blob/master/bip-0173.mediawiki)
final class Bech32 {
    /// Longest text read, in characters. A hybrid recipient has 1,959.
    static final int MAX_LENGTH = 4096;

    private static final String ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    private static final int CHECKSUM_LENGTH = 6;
    private static final int[] GENERATOR = {
        0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3
    };

    private Bech32() {}

    /// The lower-case text of `data` under `prefix`.
    ///
    /// @param prefix the human-readable part, lower case
    static String encode(String prefix, byte[] data) {
        byte[] values = regroup(data, 0, data.length, 8, 5);
        try {
            return encodeGroups(prefix, values);
        } finally {
            Arrays.fill(values, (byte) 0);
        }
    }

    /// The text of groups of five bits.
    static String encodeGroups(String prefix, byte[] values) {
        var text = new StringBuilder(prefix.length() + 1 + values.length + CHECKSUM_LENGTH);
        text.append(prefix).append('1');
        for (byte value : values) {
            text.append(ALPHABET.charAt(value));
        }
        for (byte value : checksum(prefix, values)) {
            text.append(ALPHABET.charAt(value));
        }
        return text.toString();
    }

    /// The data of a text that must be all lower case, or all upper case if `prefix` is.
    ///
    /// @param prefix the human-readable part the text must have, in the case the text must have
    /// @param path names the text in errors
    /// @throws MalformedException if the text is anything else
    static byte[] decode(String prefix, String text, String path) throws MalformedException {
        if (text.length() > MAX_LENGTH) {
            throw new MalformedException(
                    path, "at most " + MAX_LENGTH + " characters", text.length() + " characters");
        }
        if (!text.startsWith(prefix + "1")
                || text.length() < prefix.length() + 1 + CHECKSUM_LENGTH) {
            throw new MalformedException(
                    path, "text that begins with " + prefix + "1", "another beginning");
        }
        boolean upper = !prefix.equals(prefix.toLowerCase(Locale.ROOT));
        byte[] values = values(text, prefix.length() + 1, upper, path);
        if (polymod(prefix.toLowerCase(Locale.ROOT), values) != 1) {
            throw new MalformedException(
                    path, "a text whose checksum fits", "one with a mistake in it");
        }
        byte[] data = regroup(values, 0, values.length - CHECKSUM_LENGTH, 5, 8);
        requireZeroPadding(values, path);
        Arrays.fill(values, (byte) 0);
        return data;
    }

    private static byte[] values(String text, int start, boolean upper, String path)
            throws MalformedException {
        byte[] values = new byte[text.length() - start];
        for (int i = 0; i < values.length; i++) {
            char c = text.charAt(start + i);
            boolean otherCase = upper ? c >= 'a' && c <= 'z' : c >= 'A' && c <= 'Z';
            int value =
                    otherCase || c > 'z'
                            ? -1
                            : ALPHABET.indexOf(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
            if (value < 0) {
                throw new MalformedException(
                        path,
                        "Bech32 characters in one case",
                        "another at position " + (start + i + 1));
            }
            values[i] = (byte) value;
        }
        return values;
    }

    /// The bits that do not fill a byte must be fewer than five and zero: otherwise two texts would
    /// have the same data.
    private static void requireZeroPadding(byte[] values, String path) throws MalformedException {
        int dataValues = values.length - CHECKSUM_LENGTH;
        int left = dataValues * 5 % 8;
        if (left >= 5 || (dataValues > 0 && (values[dataValues - 1] & ((1 << left) - 1)) != 0)) {
            throw new MalformedException(
                    path, "zero padding of less than five bits", "other padding");
        }
    }

    /// Splits the bits of `from` into groups of `to` bits; going up to five bits fills the last
    /// group with zeros, going up to eight drops what is left.
    private static byte[] regroup(byte[] source, int offset, int end, int from, int to) {
        int bits = (end - offset) * from;
        byte[] result = new byte[to < from ? (bits + to - 1) / to : bits / to];
        int accumulator = 0;
        int held = 0;
        int written = 0;
        for (int i = offset; i < end; i++) {
            accumulator = ((accumulator << from) | (source[i] & ((1 << from) - 1))) & 0xfff;
            held += from;
            while (held >= to) {
                held -= to;
                result[written++] = (byte) ((accumulator >> held) & ((1 << to) - 1));
            }
        }
        if (written < result.length) {
            result[written] = (byte) ((accumulator << (to - held)) & ((1 << to) - 1));
        }
        return result;
    }

    private static byte[] checksum(String prefix, byte[] values) {
        byte[] padded = Arrays.copyOf(values, values.length + CHECKSUM_LENGTH);
        int mod = polymod(prefix, padded) ^ 1;
        byte[] checksum = new byte[CHECKSUM_LENGTH];
        for (int i = 0; i < CHECKSUM_LENGTH; i++) {
            checksum[i] = (byte) ((mod >> (5 * (CHECKSUM_LENGTH - 1 - i))) & 31);
        }
        return checksum;
    }

    private static int polymod(String prefix, byte[] values) {
        int sum = 1;
        for (int i = 0; i < prefix.length(); i++) {
            sum = step(sum, prefix.charAt(i) >> 5);
        }
        sum = step(sum, 0);
        for (int i = 0; i < prefix.length(); i++) {
            sum = step(sum, prefix.charAt(i) & 31);
        }
        for (byte value : values) {
            sum = step(sum, value);
        }
        return sum;
    }

    private static int step(int sum, int value) {
        int top = sum >>> 25;
        int next = ((sum & 0x1ffffff) << 5) ^ value;
        for (int i = 0; i < GENERATOR.length; i++) {
            if (((top >> i) & 1) == 1) {
                next ^= GENERATOR[i];
            }
        }
        return next;
    }

    /// [#decode], and the data must have exactly `length` bytes.
    static Bytes decode(String prefix, String text, int length, String path)
            throws MalformedException {
        return Bytes.copyOf(decodeSecret(prefix, text, length, path));
    }

    /// As the other, for data that the caller overwrites.
    static byte[] decodeSecret(String prefix, String text, int length, String path)
            throws MalformedException {
        byte[] data = decode(prefix, text, path);
        if (data.length != length) {
            throw new MalformedException(path, length + " bytes of data", data.length + " bytes");
        }
        return data;
    }
}
