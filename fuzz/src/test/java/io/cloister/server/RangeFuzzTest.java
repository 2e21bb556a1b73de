package io.cloister.server;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.cloister.fuzz.FuzzTime;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/// A `Range` header: some bytes of the file and no others, or refused. An input is the file's size
/// and the header.
final class RangeFuzzTest {
    @FuzzTest(maxDuration = FuzzTime.EACH)
    void aRangeIsWithinTheFileOrRefused(byte[] input) {
        if (input.length < Integer.BYTES) {
            return;
        }
        ByteBuffer bytes = ByteBuffer.wrap(input);
        long size = Integer.toUnsignedLong(bytes.getInt());
        String range = StandardCharsets.ISO_8859_1.decode(bytes).toString();
        try {
            Download.Part part = Download.part(range, size);
            if (part.first() < 0 || part.length() < 1 || part.first() + part.length() > size) {
                throw new AssertionError(part + " of " + size);
            }
        } catch (Problem expected) {
            // Refused.
        }
    }
}
