package io.cloister.fuzz.attestation;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.cloister.attestation.runtime.WheelRecord;
import io.cloister.fuzz.FuzzTime;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import java.nio.file.Path;

/// A RECORD is refused, or names only files inside the folder it is unpacked into.
final class WheelRecordFuzzTest {
    @FuzzTest(maxDuration = FuzzTime.EACH)
    void readsOrRefuses(byte[] input) {
        Path folder = Path.of("/site-packages");
        try {
            for (WheelRecord.Entry entry :
                    WheelRecord.parse(Bytes.copyOf(input), "x.dist-info/RECORD").entries()) {
                Path place = folder.resolve(entry.path());
                if (!place.startsWith(folder)
                        || !place.normalize().equals(place)
                        || place.equals(folder)) {
                    throw new AssertionError("outside: " + entry.path());
                }
            }
        } catch (MalformedException _) {
            // What is expected of nearly every input.
        }
    }
}
