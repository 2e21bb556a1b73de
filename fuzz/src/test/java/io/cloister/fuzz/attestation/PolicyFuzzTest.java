package io.cloister.fuzz.attestation;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.cloister.attestation.appraisal.AppraisalPolicy;
import io.cloister.fuzz.FuzzTime;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

/// A policy file is refused, or read into a policy whose canonical form reads as an equal one.
final class PolicyFuzzTest {
    @FuzzTest(maxDuration = FuzzTime.EACH)
    void readsOrRefuses(byte[] input) {
        AppraisalPolicy policy;
        try {
            policy = AppraisalPolicy.parse(Bytes.copyOf(input));
        } catch (MalformedException _) {
            return;
        }
        try {
            if (!AppraisalPolicy.parse(Bytes.copyOf(policy.toJson().canonical())).equals(policy)) {
                throw new AssertionError("another policy");
            }
        } catch (MalformedException e) {
            throw new AssertionError("a policy that its own form does not hold", e);
        }
    }
}
