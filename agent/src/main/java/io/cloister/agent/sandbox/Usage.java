package io.cloister.agent.sandbox;

import java.time.Duration;

/// What a run used, as its watchdog saw it from outside.
///
/// @param wall from the start of user code to its end
/// @param cpu processor time of all processes from the start of user code, to the watchdog's
///   sampling
/// @param peakMemoryBytes the most memory held at one time, to the watchdog's sampling
/// @param peakProcesses the most processes seen at one time
public record Usage(Duration wall, Duration cpu, long peakMemoryBytes, int peakProcesses) {
    /// The same with every figure rounded up to a power of two (times in milliseconds), as far as
    /// it may be told to others: exact figures would carry messages.
    public Usage coarse() {
        return new Usage(
                Duration.ofMillis(powerOfTwoFrom(wall.toMillis())),
                Duration.ofMillis(powerOfTwoFrom(cpu.toMillis())),
                powerOfTwoFrom(peakMemoryBytes),
                (int) powerOfTwoFrom(peakProcesses));
    }

    /// The least power of two that is not below `value`: 1 for everything below 2, and 2^62 for
    /// everything above it.
    public static long powerOfTwoFrom(long value) {
        if (value <= 1) {
            return 1;
        }
        return 1L << Math.min(Long.SIZE - 2, Long.SIZE - Long.numberOfLeadingZeros(value - 1));
    }
}
