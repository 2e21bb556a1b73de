package io.cloister.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cloister.agent.sandbox.Usage;
import io.cloister.protocol.document.Outcome;
import io.cloister.protocol.document.Receipt;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// What everyone learns of a run.
class RunEndingTest {
    private static Receipt.Report report(Duration wall, Duration cpu, long memory) {
        return RunEnding.report(
                Outcome.SUCCESS,
                Optional.empty(),
                new Usage(wall, cpu, memory, 1),
                Instant.ofEpochSecond(5, 999));
    }

    @Test
    void figuresAreRoundedUpToPowersOfTwo() {
        Receipt.Report report =
                report(Duration.ofMillis(4_001), Duration.ofSeconds(5), (1L << 26) + 1);
        assertEquals(8, report.wallSeconds());
        assertEquals(8, report.cpuSeconds());
        assertEquals(1L << 27, report.peakMemoryBytes());
        assertEquals(Instant.ofEpochSecond(5), report.startedAt());
    }

    @Test
    void aFigureThatWasNotSampledIsNotToldFromASmallOne() {
        assertEquals(
                report(Duration.ofNanos(1), Duration.ofMillis(999), 1),
                report(Duration.ZERO, Duration.ZERO, 0));
    }

    @Test
    void aFigureThatNoReceiptCanNameDoesNotCostTheReceipt() {
        assertEquals(
                1L << 52, report(Duration.ZERO, Duration.ZERO, Long.MAX_VALUE).peakMemoryBytes());
    }
}
