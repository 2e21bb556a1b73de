package io.cloister.fuzz.client;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.cloister.client.invite.Invitation;
import io.cloister.fuzz.FuzzTime;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.MalformedException;
import io.cloister.protocol.Sha256;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;

/// Invitations come from other people: a text is refused with a [MalformedException] or is the one
/// text of its content.
final class InvitationFuzzTest {
    @FuzzTest(maxDuration = FuzzTime.EACH)
    void text(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        readBack(text, text.replaceAll("[ \t\r\n]", ""));
    }

    /// With a checksum that fits, so that what is behind it is reached.
    @FuzzTest(maxDuration = FuzzTime.EACH)
    void payload(byte[] payload) {
        var label = Bytes.utf8("application/vnd.cloister.invitation.v1+json\0");
        Sha256 digest = Sha256.of(Bytes.concat(label, Bytes.copyOf(payload)));
        var checksum = Bytes.copyOf(Arrays.copyOf(digest.value().toArray(), 4));
        byte[] whole = Bytes.concat(checksum, Bytes.copyOf(payload)).toArray();
        String text = "cloister1" + Base64.getUrlEncoder().withoutPadding().encodeToString(whole);
        readBack(text, text);
    }

    private static void readBack(String text, String dense) {
        try {
            if (!Invitation.parse(text).text().equals(dense)) {
                throw new AssertionError("two texts of one invitation");
            }
        } catch (MalformedException _) {
            // As it must be.
        }
    }
}
