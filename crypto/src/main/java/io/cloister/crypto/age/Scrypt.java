package io.cloister.crypto.age;

import io.cloister.protocol.CloisterBugException;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.OptionalInt;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// scrypt (RFC 7914), which the JDK lacks.
///
/// Specification: [RFC 7914](https://www.rfc-editor.org/rfc/rfc7914)
final class Scrypt {
    private static final VarHandle WORD =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int WORDS_PER_SALSA_BLOCK = 16;
    private static final int MAX_STRIDE = 16;

    private Scrypt() {}

    /// Derives `length` bytes (§6).
    ///
    /// @param password `P`
    /// @param salt `S`
    /// @param logN base-two logarithm of `N`, at most 20
    /// @param r block size, at most 8
    /// @param p parallelisation
    /// @param stride from [#stride]
    static byte[] derive(
            byte[] password, byte[] salt, int logN, int r, int p, int stride, int length) {
        byte[] blocks = pbkdf2(password, salt, p * 128 * r);
        int[] memory = new int[((32 * r) << logN) / stride];
        try {
            for (int i = 0; i < p; i++) {
                mix(blocks, i * 128 * r, memory, 1 << logN, r, stride);
            }
            return pbkdf2(password, blocks, length);
        } finally {
            Arrays.fill(memory, 0);
            Arrays.fill(blocks, (byte) 0);
        }
    }

    /// How many blocks of scrypt's table share one place in memory: every `stride`-th is kept, the
    /// others are made again when they are needed. 1 is fastest; 2 needs half the memory and a
    /// quarter more time, 16 some five times as long.
    ///
    /// @param available bytes that the table may take
    /// @return a power of two up to 16, or nothing if even that does not fit
    static OptionalInt stride(int logN, int r, long available) {
        long needed = (128L * r) << logN;
        for (int stride = 1; stride <= MAX_STRIDE && stride <= 1 << logN; stride *= 2) {
            if (needed / stride <= available) {
                return OptionalInt.of(stride);
            }
        }
        return OptionalInt.empty();
    }

    /// PBKDF2-HMAC-SHA-256 with one iteration (RFC 8018 §5.2). The JDK's takes characters and not
    /// bytes.
    private static byte[] pbkdf2(byte[] password, byte[] salt, int length) {
        byte[] output = new byte[length];
        try {
            var mac = Mac.getInstance("HmacSHA256");
            // A MAC key cannot be empty in JCA; RFC 2104 pads keys with zeros, so one zero byte is
            // the same key.
            mac.init(
                    new SecretKeySpec(password.length == 0 ? new byte[1] : password, "HmacSHA256"));
            byte[] counter = new byte[4];
            for (int block = 1, offset = 0;
                    offset < length;
                    block++, offset += mac.getMacLength()) {
                counter[0] = (byte) (block >> 24);
                counter[1] = (byte) (block >> 16);
                counter[2] = (byte) (block >> 8);
                counter[3] = (byte) block;
                mac.update(salt);
                byte[] part = mac.doFinal(counter);
                System.arraycopy(part, 0, output, offset, Math.min(part.length, length - offset));
            }
        } catch (GeneralSecurityException e) {
            throw new CloisterBugException("every JDK has HMAC-SHA-256", e);
        }
        return output;
    }

    /// scryptROMix (§5).
    private static void mix(byte[] blocks, int offset, int[] v, int n, int r, int stride) {
        int words = 32 * r;
        int[] x = new int[words];
        int[] y = new int[words];
        int[] again = new int[words];
        for (int i = 0; i < words; i++) {
            x[i] = (int) WORD.get(blocks, offset + 4 * i);
        }
        for (int i = 0; i < n; i++) {
            if (i % stride == 0) {
                System.arraycopy(x, 0, v, i / stride * words, words);
            }
            blockMix(x, y, r);
        }
        for (int i = 0; i < n; i++) {
            int j = x[words - WORDS_PER_SALSA_BLOCK] & (n - 1);
            System.arraycopy(v, j / stride * words, again, 0, words);
            for (int k = j % stride; k > 0; k--) {
                blockMix(again, y, r);
            }
            for (int k = 0; k < words; k++) {
                x[k] ^= again[k];
            }
            blockMix(x, y, r);
        }
        for (int i = 0; i < words; i++) {
            WORD.set(blocks, offset + 4 * i, x[i]);
        }
        Arrays.fill(x, 0);
        Arrays.fill(y, 0);
        Arrays.fill(again, 0);
    }

    /// scryptBlockMix (§4): `x` is replaced, `y` is scratch of the same size.
    private static void blockMix(int[] x, int[] y, int r) {
        int[] t = Arrays.copyOfRange(x, x.length - WORDS_PER_SALSA_BLOCK, x.length);
        for (int i = 0; i < 2 * r; i++) {
            for (int k = 0; k < WORDS_PER_SALSA_BLOCK; k++) {
                t[k] ^= x[i * WORDS_PER_SALSA_BLOCK + k];
            }
            salsa8(t);
            int target = (i % 2 == 0 ? i / 2 : r + i / 2) * WORDS_PER_SALSA_BLOCK;
            System.arraycopy(t, 0, y, target, WORDS_PER_SALSA_BLOCK);
        }
        System.arraycopy(y, 0, x, 0, x.length);
    }

    /// Salsa20/8 core (§3), in place. Locals instead of an array: this is where nearly all the time
    /// goes.
    private static void salsa8(int[] b) {
        int x0 = b[0];
        int x1 = b[1];
        int x2 = b[2];
        int x3 = b[3];
        int x4 = b[4];
        int x5 = b[5];
        int x6 = b[6];
        int x7 = b[7];
        int x8 = b[8];
        int x9 = b[9];
        int x10 = b[10];
        int x11 = b[11];
        int x12 = b[12];
        int x13 = b[13];
        int x14 = b[14];
        int x15 = b[15];
        for (int i = 0; i < 4; i++) {
            x4 ^= Integer.rotateLeft(x0 + x12, 7);
            x8 ^= Integer.rotateLeft(x4 + x0, 9);
            x12 ^= Integer.rotateLeft(x8 + x4, 13);
            x0 ^= Integer.rotateLeft(x12 + x8, 18);
            x9 ^= Integer.rotateLeft(x5 + x1, 7);
            x13 ^= Integer.rotateLeft(x9 + x5, 9);
            x1 ^= Integer.rotateLeft(x13 + x9, 13);
            x5 ^= Integer.rotateLeft(x1 + x13, 18);
            x14 ^= Integer.rotateLeft(x10 + x6, 7);
            x2 ^= Integer.rotateLeft(x14 + x10, 9);
            x6 ^= Integer.rotateLeft(x2 + x14, 13);
            x10 ^= Integer.rotateLeft(x6 + x2, 18);
            x3 ^= Integer.rotateLeft(x15 + x11, 7);
            x7 ^= Integer.rotateLeft(x3 + x15, 9);
            x11 ^= Integer.rotateLeft(x7 + x3, 13);
            x15 ^= Integer.rotateLeft(x11 + x7, 18);
            x1 ^= Integer.rotateLeft(x0 + x3, 7);
            x2 ^= Integer.rotateLeft(x1 + x0, 9);
            x3 ^= Integer.rotateLeft(x2 + x1, 13);
            x0 ^= Integer.rotateLeft(x3 + x2, 18);
            x6 ^= Integer.rotateLeft(x5 + x4, 7);
            x7 ^= Integer.rotateLeft(x6 + x5, 9);
            x4 ^= Integer.rotateLeft(x7 + x6, 13);
            x5 ^= Integer.rotateLeft(x4 + x7, 18);
            x11 ^= Integer.rotateLeft(x10 + x9, 7);
            x8 ^= Integer.rotateLeft(x11 + x10, 9);
            x9 ^= Integer.rotateLeft(x8 + x11, 13);
            x10 ^= Integer.rotateLeft(x9 + x8, 18);
            x12 ^= Integer.rotateLeft(x15 + x14, 7);
            x13 ^= Integer.rotateLeft(x12 + x15, 9);
            x14 ^= Integer.rotateLeft(x13 + x12, 13);
            x15 ^= Integer.rotateLeft(x14 + x13, 18);
        }
        b[0] += x0;
        b[1] += x1;
        b[2] += x2;
        b[3] += x3;
        b[4] += x4;
        b[5] += x5;
        b[6] += x6;
        b[7] += x7;
        b[8] += x8;
        b[9] += x9;
        b[10] += x10;
        b[11] += x11;
        b[12] += x12;
        b[13] += x13;
        b[14] += x14;
        b[15] += x15;
    }
}
