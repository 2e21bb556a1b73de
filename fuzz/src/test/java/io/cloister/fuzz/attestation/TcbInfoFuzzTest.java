package io.cloister.fuzz.attestation;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.cloister.attestation.intel.SignedCollateral;
import io.cloister.attestation.intel.TcbInfo;
import io.cloister.attestation.intel.TcbLevel;
import io.cloister.fuzz.FuzzTime;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

/// Intel's TCB info is read or refused, without anything else; what is read has every component.
final class TcbInfoFuzzTest {
    @FuzzTest(maxDuration = FuzzTime.EACH)
    void readsOrRefuses(byte[] input) {
        try {
            TcbInfo info = SignedCollateral.tcbInfo(Bytes.copyOf(input)).document();
            for (TcbLevel level : info.levels()) {
                if (level.sgxComponents().size() != TcbLevel.COMPONENTS) {
                    throw new AssertionError("a component is missing");
                }
            }
        } catch (MalformedException _) {
            // What is expected of nearly every input.
        }
    }
}
