package io.cloister.fuzz.link;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.cloister.fuzz.FuzzTime;
import io.cloister.link.Link;
import io.cloister.link.LinkSettings;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;

/// Whatever a peer sends ends the link with an [IOException], never with anything else.
final class LinkFuzzTest {
    private static final LinkSettings SETTINGS =
            new LinkSettings(64 << 10, 4, Duration.ofSeconds(5), Duration.ofSeconds(30));

    @FuzzTest(maxDuration = FuzzTime.EACH)
    void framesOfAnyKindEndTheLinkCleanly(byte[] frames) throws InterruptedException {
        byte[] hello = Arrays.copyOf("cloister-link/1?".getBytes(StandardCharsets.US_ASCII), 36);
        hello[33] = 1;
        try (Link link =
                Link.accept(
                        new SequenceInputStream(
                                new ByteArrayInputStream(hello), new ByteArrayInputStream(frames)),
                        OutputStream.nullOutputStream(),
                        SETTINGS)) {
            IOException reason = link.awaitClosed();
            if (reason.getCause() instanceof RuntimeException defect) {
                throw defect;
            }
        } catch (IOException e) {
            throw new AssertionError("the greeting holds", e);
        }
    }
}
