package io.cloister.fuzz.client;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.cloister.client.invite.Invitation;
import io.cloister.fuzz.FuzzTime;
import io.cloister.protocol.MalformedException;

import java.nio.charset.StandardCharsets;

/// Invitations come from other people: a text is refused with a [MalformedException] or is the one
/// text of its content.
final class InvitationFuzzTest {
    @FuzzTest(maxDuration = FuzzTime.EACH)
    void text(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        readBack(text, text.replaceAll("[ \t\r\n]", ""));
    }

    static void readBack(String text, String dense) {
        try {
            if (!Invitation.parse(text).text().equals(dense)) {
                throw new AssertionError("two texts of one invitation");
            }
        } catch (MalformedException _) {
            // As it must be.
        }
    }
}
