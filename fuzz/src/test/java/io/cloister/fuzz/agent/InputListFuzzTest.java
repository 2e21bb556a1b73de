package io.cloister.fuzz.agent;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.cloister.fuzz.FuzzTime;
import io.cloister.protocol.Labels;
import io.cloister.protocol.document.InputList;

/// An input list is refused with a malformed-input error, or has one form.
final class InputListFuzzTest {
    @FuzzTest(maxDuration = FuzzTime.EACH)
    void hasOneForm(byte[] payload) {
        ReadBack.check(payload, Labels.INPUT_LIST, InputList.TYPE);
    }
}
