package io.cloister.server;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.cloister.fuzz.FuzzTime;

import java.io.ByteArrayInputStream;
import java.io.IOException;

/// A form is read, never more of it than came, or refused as a broken one. An input is the body.
final class MultipartFileFuzzTest {
    @FuzzTest(maxDuration = FuzzTime.EACH)
    void formsOfAnyKindAreReadOrRefused(byte[] input) throws IOException {
        try {
            MultipartFile file =
                    MultipartFile.open(
                            new ByteArrayInputStream(input), "multipart/form-data; boundary=b");
            String name = file.name().value();
            int length = file.content().readAllBytes().length;
            if (name.isEmpty() || name.contains("/") || length >= input.length) {
                throw new AssertionError(name + ", " + length + " of " + input.length);
            }
        } catch (MultipartFile.BrokenFormException _) {
            // Said so.
        }
    }
}
