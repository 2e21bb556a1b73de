package io.cloister.fuzz.agent;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.cloister.crypto.age.AgeException;
import io.cloister.crypto.age.HybridIdentity;
import io.cloister.crypto.grant.Grant;
import io.cloister.crypto.grant.SealedEnvelopes;
import io.cloister.fuzz.FuzzTime;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.Labels;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.PublicSigningKey;
import io.cloister.protocol.Sha256;
import io.cloister.protocol.document.InputList;
import io.cloister.protocol.dsse.DocumentType;
import io.cloister.protocol.dsse.Envelope;
import io.cloister.protocol.dsse.Signed;

import java.security.SecureRandom;
import java.util.Arrays;

/// What an agent opens: sealed documents are refused with an [AgeException] or a
/// [MalformedException]; a grant or input list that is read is the one form of its content.
final class GrantFuzzTest {
    private static final HybridIdentity ENCLAVE = HybridIdentity.generate(new SecureRandom());
    private static final Bytes SIGNATURE =
            Bytes.copyOf(new byte[PublicSigningKey.SIGNATURE_LENGTH]);

    @FuzzTest(maxDuration = FuzzTime.EACH)
    void sealed(byte[] bytes) {
        try {
            SealedEnvelopes.open(Bytes.copyOf(bytes), ENCLAVE);
            throw new AssertionError("opened what nobody sealed");
        } catch (AgeException | MalformedException _) {
            // As it must be.
        }
    }

    @FuzzTest(maxDuration = FuzzTime.EACH)
    void grant(byte[] payload) {
        readBack(payload, Labels.GRANT, Grant.TYPE);
    }

    @FuzzTest(maxDuration = FuzzTime.EACH)
    void inputList(byte[] payload) {
        readBack(payload, Labels.INPUT_LIST, InputList.TYPE);
    }

    private static <T> void readBack(byte[] payload, String label, DocumentType<T> type) {
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
