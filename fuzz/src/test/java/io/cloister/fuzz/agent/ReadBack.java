package io.cloister.fuzz.agent;

import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.PublicSigningKey;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.dsse.DocumentType;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.dsse.Signed;

import java.util.Arrays;

/// A document that is read is the one form of its content.
final class ReadBack {
    private static final Bytes SIGNATURE =
            Bytes.copyOf(new byte[PublicSigningKey.SIGNATURE_LENGTH]);

    private ReadBack() {}

    static <T> void check(byte[] payload, String label, DocumentType<T> type) {
        if (payload.length == 0) {
            return;
        }
        Bytes bytes = Bytes.copyOf(payload);
        try {
            T document =
                    Signed.readUnverified(
                            new Envelope(label, bytes, Sha256.of(bytes), SIGNATURE), type);
            if (!Arrays.equals(type.write(document).canonical(), payload)) {
                throw new AssertionError("two forms of one document");
            }
        } catch (MalformedException _) {
            // As it must be.
        }
    }
}
