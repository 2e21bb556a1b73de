package io.cloister.fuzz.agent;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.cloister.crypto.bundle.BundleReader;
import io.cloister.crypto.bundle.BundleWriter;
import io.cloister.fuzz.FuzzTime;
import io.cloister.protocol.MalformedException;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.Arrays;

/// A bundle is refused with a [MalformedException], or with an [EOFException] where a content was
/// being read, or is the one form of its files.
final class BundleFuzzTest {
    @FuzzTest(maxDuration = FuzzTime.EACH)
    void bundle(byte[] bytes) throws IOException {
        var copy = new ByteArrayOutputStream();
        var writer = new BundleWriter(copy);
        var reader = new BundleReader(new ByteArrayInputStream(bytes));
        try {
            for (var entry = reader.next(); entry.isPresent(); entry = reader.next()) {
                writer.add(entry.get().path(), entry.get().size(), entry.get().content());
            }
            writer.finish();
        } catch (MalformedException | EOFException _) {
            return;
        }
        if (!Arrays.equals(bytes, copy.toByteArray())) {
            throw new AssertionError("two forms of one bundle");
        }
    }
}
