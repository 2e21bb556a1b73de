package io.cloister.crypto;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.CloisterBugException;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.dsse.DocumentType;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.dsse.Signed;
import io.cloister.protocol.json.Fields;
import io.cloister.protocol.json.Json;

import org.junit.jupiter.api.Test;

import java.security.SecureRandom;

final class EnvelopeSignerTest {
    private final SigningKey key = SigningKey.generate(new SecureRandom());

    /// A document with one number, which is at most 9.
    ///
    /// @param lossy whether a larger one is written as 9
    private record Digits(boolean lossy) implements DocumentType<Long> {
        @Override
        public String payloadType() {
            return "application/vnd.cloister.test+json";
        }

        @Override
        public String name() {
            return "digit";
        }

        @Override
        public Long read(Json payload) throws MalformedException {
            Fields fields = Fields.of(payload, name());
            long digit = fields.integer("digit", 0, 9);
            fields.end();
            return digit;
        }

        @Override
        public Json write(Long document) {
            return Json.object().put("digit", lossy ? Math.min(document, 9) : document).build();
        }
    }

    @Test
    void returnsWhatReadsAsWhatWasToBeSigned() throws Exception {
        var type = new Digits(false);
        Envelope envelope = EnvelopeSigner.sign(key, type, 9L);
        assertEquals(9, Signed.verify(envelope, type, key.publicKey()).document());
    }

    @Test
    void refusesToSignADocumentThatItsReaderRefuses() {
        var refused =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> EnvelopeSigner.sign(key, new Digits(false), 10L));
        assertTrue(
                String.valueOf(refused.getMessage()).startsWith("what is to be signed is no digit"),
                refused::toString);
    }

    @Test
    void refusesToSignADocumentThatReadsAsAnother() {
        var refused =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> EnvelopeSigner.sign(key, new Digits(true), 10L));
        assertEquals("what is to be signed reads as another digit", refused.getMessage());
    }

    @Test
    void letsNoSignatureOutWithAFlippedBit() {
        Bytes message = Bytes.utf8("to be signed");
        Bytes right = key.sign(message);
        byte[] wrong = right.toArray();
        wrong[0] ^= 1;
        assertEquals(right, EnvelopeSigner.requireSigned(key.publicKey(), message, right));
        assertThrows(
                CloisterBugException.class,
                () -> EnvelopeSigner.requireSigned(key.publicKey(), message, Bytes.copyOf(wrong)));
    }
}
