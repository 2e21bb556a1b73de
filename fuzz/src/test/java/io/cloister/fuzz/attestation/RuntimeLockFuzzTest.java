package io.cloister.fuzz.attestation;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.cloister.attestation.runtime.RuntimeLock;
import io.cloister.fuzz.FuzzTime;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

/// A lock is refused, or has only packages with hashes.
final class RuntimeLockFuzzTest {
    @FuzzTest(maxDuration = FuzzTime.EACH)
    void readsOrRefuses(byte[] input) {
        try {
            RuntimeLock lock = RuntimeLock.parse(Bytes.copyOf(input));
            if (lock.packages().values().stream().anyMatch(locked -> locked.hashes().isEmpty())) {
                throw new AssertionError("a package that any file may stand for");
            }
        } catch (MalformedException _) {
            // What is expected of nearly every input.
        }
    }
}
