package io.cloister.fuzz.attestation;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.cloister.attestation.amd.CertificateTable;
import io.cloister.fuzz.FuzzTime;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

/// A certificate table is refused, or its entries fit into it side by side.
final class CertificateTableFuzzTest {
    @FuzzTest(maxDuration = FuzzTime.EACH)
    void readsOrRefuses(byte[] input) {
        try {
            int total =
                    CertificateTable.parse(Bytes.copyOf(input)).entries().values().stream()
                            .mapToInt(Bytes::length)
                            .sum();
            if (total > input.length) {
                throw new AssertionError("entries overlap");
            }
        } catch (MalformedException _) {
            // What is expected of nearly every input.
        }
    }
}
