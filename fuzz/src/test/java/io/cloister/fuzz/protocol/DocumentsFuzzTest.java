package io.cloister.fuzz.protocol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.cloister.fuzz.FuzzTime;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.Agreement;
import io.cloister.protocol.document.Card;
import io.cloister.protocol.document.CodeStatement;
import io.cloister.protocol.document.EnclaveIdentity;
import io.cloister.protocol.document.InputList;
import io.cloister.protocol.document.OutputIndex;
import io.cloister.protocol.document.Proposal;
import io.cloister.protocol.document.Receipt;
import io.cloister.protocol.dsse.DocumentType;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.dsse.Signed;

import java.util.List;

/// Every document there is, from the same bytes: what one of them reads, it writes back to the
/// byte.
final class DocumentsFuzzTest {
    private static final List<DocumentType<?>> TYPES =
            List.of(
                    Proposal.TYPE,
                    Card.TYPE,
                    CodeStatement.TYPE,
                    Agreement.TYPE,
                    InputList.TYPE,
                    Receipt.TYPE);
    private static final Sha256 NOBODY = Sha256.of(new byte[0]);
    private static final Bytes NO_SIGNATURE = Bytes.copyOf(new byte[64]);

    @FuzzTest(maxDuration = FuzzTime.EACH)
    void areReadAndWrittenToTheByte(byte[] bytes) {
        Bytes payload = Bytes.copyOf(bytes);
        TYPES.forEach(type -> document(type, payload));
        try {
            assertEquals(payload, EnclaveIdentity.parse(payload).canonical());
        } catch (MalformedException _) {
            // Refused.
        }
        try {
            assertEquals(payload, OutputIndex.parse(payload).padded());
        } catch (MalformedException _) {
            // Refused.
        }
    }

    private static <T> void document(DocumentType<T> type, Bytes payload) {
        try {
            T document =
                    Signed.readUnverified(
                            new Envelope(type.payloadType(), payload, NOBODY, NO_SIGNATURE), type);
            assertArrayEquals(payload.toArray(), type.write(document).canonical());
        } catch (MalformedException _) {
            // Refused.
        }
    }
}
