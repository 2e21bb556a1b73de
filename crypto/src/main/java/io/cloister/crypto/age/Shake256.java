package io.cloister.crypto.age;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/// SHAKE256 (FIPS 202) for input and output of one block each, which is all that X-Wing's seed
/// expansion needs. The JDK has it with 64 bytes of output only.
///
/// Specification: [FIPS 202](https://csrc.nist.gov/pubs/fips/202/final)
final class Shake256 {
    /// Rate of SHAKE256 in bytes.
    private static final int RATE = 136;

    private static final int LANES = 25;
    private static final VarHandle LANE =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final long[] ROUND_CONSTANTS = {
        0x0000000000000001L, 0x0000000000008082L, 0x800000000000808aL, 0x8000000080008000L,
        0x000000000000808bL, 0x0000000080000001L, 0x8000000080008081L, 0x8000000000008009L,
        0x000000000000008aL, 0x0000000000000088L, 0x0000000080008009L, 0x000000008000000aL,
        0x000000008000808bL, 0x800000000000008bL, 0x8000000000008089L, 0x8000000000008003L,
        0x8000000000008002L, 0x8000000000000080L, 0x000000000000800aL, 0x800000008000000aL,
        0x8000000080008081L, 0x8000000000008080L, 0x0000000080000001L, 0x8000000080008008L
    };

    /// Rotation of lane `x + 5 * y` in ρ.
    private static final int[] ROTATIONS = {
        0, 1, 62, 28, 27, 36, 44, 6, 55, 20, 3, 10, 43, 25, 39, 41, 45, 15, 21, 8, 18, 2, 61, 56, 14
    };

    private Shake256() {}

    /// The first `length` bytes of SHAKE256 of `input`.
    ///
    /// @param input at most 135 bytes
    /// @param length at most 136
    static byte[] digest(byte[] input, int length) {
        if (input.length >= RATE || length > RATE) {
            throw new IllegalArgumentException("one block only");
        }
        byte[] block = Arrays.copyOf(input, LANES * Long.BYTES);
        block[input.length] ^= 0x1f;
        block[RATE - 1] ^= (byte) 0x80;
        long[] state = new long[LANES];
        for (int i = 0; i < LANES; i++) {
            state[i] = (long) LANE.get(block, i * Long.BYTES);
        }
        permute(state);
        for (int i = 0; i < LANES; i++) {
            LANE.set(block, i * Long.BYTES, state[i]);
        }
        byte[] output = Arrays.copyOf(block, length);
        Arrays.fill(block, (byte) 0);
        Arrays.fill(state, 0);
        return output;
    }

    /// Keccak-f[1600] (FIPS 202 §3.3).
    private static void permute(long[] a) {
        long[] columns = new long[5];
        long[] b = new long[LANES];
        for (long roundConstant : ROUND_CONSTANTS) {
            for (int x = 0; x < 5; x++) {
                columns[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
            }
            for (int x = 0; x < 5; x++) {
                long theta = columns[(x + 4) % 5] ^ Long.rotateLeft(columns[(x + 1) % 5], 1);
                for (int y = 0; y < LANES; y += 5) {
                    a[x + y] ^= theta;
                }
            }
            for (int x = 0; x < 5; x++) {
                for (int y = 0; y < 5; y++) {
                    b[y + 5 * ((2 * x + 3 * y) % 5)] =
                            Long.rotateLeft(a[x + 5 * y], ROTATIONS[x + 5 * y]);
                }
            }
            for (int y = 0; y < LANES; y += 5) {
                for (int x = 0; x < 5; x++) {
                    a[x + y] = b[x + y] ^ (~b[(x + 1) % 5 + y] & b[(x + 2) % 5 + y]);
                }
            }
            a[0] ^= roundConstant;
        }
        Arrays.fill(columns, 0);
        Arrays.fill(b, 0);
    }
}
