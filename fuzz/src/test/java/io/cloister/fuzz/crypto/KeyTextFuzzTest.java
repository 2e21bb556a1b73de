package io.cloister.fuzz.crypto;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.cloister.crypto.SecretBytes;
import io.cloister.crypto.SecretExposure;
import io.cloister.crypto.age.Identity;
import io.cloister.crypto.age.Recipient;
import io.cloister.fuzz.FuzzTime;
import io.cloister.protocol.MalformedException;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Key texts (Bech32) are refused with a [MalformedException] or are the one text of their key.
final class KeyTextFuzzTest {
    @FuzzTest(maxDuration = FuzzTime.EACH)
    void texts(byte[] text) {
        recipient(new String(text, StandardCharsets.ISO_8859_1));
        identity(text);
    }

    private static void recipient(String text) {
        try {
            Recipient recipient = Recipient.parse(text, "recipient");
            if (!recipient.text().value().equals(text)) {
                throw new AssertionError("two texts for one recipient");
            }
        } catch (MalformedException _) {
            // As it must be.
        }
    }

    private static void identity(byte[] text) {
        var exposure = SecretExposure.acknowledged();
        try {
            Identity identity = Identity.parse(SecretBytes.copyOf(text, exposure), "identity");
            if (!Arrays.equals(identity.text(exposure).expose(exposure), text)) {
                throw new AssertionError("two texts for one identity");
            }
        } catch (MalformedException _) {
            // As it must be.
        }
    }
}
