package io.cloister.fuzz.attestation;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.cloister.attestation.intel.Quote;
import io.cloister.fuzz.FuzzTime;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

/// An SGX or TDX quote is read or refused, without anything else; what is read as signed is the
/// beginning of the input.
final class QuoteFuzzTest {
    @FuzzTest(maxDuration = FuzzTime.EACH)
    void readsOrRefuses(byte[] input) {
        Bytes bytes = Bytes.copyOf(input);
        try {
            Quote quote = Quote.parse(bytes);
            if (!quote.signedBytes().equals(bytes.slice(0, quote.signedBytes().length()))) {
                throw new AssertionError("other bytes than came are taken for signed");
            }
        } catch (MalformedException _) {
            // What is expected of nearly every input.
        }
    }
}
