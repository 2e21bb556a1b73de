package io.cloister.fuzz.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.cloister.fuzz.FuzzTime;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.document.Card;
import io.cloister.protocol.document.DocumentRefusedException;
import io.cloister.protocol.document.VerifiedAgreement;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.dsse.NotAuthenticException;

/// An envelope is read and written alike, and checking it refuses in the ways it says.
final class EnvelopeFuzzTest {
    @FuzzTest(maxDuration = FuzzTime.EACH)
    void isReadAndCheckedOrRefused(byte[] bytes) {
        try {
            Envelope envelope = Envelope.parse(bytes, "fuzz");
            assertEquals(envelope, Envelope.parse(envelope.toJson().canonical(), "fuzz"));
            check(envelope);
        } catch (MalformedException _) {
            // Refused.
        }
    }

    private static void check(Envelope envelope) throws MalformedException {
        try {
            if (envelope.payloadType().equals(Card.TYPE.payloadType())) {
                Card.verify(envelope);
            } else {
                VerifiedAgreement.verify(envelope);
            }
        } catch (NotAuthenticException | DocumentRefusedException _) {
            // Refused.
        }
    }
}
