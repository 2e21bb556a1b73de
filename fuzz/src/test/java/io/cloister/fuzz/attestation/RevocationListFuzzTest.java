package io.cloister.fuzz.attestation;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.cloister.attestation.pki.RevocationList;
import io.cloister.fuzz.FuzzTime;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;

import java.math.BigInteger;
import java.time.Instant;

/// A revocation list is refused, or read; what is read answers every question.
final class RevocationListFuzzTest {
    @FuzzTest(maxDuration = FuzzTime.EACH)
    void readsOrRefuses(byte[] input) {
        RevocationList list;
        try {
            list = RevocationList.parse(Bytes.copyOf(input), "list");
        } catch (MalformedException _) {
            return;
        }
        if (!list.der().equals(Bytes.copyOf(input))) {
            throw new AssertionError("other bytes than were read");
        }
        if (list.revokes(BigInteger.ONE.negate())) {
            throw new AssertionError("revokes a certificate that can't be");
        }
        list.isValidAt(Instant.EPOCH);
    }
}
