package io.cloister.agent.sandbox;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.cloister.fuzz.FuzzTime;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.HashMap;
import java.util.Map;

/// Whatever a sandbox sends is taken, or ends in one of the two exceptions for it; and no consumer
/// ever gets more bytes than agreed.
final class LoaderMessageFuzzTest {
    private static final int CONSUMERS = 2;
    private static final long BYTES_PER_CONSUMER = 64;

    @FuzzTest(maxDuration = FuzzTime.EACH)
    void framesOfAnyKindAreTakenOrRefused(byte[] frames) {
        Map<Integer, Long> received = new HashMap<>();
        var ledger =
                new OutputLedger(
                        CONSUMERS,
                        BYTES_PER_CONSUMER,
                        key ->
                                new OutputStream() {
                                    @Override
                                    public void write(int value) {
                                        received.merge(key.consumer(), 1L, Long::sum);
                                    }
                                });
        var dialogue =
                new RunDialogue(new LoaderMessageReader(new ByteArrayInputStream(frames)), ledger);
        try {
            dialogue.follow();
        } catch (IOException | ViolationException expected) {
            // Refused.
        }
        if (received.values().stream().anyMatch(count -> count > BYTES_PER_CONSUMER)) {
            throw new AssertionError("a consumer got more than agreed");
        }
        if (ledger.standing().stream().anyMatch(key -> key.consumer() >= CONSUMERS)) {
            throw new AssertionError("a result for nobody");
        }
    }
}
