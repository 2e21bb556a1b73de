package io.cloister.fuzz.agent;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.cloister.crypto.grant.Grant;
import io.cloister.fuzz.FuzzTime;
import io.cloister.protocol.Labels;

/// A grant is refused with a malformed-input error, or has one form.
final class GrantFuzzTest {
    @FuzzTest(maxDuration = FuzzTime.EACH)
    void hasOneForm(byte[] payload) {
        ReadBack.check(payload, Labels.GRANT, Grant.TYPE);
    }
}
