package io.cloister.fuzz.client;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.cloister.fuzz.FuzzTime;
import io.cloister.protocol.Bytes;
import io.cloister.protocol.Sha256;

import java.util.Arrays;
import java.util.Base64;

/// As [InvitationFuzzTest], behind the checksum.
final class InvitationPayloadFuzzTest {
    /// With a checksum that fits, so that what is behind it is reached.
    @FuzzTest(maxDuration = FuzzTime.EACH)
    void payload(byte[] payload) {
        var label = Bytes.utf8("application/vnd.cloister.invitation.v1+json\0");
        Sha256 digest = Sha256.of(Bytes.concat(label, Bytes.copyOf(payload)));
        var checksum = Bytes.copyOf(Arrays.copyOf(digest.value().toArray(), 4));
        byte[] whole = Bytes.concat(checksum, Bytes.copyOf(payload)).toArray();
        String text = "cloister1" + Base64.getUrlEncoder().withoutPadding().encodeToString(whole);
        InvitationFuzzTest.readBack(text, text);
    }
}
