package io.cloister.fuzz.link;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.cloister.fuzz.FuzzTime;
import io.cloister.link.Link;
import io.cloister.link.LinkSettings;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;

/// Whatever a peer greets with is accepted, or refused by an [IOException].
final class GreetingFuzzTest {
    private static final LinkSettings SETTINGS =
            new LinkSettings(64 << 10, 4, Duration.ofSeconds(5), Duration.ofSeconds(30));

    @FuzzTest(maxDuration = FuzzTime.EACH)
    void aGreetingOfAnyKindIsAcceptedOrRefused(byte[] bytes) {
        try {
            Link.accept(new ByteArrayInputStream(bytes), OutputStream.nullOutputStream(), SETTINGS)
                    .close();
        } catch (IOException expected) {
            // Refused.
        }
    }
}
